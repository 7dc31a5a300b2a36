"""Builds sentence-transformers folders, one for each pooling, with a graph of token vectors, and encodes with both.

`python -m tests.formats.pooled HOME` reads `modes`, `texts` and `prompts` as JSON from stdin, prints the vectors.
Run by `test_sentence_folder`, so that the tests' process imports no engine.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
import transformers as tf
from sentence_transformers import SentenceTransformer

from advisor.engines.base import Load, load
from advisor.engines.onnx.encode import POOLINGS
from tests.probe.tiny_models.common import BERT, FILLERS, MOOD_WORDS, save, word_pieces
from tests.probe.tiny_onnx import write_graph

OUTPUTS = ["last_hidden_state", "pooler_output"]
METHODS = {"encode": "encode", "encode_queries": "encode_query", "encode_documents": "encode_document"}
LONGEST = 12


def plain(folder: Path) -> Path:
    """Write a BERT that has learned nothing, with large weights so that each pooling gives another vector."""
    tokenizer = word_pieces([*FILLERS, *MOOD_WORDS])
    model = tf.BertModel(tf.BertConfig(vocab_size=len(tokenizer), attn_implementation="eager", **BERT)).eval()
    save(str(folder), model, tokenizer)
    write_graph(model, OUTPUTS, folder / "onnx" / "model.onnx")
    return folder


def pooled(source: Path, folder: Path, mode: str) -> Path:
    """Make a sentence-transformers folder of it; "max" is written as newer versions do, others as older ones."""
    shutil.copytree(source, folder)
    parts = []
    for number, name in enumerate(("Transformer", "Pooling", "Normalize")):
        place = f"{number}_{name}" if number else ""
        (folder / place).mkdir(exist_ok=True)
        kind = f"sentence_transformers.models.{name}"
        parts.append({"idx": number, "name": str(number), "path": place, "type": kind})
    result: dict[str, Any] = {flag: name in mode.split("+") for flag, name in POOLINGS.items()}
    if mode == "max":
        result = {"pooling_mode": "max"}
    write(folder / "modules.json", parts)
    write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": BERT["hidden_size"], **result})
    write(folder / "sentence_bert_config.json", {"max_seq_length": LONGEST, "do_lower_case": False})
    return folder


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def main(home: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Return for each pooling the vectors of each method, by the library and by us, and our facts."""
    source, found = plain(home / "plain"), {}
    for mode in asked["modes"]:
        folder = pooled(source, home / mode, mode)
        if mode == "cls":
            write(folder / "config_sentence_transformers.json", asked["prompts"])
        library = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        ours: Any = load("onnx", Load(folder, ("onnx/model.onnx",), "encode", 1))
        found[mode] = {"facts": ours.facts}
        for name, theirs in METHODS.items():
            expected = getattr(library, theirs)(asked["texts"], normalize_embeddings=True)
            found[mode][name] = [expected.tolist(), getattr(ours, name)(asked["texts"]).tolist()]
    return found


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    sys.stdout.write("\n" + json.dumps(main(Path(sys.argv[1]), json.load(sys.stdin))))
