"""Causal language models with their chat template; without one, with a plain prompt.

A user's text may contain the template's control tokens, such as "<|im_start|>". They are encoded as plain text, so that
no example opens its own turn.
"""

import math
import re
import secrets
from collections.abc import Sequence
from inspect import signature
from typing import Any, Protocol

from advisor.engines import tuning
from advisor.engines.base import CannotLoadError, CircumstanceError, Constraint, Load, Reply, Turn, without_reasoning
from advisor.engines.bounds import BoundExceededError, within_bounds
from advisor.engines.transformers.opened import Opened, longest_input, open_model, why_not_loaded
from advisor.formats.safety import json_map

ANSWER = "Answer:"


class Prompt(Protocol):
    """The form of a chat for a model."""

    kind: str  # In words, for the report.
    before_answer: str  # Text between the prompt and an answer.
    has_end: bool  # Whether the model ends its answers with a known token.

    def ids(self, turns: Sequence[Turn]) -> list[int]:
        """Return the tokens for the model to continue."""

    def stops(self, tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401  the library's own
        """Return stop settings in addition to the model's own."""

    def cut(self, text: str) -> str:
        """Return the answer within a generated text."""


def prompt_for(tokenizer: Any) -> Prompt:  # noqa: ANN401  the library's own
    """Return the template's prompt if the tokenizer has a template, else the plain one."""
    return _Template(tokenizer) if getattr(tokenizer, "chat_template", None) else _Plain(tokenizer)


class _Template:
    kind = "chat template"
    before_answer = ""
    has_end = True

    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer
        self._has_system: bool | None = None

    def ids(self, turns: Sequence[Turn]) -> list[int]:
        marks = [secrets.token_hex(8) for _ in turns]
        texts = dict(zip(marks, (turn.text for turn in turns), strict=True))
        turns = [type(turn)(turn.role, mark) for turn, mark in zip(turns, marks, strict=True)]
        if any(_holds_control(self._tokenizer, text) for text in texts.values()):
            return self._apart(self._render(turns), texts)
        rendered = self._render(turns)
        for mark, text in texts.items():
            rendered = rendered.replace(mark, text)
        return _ids(self._tokenizer, rendered)

    def _render(self, turns: Sequence[Turn]) -> str:
        """Render the chat with the template; if it has no system turn, that text goes into the first user turn."""
        if self._has_system is not False:
            try:
                said = self._apply(turns)
            except BoundExceededError:
                raise
            except Exception:
                if turns[0].role != "system" or len(turns) < 2:  # noqa: PLR2004
                    raise
            else:
                self._has_system = True
                return said
        self._has_system = False
        system, first, *rest = turns
        return self._apply([type(first)(first.role, f"{system.text}\n\n{first.text}"), *rest])

    def _apply(self, turns: Sequence[Turn]) -> str:
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        with within_bounds("its chat template"):
            said: str = self._tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
        return said

    def _apart(self, rendered: str, texts: dict[str, str]) -> list[int]:
        """Encode the template's own pieces and the texts separately; only the former may have control tokens."""
        ids: list[int] = []
        for piece in re.split("(" + "|".join(texts) + ")", rendered):
            if piece:
                ids += letters(self._tokenizer, texts[piece]) if piece in texts else _ids(self._tokenizer, piece)
        return ids

    def stops(self, tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401
        return {}

    def cut(self, text: str) -> str:
        return without_reasoning(text).strip()


class _Plain:
    kind = "plain text: the model has no chat template"
    before_answer = " "
    has_end = False

    def __init__(self, tokenizer: Any) -> None:  # noqa: ANN401
        self._tokenizer = tokenizer

    def ids(self, turns: Sequence[Turn]) -> list[int]:
        said = "\n\n".join(f"{ANSWER} {turn.text}" if turn.role == "assistant" else turn.text for turn in turns)
        before: list[int] = self._tokenizer("")["input_ids"]
        ids = letters(self._tokenizer, f"{said}\n\n{ANSWER}")
        # The model's start token, if it has one and it is not the end token.
        return [*[each for each in before if each == self._tokenizer.bos_token_id], *ids]

    def stops(self, tokenizer: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"stop_strings": ["\n"], "tokenizer": tokenizer}

    def cut(self, text: str) -> str:
        return text.strip().split("\n")[0].strip()


def letters(tokenizer: Any, text: str) -> list[int]:  # noqa: ANN401
    """Return a text's tokens, with control tokens in it encoded as plain text."""
    return _ids(tokenizer, text, **({"split_special_tokens": True} if _holds_control(tokenizer, text) else {}))


def _ids(tokenizer: Any, text: str, **more: bool) -> list[int]:  # noqa: ANN401
    ids: list[int] = tokenizer(text, add_special_tokens=False, **more)["input_ids"]
    return ids


def _holds_control(tokenizer: Any, text: str) -> bool:  # noqa: ANN401
    return any(token.content in text for token in tokenizer.added_tokens_decoder.values() if token.special)


LEAST_TEXT_TOKENS = 64
SPARE_TOKENS = 8
MOST_OPTIONS = 16
# The fewest tokens at a prompt's beginning that are kept for the next prompt.
LEAST_KEPT = 32


class CausalChat:
    """An instruct model: greedy decoding, or the likeliest of given options. JSON schemas are not enforced."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device = opened.engine, opened.device
        self._prompt: Prompt = prompt_for(opened.processor)
        self.facts = opened.facts | {"prompt": self._prompt.kind, "constrained": "to options, not to a JSON schema"}
        self._limit = longest_input(opened)
        self._ends = opened.ends
        # Its name changes with transformers 5.
        accepted = signature(opened.model.forward).parameters
        self._cache_name = "cache" if "cache" in accepted else "past_key_values"
        # The prompt before, and the beginning that prompts share (the instruction and the shown rows) with its cache.
        self._before: list[int] = []
        self._kept: tuple[list[int], Any] = ([], None)

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: adapters of its linear layers (LoRA), by the likelihood of the answers.

        CircumstanceError if peft is not installed.
        """
        import torch

        try:
            from peft import LoraConfig, inject_adapter_in_model
        except ImportError:
            raise CircumstanceError("tuning a generator needs peft: pip install 'model-advisor[tune]'") from None
        torch.manual_seed(goal.seed)
        model, ignored = self._opened.model, -100  # torch's label for tokens that are given
        inject_adapter_in_model(LoraConfig(r=tuning.RANK, lora_alpha=tuning.WEIGHT, target_modules="all-linear"), model)
        end = [min(self._ends)] if self._prompt.has_end and self._ends else self._opened.processor.encode("\n")[-1:]

        def loss(rows: Sequence[tuple[Sequence[Turn], str]]) -> Any:  # noqa: ANN401  a tensor
            read = []
            for turns, wanted in rows:
                answer = [*self._option(wanted), *end]
                prompt = self._fitting(turns, len(answer))
                read.append((prompt + answer, [ignored] * len(prompt) + answer))
            longest = max(len(ids) for ids, _ in read)

            def filled(rows: list[list[int]], by: int) -> Any:  # noqa: ANN401  a tensor
                return torch.tensor([row + [by] * (longest - len(row)) for row in rows], device=model.device)

            mask = filled([[1] * len(ids) for ids, _ in read], 0)
            ids, labels = filled([ids for ids, _ in read], self._pad()), filled([wanted for _, wanted in read], ignored)
            return model(input_ids=ids, attention_mask=mask, labels=labels).loss

        weights = {name: each for name, each in model.named_parameters() if ".lora_" in name}
        return tuning.Recipe(model, weights, loss)

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Check that the fixed part of the chat leaves room for a text and an answer.

        CannotLoadError if it does not, or the template refuses such a chat.
        """
        self._before, self._kept = [], ([], None)  # its weights may have been tuned since
        try:
            fixed = self._prompt.ids([*turns, Turn("user", "")])
        except Exception as error:  # noqa: BLE001  templates are programs of their own
            raise CannotLoadError(f"its chat template refuses the prompt ({type(error).__name__}: {error})") from None
        options = constraint.options if constraint else ()
        answer = max((len(self._option(option)) for option in options), default=SPARE_TOKENS)
        if len(fixed) + answer + LEAST_TEXT_TOKENS > self._limit:
            raise CannotLoadError(
                "the instruction, the labels and the shown examples leave no room for a text in its context of "
                f"{self._limit} tokens; shorten them"
            )

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message; a last message too long for the context is cut at its end."""
        import torch

        with torch.inference_mode():
            if constraint is not None and constraint.options:
                return self._choose(turns, constraint)
            return self._write(turns, max_tokens)

    def _write(self, turns: Sequence[Turn], max_tokens: int) -> Reply:
        import torch

        room = min(max_tokens, self._limit // 2)
        ids = self._fitting(turns, room)
        given = torch.tensor([ids], device=self._opened.model.device)
        written = self._opened.model.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            max_new_tokens=room,
            do_sample=False,
            pad_token_id=self._pad(),
            **self._begun(ids)[1],
            **self._prompt.stops(self._opened.processor),
        )[0][len(ids) :].tolist()
        while written and written[-1] in self._ends:
            written.pop()
        text = self._prompt.cut(self._opened.processor.decode(written, skip_special_tokens=True))
        return Reply(text, len(written), prompt_tokens=len(ids))

    def weigh(self, turns: Sequence[Turn], options: Sequence[str]) -> list[float]:
        """Return the options' shares of their probability: of the tokens and, with a template, of ending after them."""
        import torch

        with torch.inference_mode():
            return _shares(self._log_probabilities(turns, options)[0])

    def _choose(self, turns: Sequence[Turn], constraint: Constraint) -> Reply:
        """Return the option of the largest share after the constraint's biases, and that share."""
        options = constraint.options
        logs, read = self._log_probabilities(turns, options)
        biases = constraint.biases or (0.0,) * len(options)
        found = _shares([log + bias for log, bias in zip(logs, biases, strict=True)])
        best = max(range(len(found)), key=found.__getitem__)
        return Reply(options[best], len(self._option(options[best])), found[best], read)

    def _log_probabilities(self, turns: Sequence[Turn], options: Sequence[str]) -> tuple[list[float], int]:
        """Return the options' log-probabilities, and the number of tokens read."""
        import torch

        spelled = [self._option(option) for option in options]
        prompt = self._fitting(turns, max(map(len, spelled)))
        device = self._opened.model.device
        count, begun = self._begun(prompt)
        read = self._opened.model(input_ids=torch.tensor([prompt[count:]], device=device), use_cache=True, **begun)
        first = read.logits[0, -1].float().log_softmax(-1)
        logs: list[float] = []
        for at in range(0, len(spelled), MOST_OPTIONS):
            part = spelled[at : at + MOST_OPTIONS]
            longest = max(map(len, part))
            rows = torch.tensor([row + [self._pad()] * (longest - len(row)) for row in part], device=device)
            after = self._after(self._cache_of(read), rows)
            logs += [self._log_probability(row, first, after[index]) for index, row in enumerate(part)]
        return logs, len(prompt)

    def _begun(self, prompt: list[int]) -> tuple[int, dict[str, Any]]:
        """Return how many tokens need not be read again, and the model's argument with a copy of their cache.

        What two prompts share is read once more, then kept. Linear attention cannot be resumed: it reads all tokens.
        """
        from copy import deepcopy

        import torch

        before, self._before = self._before, prompt
        kept, cache = self._kept
        if not kept or prompt[: len(kept)] != kept or len(kept) == len(prompt):
            pairs = zip(prompt[:-1], before, strict=False)
            shared = next(
                (at for at, (one, other) in enumerate(pairs) if one != other), min(len(prompt) - 1, len(before))
            )
            if shared < LEAST_KEPT:
                return 0, {}
            kept = prompt[:shared]
            cache = self._cache_of(
                self._opened.model(input_ids=torch.tensor([kept], device=self._opened.model.device), use_cache=True)
            )
            if not _can_resume(cache):
                return 0, {}
            self._kept = kept, cache
        return len(kept), {self._cache_name: deepcopy(cache)}

    def _cache_of(self, read: Any) -> Any:  # noqa: ANN401  the library's own
        return read[self._cache_name if self._cache_name in read else "past_key_values"]

    def _after(self, cache: Any, rows: Any) -> Any:  # noqa: ANN401  tensors and the library's own
        """Return the log-probabilities after each token of several continuations of the cached prompt.

        A model with linear attention has a state that can be neither repeated nor resumed within several tokens, so its
        continuations are read one after the other, token by token.
        """
        from copy import deepcopy

        import torch

        def read(tokens: Any, kept: Any) -> Any:  # noqa: ANN401
            return self._opened.model(input_ids=tokens, **{self._cache_name: kept}).logits.float().log_softmax(-1)

        if _can_resume(cache):
            kept = deepcopy(cache)
            kept.batch_repeat_interleave(len(rows))
            # Padding is after each option, so that no relevant token attends to it.
            return read(rows, kept)
        logits = []
        for row in rows:
            kept = deepcopy(cache)
            logits.append(torch.cat([read(token.view(1, 1), kept)[0] for token in row]))
        return torch.stack(logits)

    def _log_probability(self, row: Sequence[int], first: Any, after: Any) -> float:  # noqa: ANN401  tensors
        total = float(first[row[0]])
        total += sum(float(after[place, token]) for place, token in enumerate(row[1:]))
        if self._prompt.has_end and self._ends:
            total += float(after[len(row) - 1, sorted(self._ends)].logsumexp(-1))
        return total

    def _option(self, option: str) -> list[int]:
        return _ids(self._opened.processor, self._prompt.before_answer + option)

    def _fitting(self, turns: Sequence[Turn], room: int) -> list[int]:
        """Return the prompt's tokens, the last message cut until the answer has room."""
        ids = self._prompt.ids(turns)
        while len(ids) + room > self._limit and len(turns[-1].text) > 1:
            share = max(0.1, (self._limit - room) / len(ids)) * 0.9
            last = turns[-1]
            turns = [*turns[:-1], type(last)(last.role, last.text[: int(len(last.text) * share)])]
            ids = self._prompt.ids(turns)
        return ids

    def _pad(self) -> int:
        pad = self._opened.processor.pad_token_id
        return pad if pad is not None else min(self._ends, default=0)


def _shares(logs: Sequence[float]) -> list[float]:
    largest = max(logs)
    weights = [math.exp(log - largest) for log in logs]
    return [weight / sum(weights) for weight in weights]


def _can_resume(cache: Any) -> bool:  # noqa: ANN401  the library's own
    """Return whether a model can read several tokens after those of a cache, and in several continuations."""
    return all(hasattr(layer, "batch_repeat_interleave") for layer in getattr(cache, "layers", ()))


def load(request: Load) -> CausalChat:
    """Load a causal language model; for one that also reads images, its text part if it can be loaded alone."""
    from transformers import AutoConfig, AutoModelForCausalLM

    named = json_map(request.path / "config.json").get("architectures") or [""]
    auto = "AutoModelForCausalLM"
    if str(named[0]).endswith("ForConditionalGeneration"):
        try:
            config = AutoConfig.from_pretrained(str(request.path), local_files_only=True)
        except Exception as error:  # noqa: BLE001  as when it is loaded
            raise CannotLoadError(why_not_loaded(error)) from None
        if type(config) not in AutoModelForCausalLM._model_mapping:  # noqa: SLF001  there is no other way to ask
            auto = "AutoModelForImageTextToText"
    return CausalChat(open_model(request, auto))
