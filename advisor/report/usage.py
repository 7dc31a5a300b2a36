"""A snippet that uses a recommended candidate as the probe did. Tests run these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.probe.families.text_classification import MOST_STEPS, STRENGTHS
from advisor.probe.runtimes.onnx import MAX_TOKENS

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.decide.decision import CandidateResult
    from advisor.plan import Plan

_ENCODERS = {
    "sentence-transformers": """\
from sentence_transformers import SentenceTransformer

encoder = SentenceTransformer({model!r}{revision})

def encode(texts):
    return encoder.encode(texts, normalize_embeddings=True)
""",
    "onnx": """\
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

session = onnxruntime.InferenceSession({weights!r})
tokenizer = Tokenizer.from_file({tokenizer!r})
tokenizer.enable_truncation({max_tokens})
tokenizer.enable_padding()
inputs = {{node.name for node in session.get_inputs()}}
named = [n.name for n in session.get_outputs() if n.name == "sentence_embedding"]
fixed = [n.name for n in session.get_outputs() if len(n.shape) == 2 and isinstance(n.shape[1], int)]
pooled = (named + fixed + [None])[0]

def encode(texts):
    encoded = tokenizer.encode_batch(list(texts))
    mask = np.array([e.attention_mask for e in encoded])
    feeds = {{"input_ids": np.array([e.ids for e in encoded]), "attention_mask": mask, "token_type_ids": 0 * mask}}
    feeds = {{name: value for name, value in feeds.items() if name in inputs}}
    vectors = session.run([pooled] if pooled else None, feeds)[0]
    if vectors.ndim == 3:  # token vectors: take their mean
        vectors = (vectors * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
""",
}
# A folder of static embeddings loads with sentence-transformers too.
_ENCODERS["static"] = _ENCODERS["sentence-transformers"]

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

_PROMPTED = """\
import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = {weights!r}
parameters.n_ctx = 2048
parameters.n_parallel = 1
server = xllamacpp.Server(parameters)
SYSTEM = {system!r}
GRAMMAR = {grammar!r}

def predict(texts):
    def ask(text):
        messages = [{{"role": "system", "content": SYSTEM}}, {{"role": "user", "content": text}}]
        answer = server.handle_chat_completions(
            {{"messages": messages, "temperature": 0, "max_tokens": 64, "grammar": GRAMMAR}}
        )
        return answer["choices"][0]["message"]["content"]
    return [ask(text) for text in texts]
"""

_AS_IT_IS = """\
from transformers import pipeline

classify = pipeline("text-classification", model={model!r}{revision}, truncation=True)

def predict(texts):
    return [answer["label"] for answer in classify(texts)]
"""


def usage(plan: Plan, result: CandidateResult, folder: Path) -> str:
    """Return Python code that defines `predict(texts) -> labels` for a candidate.

    Args:
        plan: The run's plan.
        result: The candidate, with what its method settled on.
        folder: The run's folder; a head is trained on its teaching.jsonl.
    """
    candidate, details = result.candidate, result.record.details
    home = candidate.folder or ""
    hub_id = candidate.revision is not None
    values = {
        "model": candidate.model if hub_id else home,
        "revision": f", revision={candidate.revision!r}" if hub_id else "",
        "weights": f"{home}/{candidate.files[0]}" if candidate.files else home,
        "tokenizer": f"{home}/tokenizer.json",
        "max_tokens": MAX_TOKENS,
        "teaching": str(folder / "teaching.jsonl"),
        "strength": details.get("C", STRENGTHS[1]),
        "steps": MOST_STEPS,
        "system": details.get("system_prompt", ""),
    }
    if candidate.method == "prompted":
        from advisor.probe.runtimes.llama_cpp import one_of

        return _PROMPTED.format(**values, grammar=one_of(plan.examples.labels))
    if candidate.method == "as is":
        return _AS_IT_IS.format(**values)
    return _ENCODERS[candidate.runtime].format(**values) + "\n" + _HEAD.format(**values)
