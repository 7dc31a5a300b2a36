"""Which targets of an exported folder fit the recommended model, and their files."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines import llama_ask
from advisor.engines.openai_server import ANSWER, unwrapped
from advisor.errors import OutOfReachError, one_line
from advisor.families import family
from advisor.report.export import subprocess_run
from advisor.report.export.code import shown
from advisor.report.export.serve import GGUF, SAFETENSORS, Served, known_as, served
from advisor.report.full import report_of
from advisor.report.pages import fill_template
from advisor.report.usage import source
from advisor.runs.locate import REMOTE_PLACES, Located, locate

if TYPE_CHECKING:
    from advisor.report.export.targets import Target
    from advisor.runs.reader import Run, RunCandidate

SERVED_BY_LLAMA = frozenset({"ollama", "llama-server", "llama-swap"})
# Of the examples that are asked again as a server is.
MOST_SERVED = 10
PYTHON = "3.12"


class Uses:
    """The targets of a recommended model; `left_out` has the reason for each of the others.

    `others` are local weights of the escalation's other model, by the folder named in the files.
    """

    def __init__(self, run: Run, chosen: RunCandidate, place: Located, folder: str | None) -> None:
        self._run, self._chosen, self._place = run, chosen, place
        self._family = family(str(run.task.get("family") or "text-classification"))
        self._served = served(run, chosen, place, folder)
        found = report_of(run).escalation
        self._escalation = found if found is not None and found.threshold is not None else None
        self.others: dict[str, Located] = {}
        self._pair = self._both()
        self.left_out = {name: why for name, why in self._misfits().items() if why}

    def _misfits(self) -> dict[str, str]:
        """Return why each target does not fit, "" if it does."""
        runtime = self._chosen.candidate.runtime
        gone = "it runs elsewhere, and nothing of it is here" if self._chosen.candidate.place in REMOTE_PLACES else ""
        files = "its inputs are files, which are no JSON" if self._family.file_part else ""
        no_chat = self._served if isinstance(self._served, str) else ""
        no_gguf = no_chat or ("" if runtime == GGUF else "its weights are no GGUF file")
        alone = isinstance(self._served, Served) and not self._served.fixed
        is_safe = runtime == SAFETENSORS and all(name.endswith(".safetensors") for name in self._place.files)
        vllm = no_chat or gone or ("" if is_safe else "its weights are not in safetensors")
        biases = isinstance(self._served, Served) and self._served.biases
        calibrated = "its labels' probabilities are calibrated, and a server of chats gives none" if biases else ""
        by_escalation = "" if len(self._pair) > 1 else calibrated
        return {
            "python": gone,
            "weights": gone or ("" if self._place.files else "it has none"),
            "fastapi": gone or files,
            "docker": gone or files,
            "ollama": no_gguf
            or calibrated
            or ("its instruction is part of each question; use llama-server" if alone else ""),
            "llama-server": no_gguf or calibrated,
            "llama-swap": by_escalation or "" if any(each.runtime == GGUF for each in self._pair) else no_gguf,
            "vllm": vllm or calibrated,
            "litellm": no_chat
            or by_escalation
            or ("" if self._pair else "the escalation's models are no chats with a confidence"),
        }

    def _both(self) -> list[Served]:
        """Return the models of a proven escalation, the smaller first, or the chosen one alone.

        Empty if one of the two is behind no server, or none gives the smaller one's confidence.
        """
        if isinstance(self._served, str):
            return []
        if self._escalation is None:
            return [self._served]
        found = []
        for name in (self._escalation.small, self._escalation.large):
            each = next(candidate for candidate in self._run.candidates if candidate.name == name)
            if each is self._chosen:
                found.append(self._served)
                continue
            try:
                place = locate(each.candidate, tell=lambda _: None, download=False)
            except OutOfReachError:
                return []
            folder = place.folder.name if place.revision is None else None
            made = served(self._run, each, place, folder)
            if isinstance(made, str):
                return []
            found.append(made)
            self.others |= {folder: place} if folder and place.files else {}
        can_weigh = found[0].weighs_labels and (found[1].weighs_labels or not found[1].biases)
        return found if can_weigh else []

    def files(self, targets: Sequence[Target], requirements: Sequence[str]) -> dict[str, str]:
        """Return the texts of the targets' files, except the module and its card; "" is no file."""
        about = self._about(requirements)
        written = [each for each in targets if each.name not in {"python", "weights"}]
        return {name: fill_template(f"export/{name}", **about) for each in written for name in each.files}

    def _about(self, requirements: Sequence[str]) -> dict[str, Any]:
        run, name = self._run, str(self._run.task.get("name") or "model")
        title = one_line(f"{name} with {known_as(self._chosen)}, as run {run.id} chose it.", 110)
        python = re.match(r"3\.\d+", report_of(run).reproduce.python or "")
        about: dict[str, Any] = {
            "title": title.replace("\\", "\\\\").replace('"', "'"),
            "name": re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "model",
            "run": run.id,
            "python": python[0] if python else PYTHON,
            "torch": any(line.startswith("torch==") for line in requirements),
            "parts": run.parts,
            "one": shown(run.parts).one,
            "served": self._served,
        }
        if isinstance(self._served, str):
            return about
        limits = {each.name: {"temperature": 0, "max_tokens": each.max_tokens} for each in self._pair}
        routed: dict[str, Any] = {
            "model_list": [
                {"model_name": each.name, "litellm_params": each.parameters | limits[each.name]} for each in self._pair
            ]
        }
        if self._escalation is not None and self._pair:
            escalates = {"model_name": about["name"], "litellm_params": {"model": f"escalate/{about['name']}"}}
            routed["model_list"].insert(0, escalates)
            loaded = {"provider": "escalate", "custom_handler": "escalate.handler"}
            routed["litellm_settings"] = {"custom_provider_map": [loaded]}
            large = self._pair[1]
            asked = large.request(has_grammars=False)
            about |= {
                "spare": llama_ask.SPARE_TOKENS,
                "looks": llama_ask.MOST_LOOKS,
                "functions": source(*llama_ask.SHARED, *([] if large.weighs_labels else [unwrapped])),
                "large_asked": asked | large.parameters,
                "key": ANSWER,
            }
        swapped = {
            each.name: {"cmd": f"{shlex.join(each.command)} --port ${{PORT}}"}
            for each in self._pair or [self._served]
            if each.runtime == GGUF
        }
        both = {"both": {"swap": False, "members": [*swapped]}}
        return about | {
            "request": self._served.request(has_grammars=self._served.runtime == GGUF),
            # The Modelfile has the messages before the last.
            "ollama_request": self._served.request(has_grammars=False) | {"messages": self._served.messages[-1:]},
            "escalation": self._escalation,
            "pair": self._pair,
            # Files on the Hub are downloaded first; unloading one of two models would load one for each escalation.
            "swapped": {"healthCheckTimeout": 600, "models": swapped} | ({"groups": both} if len(swapped) > 1 else {}),
            "routed": routed | {"router_settings": {"num_retries": 2}},
        }

    def checked(self, threads: int, tell: Callable[[str], None]) -> dict[str, tuple[int, int]]:
        """Ask the weights as llama-server and Ollama do; return how many answers are reproduced, of how many."""
        known, use = self._chosen.record.answers, self._served
        asked = [each for each in self._run.evidence if each.id in known and known[each.id].error is None][:MOST_SERVED]
        if isinstance(use, str) or use.runtime != GGUF or not asked:
            return {}
        tell(f"asking the weights {len(asked)} of the run's examples as servers do")
        ways = {"llama-server": True, "Ollama": False}
        requests = [use.request(each.input, has_grammars=way) for way in ways.values() for each in asked]
        given = subprocess_run.served_answers(
            self._place.folder, self._place.files, requests, use.context, threads, tell=tell
        )
        same = [_same(text, known[each.id].output) for text, each in zip(given, asked * len(ways), strict=True)]
        return {way: (sum(same[at * len(asked) :][: len(asked)]), len(asked)) for at, way in enumerate(ways)}


def _same(text: str | None, output: Any) -> bool:  # noqa: ANN401  any JSON value
    try:
        return text is not None and (text.strip() == output or json.loads(text) == output)
    except ValueError:
        return False
