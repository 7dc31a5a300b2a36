"""Snippets that use what runs elsewhere, writes down speech or looks at images, as the probe did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.models.trust import json_map
from advisor.probe.methods.head import MOST_STEPS, STRENGTHS
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


_HEAR = """\
import soundfile
from transformers import pipeline

hear = pipeline("automatic-speech-recognition", model={model!r}{revision})

def predict(files):
    said = []
    for file in files:
        sound, rate = soundfile.read(file, dtype="float32", always_2d=True)
        said.append(hear({{"raw": sound.mean(axis=1), "sampling_rate": rate}})["text"].strip())
    return said
"""

_SEE = """\
from transformers import pipeline

see = pipeline("image-classification", model={model!r}{revision}, top_k=1)
labels = {label_map!r}

def predict(files):
    return [labels.get(best["label"], best["label"]) for file in files for best in see(file)[:1]]
"""

_LOOK = """\
import json
import torch
from PIL import Image, ImageOps
from sklearn.linear_model import LogisticRegression
from transformers import AutoImageProcessor, {auto}

prepare = AutoImageProcessor.from_pretrained({model!r}{revision})
model = {auto}.from_pretrained({model!r}{revision}).eval()

def look(file):
    picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    with torch.inference_mode():
        pixels = prepare(images=[picture], return_tensors="pt")
        if hasattr(model, "get_image_features"):
            found = model.get_image_features(pixel_values=pixels["pixel_values"])
            vector = getattr(found, "pooler_output", found)
        else:
            states = model(**pixels, output_hidden_states=True)
            last = getattr(states, "last_hidden_state", None)
            last = states.hidden_states[-1] if last is None else last
            vector = last.mean(dim=(2, 3)) if last.ndim == 4 else torch.cat([last[:, 0], last.mean(dim=1)], dim=-1)
    return torch.nn.functional.normalize(vector, dim=-1)[0].numpy()

with open({teaching!r}, encoding="utf-8") as file:
    taught = [json.loads(line) for line in file]
# The files as the task names them: run this in its folder.
head = LogisticRegression(C={strength}, max_iter={steps})
head.fit([look(row["input"]) for row in taught], [row["expected"] for row in taught])

def predict(files):
    return head.predict([look(file) for file in files]).tolist()
"""


def elsewhere(
    candidate: Candidate, details: Mapping[str, Any], labels: list[str], threads: int, folder: Path
) -> str | None:
    """Return code for a candidate of these engines and abilities, None for any other."""
    options = candidate.options
    is_on_hub = candidate.revision is not None
    model = {
        "model": candidate.model if is_on_hub else candidate.folder or candidate.model,
        "revision": f", revision={candidate.revision!r}" if is_on_hub else "",
    }
    if candidate.runtime == "transformers" and candidate.ability == "transcribe":
        return _HEAR.format(**model)
    if candidate.runtime == "transformers" and candidate.ability == "see":
        return _SEE.format(**model, label_map=details.get("label_map", {}))
    if candidate.runtime == "transformers" and candidate.ability == "look":
        named = (json_map(Path(candidate.folder or "") / "config.json").get("architectures") or [""])[0]
        is_classifier = str(named).endswith("ForImageClassification")
        return _LOOK.format(
            **model,
            auto="AutoModelForImageClassification" if is_classifier else "AutoModel",
            teaching=str(folder / "teaching.jsonl"),
            strength=details.get("C", STRENGTHS[1]),
            steps=MOST_STEPS,
        )
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
