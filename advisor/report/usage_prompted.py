"""Snippets that prompt a model, and that have one rewrite texts, as the probe did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes import llama_ask, llama_cpp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LLAMA = """\
import json
import re
import secrets
import xllamacpp

{files}
CONTEXT_TOKENS = {context}
SPARE_TOKENS = {spare}
MOST_LOOKS = {looks}
PLAIN_STOP = {stop!r}
CONTROL = {control!r}
BEGIN = {begin!r}
HELD_TO = {held_to!r}

parameters = xllamacpp.CommonParams()
parameters.model.path = weights
parameters.n_ctx = CONTEXT_TOKENS
parameters.n_parallel = 1
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = {threads}
parameters.cache_ram_mib = 0
parameters.api_keys = [secrets.token_hex(32)]  # it also listens on a loopback port, for nobody
parameters.warmup = False
server = xllamacpp.Server(parameters)

{functions}

{message}
{read}
complete = completer(server, {has_template})
begin = [{{"role": turn["role"], "content": neutral(turn["content"], CONTROL)}} for turn in BEGIN]
# The probe began so: what the engine's cache holds decides an answer's last digits.
ask(complete, [*begin, {{"role": "user", "content": "a " * {warm}}}], HELD_TO, 1, CONTEXT_TOKENS)

def predict(texts):
    turns = [[*begin, {{"role": "user", "content": neutral(message(text), CONTROL)}}] for text in texts]
    return [read(ask(complete, messages, HELD_TO, {max_tokens}, CONTEXT_TOKENS)[0]) for messages in turns]
"""

TORCH_CHAT = """\
from transformers import pipeline

chat = pipeline("text-generation", model={model!r}{revision}, model_kwargs={{"use_safetensors": True}})
BEGIN = {begin!r}

{message}

def predict(texts):
    turns = [[*BEGIN, {{"role": "user", "content": message(text)}}] for text in texts]
    said = [chat(turn, max_new_tokens={max_tokens}, do_sample=False) for turn in turns]
    return [each[0]["generated_text"][-1]["content"].strip() for each in said]
"""

REWRITE = """\
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained({model!r}{revision})
model = AutoModelForSeq2SeqLM.from_pretrained({model!r}{revision}, use_safetensors=True)

{message}

def predict(texts):
    answers = []
    for text in texts:
        encoded = tokenizer(message(text), return_tensors="pt", truncation=True)
        tokens = model.generate(**encoded, max_new_tokens={max_tokens}, do_sample=False)
        answers.append(tokenizer.decode(tokens[0], skip_special_tokens=True))
    return answers
"""

_TEMPLATE = """\
TEMPLATE = {template!r}

def message(given):
    parts = {{{part!r}: given}} if isinstance(given, str) else given
    names = "|".join(re.escape(name) for name in parts)
    return re.sub(r"\\{{(" + names + r")\\}}", lambda found: parts[found[1]], TEMPLATE)
"""

_PLAIN = """\
def message(given):
    return given if isinstance(given, str) else "\\n\\n".join(f"{name}: {text}" for name, text in given.items())
"""

_READ = """\
def read(reply):
    return reply.strip()
"""

_READ_OBJECT = """\
def read(reply):
    try:
        return json.loads(reply)
    except ValueError:  # cut off, as by the limit of tokens
        return reply.strip()
"""


def message(template: str | None, part: str) -> str:
    """Return the code of a function that makes a user's message of a text, or of parts by name."""
    return _PLAIN if template is None else _TEMPLATE.format(template=template, part=part)


def beginning(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the turns before the user's: the system message and the examples that are shown."""
    turns = [{"role": "system", "content": str(details.get("system_prompt", ""))}]
    for shown in details.get("shown_examples") or ():
        turns += [{"role": "user", "content": shown["user"]}, {"role": "assistant", "content": shown["assistant"]}]
    return turns


def llama(details: Mapping[str, Any], files: str, threads: int, source: Callable[[object], str], **more: Any) -> str:  # noqa: ANN401
    """Return the snippet for llama.cpp.

    Args:
        details: What the method settled on.
        files: The lines that set `weights`.
        threads: Processor threads.
        source: Returns a function's code.
        more: `labels`, `template`, `part`, and whether answers are objects (`is_object`).
    """
    held_to = details.get("held_to", more["labels"] or None)
    return LLAMA.format(
        files=files,
        context=details.get("context_tokens", llama_ask.CONTEXT_TOKENS),
        spare=llama_ask.SPARE_TOKENS,
        looks=llama_ask.MOST_LOOKS,
        warm=llama_cpp.LEAST_TEXT_TOKENS,
        stop=llama_ask.PLAIN_STOP,
        control=details.get("control_tokens", []),
        begin=beginning(details),
        held_to=held_to,
        threads=threads,
        functions="\n\n".join(source(function) for function in llama_ask.SHARED),
        message=message(more["template"], more["part"]),
        read=_READ_OBJECT if more["is_object"] else _READ,
        has_template="chat_template" not in details,
        max_tokens=details.get("max_tokens", 256),
    )


def torch_chat(details: Mapping[str, Any], model: Mapping[str, str], template: str | None, part: str) -> str:
    """Return the snippet for a chat model of transformers."""
    said = ("import re\n\n" if template is not None else "") + message(template, part)
    return TORCH_CHAT.format(**model, begin=beginning(details), message=said, max_tokens=details.get("max_tokens", 256))


def rewrite(details: Mapping[str, Any], model: Mapping[str, str], part: str) -> str:
    """Return the snippet for a model that rewrites and need not be told its languages."""
    template = details.get("template")
    said = ("import re\n\n" if template is not None else "") + message(template, part)
    return REWRITE.format(**model, message=said, max_tokens=details.get("max_tokens", 256))
