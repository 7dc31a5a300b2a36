"""Language models that rank, their weights left to chance: `python -m tests.probe.tiny_engines.reranker FOLDER`.

Three folders: two as first published by the makers of their families, one as sentence-transformers saves it. With them
the scores of some pairs by transformers alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
import transformers as tf
from sentence_transformers import CrossEncoder
from sentence_transformers.base.modules import Transformer
from sentence_transformers.cross_encoder.modules import LogitScore

from tests.probe.tiny_models.common import byte_pieces

PAIRS = [("what floats", "a boat " * 40), ("what floats", "a stone sinks"), ("", "äöü\n"), ("x", "")]
SMALL = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    "intermediate_size": 64, "max_position_embeddings": 1024, "initializer_range": 0.3, "tie_word_embeddings": True,
    "bos_token_id": None, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
# As the two model cards have them.
QWEN3 = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n<Instruct>: Given a web '
    "search query, retrieve relevant passages that answer the query\n<Query>: {query}\n<Document>: {document}"
    "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
)
MXBAI = (
    "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
    "<|im_start|>user\nquery: {query}\ndocument: {document}\nYou are a search relevance expert who evaluates how well "
    "documents match search queries. For each query-document pair, carefully analyze the semantic relationship between "
    "them, then provide your binary relevance judgment (0 for not relevant, 1 for relevant).\nRelevance:<|im_end|>\n"
    "<|im_start|>assistant\n"
)
SAVED = "{query}? {document}! "
TEMPLATE = "{{ messages[0].content }}? {{ messages[1].content }}! "
CHAT = "{% for m in messages if m.role in ('system', 'user', 'assistant') %}{{ m.content }}{% endfor %}"


def scores(model: Any, fast: Any, text: str, yes: str, no: str | None) -> list[float]:
    """Return transformers' own score of each pair: the difference of two logits, as a probability."""
    found = []
    for query, document in PAIRS:
        written = text.replace("{query}", query).replace("{document}", document)
        with torch.inference_mode():
            logits = model(**fast(written, add_special_tokens=False, return_tensors="pt")).logits[0, -1]
        one, other = (fast(word, add_special_tokens=False)["input_ids"] if word else [] for word in (yes, no))
        difference = logits[one[0]] - (logits[other[0]] if other else 0.0)
        found.append(float(torch.sigmoid(difference)))
    return found


def main(folder: str) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    fast = byte_pieces(["yes", "no", "Yes"])
    fast.chat_template = CHAT
    qwen3 = tf.Qwen3ForCausalLM(tf.Qwen3Config(vocab_size=len(fast), head_dim=16, **SMALL)).eval()
    qwen2 = tf.Qwen2ForCausalLM(tf.Qwen2Config(vocab_size=len(fast), **SMALL)).eval()
    expected = {}
    for name, model, *asked in (
        ("Qwen3-Reranker-tiny", qwen3, QWEN3, "yes", "no"),
        ("mxbai-rerank-tiny-v2", qwen2, MXBAI, "1", "0"),
        ("saved", qwen3, SAVED, "Yes", None),
    ):
        home = Path(folder, name)
        model.save_pretrained(home)
        fast.save_pretrained(home)
        expected[name] = scores(model, fast, *asked)
    first = Transformer(str(home), transformer_task="text-generation", processor_kwargs={"chat_template": TEMPLATE})
    last = LogitScore(fast.convert_tokens_to_ids("Yes"))
    CrossEncoder(modules=[first, last], device="cpu").save_pretrained(str(home))
    Path(folder, "expected.json").write_text(json.dumps({"pairs": PAIRS, **expected}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
