"""Short code that has llama.cpp choose among labels, with the very functions that asked in the probe."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from advisor.engines import llama_ask, llama_cpp

if TYPE_CHECKING:
    from collections.abc import Mapping

_LLAMA = """\
import re
import secrets
import xllamacpp

{files}
CONTEXT_TOKENS = {context}
SPARE_TOKENS = {spare}
MOST_LOOKS = {looks}
CONTROL = {control!r}
LABELS = {labels!r}
SYSTEM = {system!r}

parameters = xllamacpp.CommonParams()
parameters.model.path = weights
parameters.n_ctx = CONTEXT_TOKENS
parameters.n_parallel = 1
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = {threads}
parameters.cache_ram_mib = 0
parameters.api_keys = [secrets.token_hex(32)]  # it also listens on a loopback port, for nobody
parameters.warmup = False
complete = xllamacpp.Server(parameters).handle_chat_completions

{functions}

def turns(text):
    said = {{"system": SYSTEM, "user": text}}
    return [{{"role": role, "content": neutral(content, CONTROL)}} for role, content in said.items()]

# The probe began so: what the engine's cache holds decides an answer's last digits.
look(complete, turns("a " * {warm}), LABELS)

def predict(texts):
    asked = [turns({template!r}.replace("{{text}}", text)) for text in texts]
    return [ask(complete, messages, LABELS, 0, CONTEXT_TOKENS)[0] for messages in asked]
"""


def llama(details: Mapping[str, Any], files: str, threads: int, template: str) -> str:
    """Return the code."""
    return _LLAMA.format(
        files=files,
        context=details["context_tokens"],
        spare=llama_ask.SPARE_TOKENS,
        looks=llama_ask.MOST_LOOKS,
        warm=llama_cpp.LEAST_TEXT_TOKENS,
        control=details["control_tokens"],
        labels=details["held_to"],
        system=details["system_prompt"],
        threads=threads,
        functions="\n\n".join(map(_source, llama_ask.SHARED)),
        template=template,
    )


def _source(function: object) -> str:
    """Return a function's code, without types and without notes to the checker."""
    code = re.sub(r"  # noqa.*", "", inspect.getsource(function))  # type: ignore[arg-type]
    return re.sub(r"^(\s*def \w+)\((.*)\) -> [^\n]*:$", _untyped, code, flags=re.MULTILINE).strip() + "\n"


def _untyped(match: re.Match[str]) -> str:
    names = re.findall(r"(\w+): (?:\w+)(?:\[[^\]]*\])?", match[2])
    return f"{match[1]}({', '.join(names)}):"
