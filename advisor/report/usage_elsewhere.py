"""Snippets that use what runs elsewhere, or writes down speech, as the probe did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.faster_whisper import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.shortlist.candidate import Candidate

_CHAT = """\
import json
import os
import urllib.request

labels = {labels!r}

def predict_one(text):
    asked = {{
        "model": {model!r},
        "messages": [{{"role": "system", "content": {system!r}}}, {{"role": "user", "content": text}}],
        "temperature": 0,
    }}
    if labels:
        choice = {{"type": "string", "enum": labels}}
        form = {{"type": "object", "properties": {{"answer": choice}}, "required": ["answer"],
                "additionalProperties": False}}
        asked["response_format"] = {{"type": "json_schema",
                                    "json_schema": {{"name": "answer", "strict": True, "schema": form}}}}
    headers = {{"Content-Type": "application/json"}}
    key = os.environ.get({key!r}, "")
    if key:
        headers["Authorization"] = f"Bearer {{key}}"
    request = urllib.request.Request({url!r}, json.dumps(asked).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        said = json.load(answer)["choices"][0]["message"]["content"]
    return json.loads(said)["answer"] if labels else said

def predict(texts):
    return [predict_one(text) for text in texts]
"""

_PROVIDER = """\
import os
from huggingface_hub import InferenceClient

client = InferenceClient({arguments}, api_key=os.environ.get("HF_TOKEN"))
# The probe used it with the method {method!r}; see the client's methods for {ability!r}.
"""

_SPEECH = """\
from faster_whisper import WhisperModel

model = WhisperModel({folder!r}, cpu_threads={threads})

def predict(files):
    said = []
    for file in files:
        segments, _ = model.transcribe(file, language={language!r}, **{settings!r})
        said.append("".join(segment.text for segment in segments).strip())
    return said
"""


def elsewhere(candidate: Candidate, details: Mapping[str, Any], labels: list[str], threads: int) -> str | None:
    """Return code for a candidate of these engines, None for any other."""
    options = candidate.options
    if candidate.runtime == "openai" and candidate.ability == "chat":
        return _CHAT.format(
            labels=labels,
            model=options["model"],
            system=details.get("system_prompt", ""),
            key=options.get("key_env") or "",
            url=f"{options['url']}/chat/completions",
        )
    if candidate.runtime == "openai":
        return (
            f"# Vectors come from {options['url']}/embeddings, model {options['model']!r}; a head is trained on them.\n"
        )
    if candidate.runtime == "hf-inference":
        if options.get("url"):
            arguments = f"base_url={options['url']!r}"
        else:
            arguments = f"model={options['model']!r}, provider={options['provider']!r}"
        return _PROVIDER.format(arguments=arguments, method=candidate.method, ability=candidate.ability)
    if candidate.runtime == "faster-whisper":
        return _SPEECH.format(
            folder=candidate.folder or candidate.model,
            threads=threads,
            language=candidate.options.get("language"),
            settings=SETTINGS,
        )
    return None
