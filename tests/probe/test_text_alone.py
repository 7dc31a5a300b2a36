"""Models of text and images prompted only with text, of architectures of 2026, with random weights."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from advisor.candidates.layout import inspect
from tests.conftest import run_python
from tests.probe.asking import ask
from tests.probe.known import MOODS
from tests.probe.support import edit
from tests.probe.tiny import tiny
from tests.tables import for_each

# Made in a process of its own: the tests' process imports no torch. It prints the shares of two options as the whole
# text gives them, read at once and without a cache.
BUILD = """
import json, sys
import torch, transformers as tf
kind, source, folder = sys.argv[1:]
torch.manual_seed(0)
torch.set_grad_enabled(False)
tokenizer = tf.AutoTokenizer.from_pretrained(source)
size = len(tokenizer)
ends = dict(eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, bos_token_id=None)
text = dict(
    vocab_size=size + 8, hidden_size=64, intermediate_size=96, num_hidden_layers=4, num_attention_heads=4,
    num_key_value_heads=2, head_dim=16, max_position_embeddings=512, initializer_range=0.2, **ends,
)
marks = dict(image_token_id=size, video_token_id=size + 1, vision_start_token_id=size + 2, vision_end_token_id=size + 3)
if kind == "qwen3_5":
    text |= dict(linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=16, linear_value_head_dim=16)
    seen = dict(depth=1, hidden_size=32, intermediate_size=48, num_heads=2, out_hidden_size=64)
    config = tf.Qwen3_5Config(text_config=text, vision_config=seen, **marks)
elif kind == "qwen3_vl":
    seen = dict(depth=1, hidden_size=32, intermediate_size=48, num_heads=2, out_hidden_size=64,
                deepstack_visual_indexes=[0])
    config = tf.Qwen3VLConfig(text_config=text, vision_config=seen, **marks)
else:
    seen = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2, image_size=28,
                patch_size=14)
    config = tf.Gemma3Config(text_config=text, vision_config=seen, mm_tokens_per_image=4, image_token_index=size,
                             boi_token_index=size + 1, eoi_token_index=size + 2)
model = tf.AutoModelForImageTextToText.from_config(config).eval()
model.generation_config.eos_token_id = tokenizer.eos_token_id
model.save_pretrained(folder)
tokenizer.save_pretrained(folder)
turns = [{"role": "system", "content": "Say glad or sad."}, {"role": "user", "content": "a grey day"}]
prompt = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
logs = []
for option in ("glad", "sad", "sunny day"):
    ids = tokenizer(option, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    after = model(input_ids=torch.tensor([prompt + ids])).logits[0].float().log_softmax(-1)
    logs.append(sum(float(after[len(prompt) - 1 + place, token]) for place, token in enumerate(ids)))
print(json.dumps(torch.tensor(logs).softmax(0).tolist()))
"""
OPTIONS = ["glad", "sad", "sunny day"]
ASKED: list[Any] = [["system", "Say glad or sad."], ["user", "a grey day"]]


@for_each(
    ("kind", "loaded"),
    [
        # The part that reads text stands by itself, and its layers of linear attention keep a state.
        ("qwen3_5", "text"),
        ("qwen3_vl", "whole"),
        ("gemma3", "whole"),
    ],
)
def test_it_is_asked_in_text(tmp_path: Path, kind: str, loaded: str) -> None:
    """It chats; the probability of an option is that of the whole text, whatever the layers keep."""
    folder = tmp_path / kind
    done = run_python("-c", BUILD, kind, str(tiny("chat")), folder)
    assert done.returncode == 0, done.stderr[-2000:]
    shares = json.loads(done.stdout.splitlines()[-1])
    (form,) = inspect(folder).forms
    assert (form.runtime, form.ability) == ("transformers", "chat")
    (chosen, free), _ = ask(folder, ("chat", ASKED, OPTIONS), ("chat", ASKED, None))
    best = max(range(3), key=lambda index: shares[index])
    assert chosen[0] == OPTIONS[best]
    assert chosen[2] == pytest.approx(shares[best], abs=1e-3)
    assert free[1] > 0


def test_an_encoder_without_a_configuration_of_sentence_transformers(tmp_path: Path) -> None:
    """A masked BERT is loaded from its folder unchanged, and the mean of its vectors separates moods.

    Each word has a vector, too, in windows if the text is longer than it reads.
    """
    folder = shutil.copytree(tiny("classify"), tmp_path / "raw")
    edit(folder / "config.json", architectures=["BertForMaskedLM"])
    ways = [(form.runtime, form.ability) for form in inspect(folder).forms]
    assert ways == [("sentence-transformers", "encode"), ("transformers", "embed")]
    glad, sad = (list(words)[:2] for words in MOODS.values())
    (vectors,), _ = ask(folder, ("encode", [f"the day is {word}" for word in (*glad, *sad)]))

    def similarity(one: int, other: int) -> float:
        return sum(a * b for a, b in zip(vectors[one], vectors[other], strict=True))

    assert min(similarity(0, 1), similarity(2, 3)) > max(
        similarity(0, 2), similarity(0, 3), similarity(1, 2), similarity(1, 3)
    )
    text = "the day is sunny " * 300
    words = [word.span() for word in re.finditer(r"\w+", text)]
    ((long, short, none),), _ = ask(folder, ("embed", [text, "the day is", ""], [words, words[:3], []]), form=1)
    assert [len(each) for each in (long, short, none)] == [1200, 3, 0]
    assert min(sum(map(abs, each)) for each in long) > 0.0
