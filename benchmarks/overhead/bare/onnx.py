"""ONNX Runtime; texts of like length run together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from benchmarks.overhead.bare.head import headed

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(job: dict[str, Any]) -> Callable[[list[str]], object]:
    """Open the graph and train the head."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job["threads"]
    # As the probe does: else another process's load would slow one side down more than the other.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(f"{job['path']}/model.onnx", options)
    tokenizer = Tokenizer.from_file(f"{job['path']}/tokenizer.json")
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    inputs = {node.name for node in session.get_inputs()}
    pooled = next(n.name for n in session.get_outputs() if len(n.shape) == 2 and isinstance(n.shape[1], int))

    def encode(texts: list[str]) -> Any:  # noqa: ANN401  an array
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors: Any = [None] * len(texts)
        for at in range(0, len(order), job["rows"]):
            batch = order[at : at + job["rows"]]
            encoded = tokenizer.encode_batch([texts[index] for index in batch])
            ids, mask = (np.array([getattr(e, name) for e in encoded]) for name in ("ids", "attention_mask"))
            feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            found = session.run([pooled], {name: feeds[name] for name in feeds if name in inputs})[0]
            for index, vector in zip(batch, found, strict=True):
                vectors[index] = vector
        stacked = np.stack(vectors)
        return stacked / np.linalg.norm(stacked, axis=1, keepdims=True)

    return headed(encode, job)
