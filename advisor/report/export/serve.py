"""Requests that reproduce a prompted candidate on a chat server: Ollama, llama-server, vLLM, or a provider."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.engines.base import Constraint
from advisor.engines.bounds import TemplateTrial
from advisor.engines.llama_ask import CONTEXT_TOKENS, grammar_of_texts
from advisor.engines.openai_server import response_format
from advisor.families import family
from advisor.families.template import holds
from advisor.formats.headers import read_header
from advisor.runs.locate import REMOTE_PLACES, Located

if TYPE_CHECKING:
    from advisor.runs.reader import Run, RunCandidate

TEXT = "{text}"
GGUF, SAFETENSORS = "llama.cpp", "transformers"
# Placeholder for texts in a template; no template contains it.
_SYSTEM, _USER, _ANSWER, _NEXT = (f"\ue000{each}\ue001" for each in ("system", "user", "answer", "next"))
_BOS = "<s>"


@dataclass(frozen=True, slots=True)
class Served:
    """A prompted candidate behind a chat server.

    `messages` precede each answer, the last with `{text}` in it; `held` constrains answers, to labels or a JSON schema.
    `command` starts its server except for the address, `parameters` are LiteLLM's. `control` are tokens that no text
    may contain. `biases` are a calibration's, of the labels. `source` and `template` are for a Modelfile, the latter
    None if no Go template is equivalent.
    """

    name: str
    runtime: str
    messages: list[dict[str, str]]
    held: Any
    max_tokens: int
    context: int
    thinks: bool
    command: list[str]
    parameters: dict[str, Any]
    control: tuple[str, ...] = ()
    biases: tuple[float, ...] = ()
    source: str = ""
    template: str | None = None

    @property
    def fixed(self) -> list[dict[str, str]]:
        return self.messages[:-1]

    @property
    def weighs_labels(self) -> bool:
        """Whether llama.cpp chooses among labels, with a probability."""
        return self.runtime == GGUF and isinstance(self.held, list)

    def request(self, text: str = TEXT, *, has_grammars: bool) -> dict[str, Any]:
        """Return a server's request for a text; without grammars labels become JSON, for a service an object."""
        last = self.messages[-1]
        asked = [*self.fixed, last | {"content": last["content"].replace(TEXT, text)}]
        made = {"model": self.name, "messages": asked, "temperature": 0, "max_tokens": self.max_tokens}
        is_choice = isinstance(self.held, list)
        if is_choice and has_grammars:
            made["grammar"] = grammar_of_texts(self.held)
        elif is_choice and self.runtime == SAFETENSORS:  # vLLM's own; as JSON fewer answers match the probe's
            made["structured_outputs"] = {"choice": self.held}
        elif self.held is not None and not self.command:
            made["response_format"] = response_format(Constraint(self.held) if is_choice else Constraint((), self.held))
        elif self.held is not None:
            schema = {"type": "string", "enum": self.held} if is_choice else self.held
            made["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        return made | ({"chat_template_kwargs": {"enable_thinking": False}} if self.thinks else {})


def served(run: Run, candidate: RunCandidate, place: Located | None, folder: str | None) -> Served | str:
    """Return a candidate's requests, or why no chat server can ask as the probe did.

    `place` has its files; `folder` is the folder within the exported one that holds them, None if they are on the Hub.
    """
    facts, details = candidate.candidate, candidate.record.details
    prompts = {role: details.get(f"{role}_prompt") for role in ("system", "user")}
    if facts.method != "prompted" or prompts == {"system": None, "user": None}:
        return "it is no prompted language model"
    if any(each.parts for each in run.evidence):
        return "it is asked with several parts, not with one text"
    if details.get("chat_template"):
        return "it has no chat template, and was asked in plain text"
    template = str((run.task.get("prompt") or {}).get("template") or TEXT)
    template = template if holds(template, family(str(run.task.get("family"))).parts) else TEXT
    shown = [{"role": role, "content": said[role]} for said in details.get("shown_examples") or () for role in said]
    messages = [*shown, {"role": "user", "content": template}]
    if prompts["system"] is not None:
        messages.insert(0, {"role": "system", "content": str(prompts["system"])})
    else:
        messages[0] = messages[0] | {"content": f"{prompts['user']}\n\n{messages[0]['content']}"}
    name = re.sub(r"[^a-z0-9.]+", "-", known_as(candidate).lower()).strip("-") or "model"
    common: dict[str, Any] = {
        "name": name,
        "runtime": facts.runtime,
        "messages": messages,
        "held": details.get("held_to"),
        "max_tokens": int(details.get("max_tokens") or 256),
        "context": int(details.get("context_tokens") or CONTEXT_TOKENS),
        "control": tuple(details.get("control_tokens") or ()),
        "biases": tuple((details.get("label_biases") or {}).values()),
    }
    if facts.place in REMOTE_PLACES:
        return Served(**common, thinks=False, command=[], parameters=_remote(facts.options))
    if place is None:
        return "its files are not here"
    if facts.runtime == GGUF:
        return _gguf(facts.model, place, folder, common)
    if facts.runtime != SAFETENSORS:
        return f"no server of chats loads {facts.runtime}'s files"
    command = ["vllm", "serve", folder or facts.model, *(["--revision", str(place.revision)] if place.revision else [])]
    command += ["--served-model-name", name, "--generation-config", "vllm"]
    return Served(**common, thinks=False, command=command, parameters=_local(f"hosted_vllm/{name}", 8000))


def known_as(candidate: RunCandidate) -> str:
    """Return a candidate's public name: a local folder's path means nothing elsewhere."""
    return candidate.name.rpartition("/")[2] if candidate.name.startswith("/") else candidate.name


def _gguf(model: str, place: Located, folder: str | None, common: dict[str, Any]) -> Served:
    file, name = place.files[0], common["name"]
    where = ["--model", f"{folder}/{file}"] if folder else ["--hf-repo", model, "--hf-file", file]
    # Concurrent requests share a context.
    command = ["llama-server", *where, "--alias", name, "--ctx-size", str(common["context"]), "--parallel", "1"]
    quantisation = file.removesuffix(".gguf").rpartition(".")[2].rpartition("-")[2]
    jinja = read_header(place.folder / file).chat_template or ""
    return Served(
        **common,
        thinks="enable_thinking" in jinja,
        command=command,
        parameters=_local(f"openai/{name}", 8080),
        source=f"./{folder}/{file}" if folder else f"hf.co/{model}:{quantisation}",
        template=go_template(TemplateTrial(jinja), has_system=common["messages"][0]["role"] == "system"),
    )


def _local(model: str, port: int) -> dict[str, Any]:
    return {"model": model, "api_base": f"http://127.0.0.1:{port}/v1", "api_key": "none"}


def _remote(options: dict[str, Any]) -> dict[str, Any]:
    """Return LiteLLM's parameters for a server or a provider; the key stays in its variable."""
    key = {"api_key": f"os.environ/{options['key_env']}"} if options.get("key_env") else {"api_key": "none"}
    if options.get("url"):
        return {"model": f"openai/{options['model']}", "api_base": options["url"]} | key
    words = ["huggingface", options.get("provider"), options["model"]]
    return {"model": "/".join(str(word) for word in words if word)} | key


def go_template(trial: TemplateTrial, *, has_system: bool) -> str | None:
    """Return a chat template in Ollama's form, which renders a chat as pairs of question and answer.

    It has the model's own text around messages; None if that differs from turn to turn, or contains Ollama's markup
    (https://github.com/ollama/ollama/blob/main/docs/template.md).
    """
    begun = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}]
    chat = [*begun, {"role": "assistant", "content": _ANSWER}, {"role": "user", "content": _NEXT}]
    one, two = (trial.check(each).removeprefix(_BOS) for each in (begun, chat))
    found = _between(two, (_SYSTEM, _USER, _ANSWER, _NEXT))
    if found is None or _between(one, (_SYSTEM, _USER)) != [*found[:2], found[4]] or found[2] != found[4]:
        return None
    before, after_system, after_user, after_answer, _ = found
    # The opening of a question is between system and question, and between answer and question.
    opens = _common_end(after_system, after_answer)
    start = _between(trial.check(begun[1:]).removeprefix(_BOS), (_USER,))
    if start is not None and opens.endswith(start[0]):
        opens = start[0]
    elif not has_system:  # the model's own system message would come first
        return None
    made = (
        f"{{{{ if .System }}}}{before}{{{{ .System }}}}{after_system.removesuffix(opens)}{{{{ end }}}}{opens}"
        f"{{{{ .Prompt }}}}{after_user}{{{{ .Response }}}}{after_answer.removesuffix(opens)}"
    )
    return None if any(mark in "".join(found) for mark in ("{{", "}}", '"""')) else made


def _between(text: str, marks: Sequence[str]) -> list[str] | None:
    """Return the texts around marks; None if one does not occur exactly once and in order."""
    found = []
    for mark in marks:
        before, has, text = text.partition(mark)
        if not has or mark in text:
            return None
        found.append(before)
    return [*found, text]


def _common_end(one: str, other: str) -> str:
    size = next((at for at, (a, b) in enumerate(zip(reversed(one), reversed(other), strict=False)) if a != b), None)
    return one[len(one) - (min(len(one), len(other)) if size is None else size) :]
