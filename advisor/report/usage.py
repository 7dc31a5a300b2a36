"""A snippet that uses a recommended candidate as the probe did: the same cuts, batches, engine settings and head.

Tests run each kind beside a worker and compare their outputs.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.families import family
from advisor.families.base import Family, holds
from advisor.probe.methods.head import MOST_STEPS, STRENGTHS
from advisor.probe.runtimes import onnx, sentence_transformers, static, transformers
from advisor.report import usage_prompted
from advisor.report.usage_elsewhere import elsewhere
from advisor.report.usage_here import through

if TYPE_CHECKING:
    from advisor.decide.decision import CandidateResult
    from advisor.plan import Plan
    from advisor.shortlist.candidate import Candidate

# As `advisor.probe.runtimes.transformers.chat_prompt` tells of a model that has one.
TEMPLATE_OF_ITS_OWN = "chat template"
DIRECTIONS = frozenset({"source", "target"})
_ENCODERS = {
    "sentence-transformers": """\
from sentence_transformers import SentenceTransformer

encoder = SentenceTransformer({model!r}{revision}, model_kwargs={{"use_safetensors": True}})

def encode(texts):
    return encoder.encode(texts, batch_size={st_batch}, normalize_embeddings=True)
""",
    "static": """\
from model2vec import StaticModel
from safetensors.numpy import load_file
from tokenizers import Tokenizer

{files}
tensors = load_file(weights)
table = next(tensors[name] for name in {tensor_names!r} if name in tensors)
encoder = StaticModel(
    table,
    Tokenizer.from_file(tokenizer_file),
    normalize=True,
    weights=tensors.get("weights"),
    token_mapping=tensors.get("mapping"),
)

def encode(texts):
    return encoder.encode(texts, max_length={static_tokens}, use_multiprocessing=False).astype("float32")
""",
    "onnx": """\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

{files}
session = onnxruntime.InferenceSession(weights, providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(tokenizer_file)
tokenizer.enable_truncation({onnx_tokens})
tokenizer.enable_padding()
inputs = {{node.name for node in session.get_inputs()}}
outputs = session.get_outputs()
pooled = [n.name for n in outputs if n.name == "sentence_embedding"]
pooled += [n.name for n in outputs if len(n.shape) == 2 and isinstance(n.shape[1], int) and n.shape[1] > 1]
output = (pooled + [n.name for n in outputs if len(n.shape) == 3])[0]

def encode_batch(texts):
    encoded = tokenizer.encode_batch(texts)
    mask = np.array([e.attention_mask for e in encoded])
    feeds = {{"input_ids": np.array([e.ids for e in encoded]), "attention_mask": mask, "token_type_ids": 0 * mask}}
    vectors = session.run([output], {{name: value for name, value in feeds.items() if name in inputs}})[0]
    if not pooled:  # token vectors: take their mean
        weights = mask[..., None].astype(vectors.dtype)
        vectors = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)).astype(np.float32)

def encode(texts):
    return np.concatenate([encode_batch(texts[at : at + {onnx_batch}]) for at in range(0, len(texts), {onnx_batch})])
""",
}

_HEAD = """\
import json
from sklearn.linear_model import LogisticRegression

with open({teaching!r}, encoding="utf-8") as lines:
    taught = [json.loads(line) for line in lines]
head = LogisticRegression(C={strength}, max_iter={steps})
head.fit(encode([row["input"] for row in taught]), [row["expected"] for row in taught])

def predict(texts):
    return head.predict(encode(texts)).tolist()
"""

_AS_IT_IS = """\
from transformers import pipeline

classify = pipeline("text-classification", model={model!r}{revision}, model_kwargs={{"use_safetensors": True}})
longest = min({tokens}, getattr(classify.model.config, "max_position_embeddings", {tokens}) or {tokens})
labels = {{label.casefold(): label for label in {labels!r}}}

def predict(texts):
    answers = classify(texts, truncation=True, max_length=longest)
    return [labels.get(answer["label"].casefold(), answer["label"]) for answer in answers]
"""


def usage(plan: Plan, result: CandidateResult, folder: Path) -> str:
    """Return Python code that defines `predict(texts) -> labels` for a candidate; `texts` is a list.

    What stands on the Hub is named by repository and revision, so the code finds or fetches it by itself.

    Args:
        plan: The run's plan.
        result: The candidate, with what its method settled on.
        folder: The run's folder; a head is trained on its teaching.jsonl.
    """
    candidate, details = result.candidate, result.record.details
    is_on_hub = candidate.revision is not None
    model = {
        "model": candidate.model if is_on_hub else candidate.folder or candidate.model,
        "revision": f", revision={candidate.revision!r}" if is_on_hub else "",
    }
    labels = list(plan.examples.labels)
    if (code := elsewhere(candidate, details, labels, plan.threads, folder)) is not None:
        return code
    kind = family(plan.task.family)
    template, part = plan.task.prompt.template, kind.parts[0]
    # One that holds none of the parts is the hypothesis of models of entailment.
    template = template if template is not None and holds(template, kind.parts_of(plan.task)) else None
    if candidate.method == "prompted" and _reads_more(plan):
        return through(plan, candidate, folder)
    if candidate.method == "prompted" and candidate.runtime == "llama.cpp":
        files = _files(candidate, needs_tokenizer=False)
        known = {"labels": labels, "template": template, "part": part, "is_object": kind.expects_object}
        return usage_prompted.llama(details, files, plan.threads, _source, **known)
    if candidate.method == "prompted" and (labels or details.get("prompt") != TEMPLATE_OF_ITS_OWN):
        return through(plan, candidate, folder)  # it chooses among the labels; a plain prompt ends at a line's end
    if candidate.method == "prompted":
        return usage_prompted.torch_chat(details, model, template, part)
    if candidate.ability == "rewrite" and (candidate.options.keys() & DIRECTIONS or details.get("prefix")):
        return through(plan, candidate, folder)
    if candidate.ability == "rewrite":
        return usage_prompted.rewrite(details, model, part)
    is_head = candidate.method == "head" and candidate.runtime in _ENCODERS
    is_classifier = (candidate.method, candidate.runtime, candidate.ability) == ("as is", "transformers", "classify")
    is_mapped = bool(plan.task.label_map or details.get("label_map_learned"))
    is_pooled = candidate.runtime == "onnx" and "pooling" in details  # by what its folder says
    if not (is_head or is_classifier) or is_mapped or is_pooled or candidate.allows or _needs_more(plan):
        return through(plan, candidate, folder)
    if is_classifier:
        return _AS_IT_IS.format(**model, tokens=transformers.MAX_TOKENS, labels=labels)
    encoder = _ENCODERS[candidate.runtime].format(
        **model,
        files="" if candidate.runtime == "sentence-transformers" else _files(candidate, needs_tokenizer=True),
        st_batch=sentence_transformers.BATCH,
        tensor_names=static.TENSOR_NAMES,
        static_tokens=static.MAX_TOKENS,
        onnx_tokens=onnx.MAX_TOKENS,
        onnx_batch=onnx.BATCH,
    )
    head = _HEAD.format(
        teaching=str(folder / "teaching.jsonl"), strength=details.get("C", STRENGTHS[1]), steps=MOST_STEPS
    )
    return f"{encoder}\n{head}"


def _reads_more(plan: Plan) -> bool:
    """Return whether a prompted model is given more than a text, or its reply is read by what it was given."""
    kind = family(plan.task.family)
    reads_by_input = type(kind).parse_for is not Family.parse_for and not kind.expects_object
    return len(kind.parts_of(plan.task)) > 1 or reads_by_input


def _needs_more(plan: Plan) -> bool:
    """Return whether a short snippet would answer otherwise than the probe: it knows one label a text."""
    return plan.task.labels_per_text != "one" or plan.task.family != "text-classification"


def _files(candidate: Candidate, *, needs_tokenizer: bool) -> str:
    """Return the lines that set `weights` and `tokenizer_file`, as paths or as downloads that the Hub cache keeps."""
    wanted = [("weights", candidate.files[0])]
    if needs_tokenizer:
        wanted.append(("tokenizer_file", _tokenizer_name(candidate)))
    if candidate.revision is None:
        home = Path(candidate.folder or "")
        return "\n".join(f"{variable} = {str(home / name)!r}" for variable, name in wanted)
    place = f"{candidate.model!r}, {{!r}}, revision={candidate.revision!r}"
    lines = ["from huggingface_hub import hf_hub_download", ""]
    lines += [f"{variable} = hf_hub_download({place.format(name)})" for variable, name in wanted]
    # What a graph keeps beside itself is found by it, not named to the engine.
    lines += [f"hf_hub_download({place.format(name)})" for name in candidate.files[1:]]
    return "\n".join(lines)


def _tokenizer_name(candidate: Candidate) -> str:
    """Return the tokenizer's file: beside the weights if there is one, else above them, as the engines look for it."""
    beside = str(Path(candidate.files[0]).with_name("tokenizer.json"))
    above = "tokenizer.json"
    return above if not _is_there(candidate, beside) and _is_there(candidate, above) else beside


def _is_there(candidate: Candidate, name: str) -> bool:
    if candidate.folder is not None:
        return (Path(candidate.folder) / name).is_file()
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(candidate.model, name, revision=candidate.revision), str)


def _source(function: object) -> str:
    """Return a function's code, without types and without notes to the checker."""
    code = re.sub(r"  # noqa.*", "", inspect.getsource(function))  # type: ignore[arg-type]
    return re.sub(r"^(\s*def \w+)\((.*)\) -> [^\n]*:$", _untyped, code, flags=re.MULTILINE).strip() + "\n"


def _untyped(match: re.Match[str]) -> str:
    names = re.findall(r"(\w+): (?:\w+)(?:\[[^\]]*\])?", match[2])
    return f"{match[1]}({', '.join(names)}):"
