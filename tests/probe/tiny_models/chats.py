"""Llama, with a chat template and without."""

from typing import Any

import torch
import transformers as tf

from tests.probe.known import MOODS
from tests.probe.tiny_models.common import FILLERS, MOOD_WORDS, SMALL, again, byte_pieces, chance, fit, mood_text, save

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def _chat(folder: str, *, template: bool) -> None:
    words = [f"Ġ{word}" for word in (*FILLERS, *MOOD_WORDS)] + [*MOODS, *FILLERS, *MOOD_WORDS]
    fast = byte_pieces(words, "<|im_end|>" if template else "<|endoftext|>")
    if template:
        fast.chat_template = TEMPLATE
    config = tf.LlamaConfig(
        vocab_size=len(fast), **SMALL, initializer_range=0.1, max_position_embeddings=256, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id,
    )  # fmt: skip
    model = tf.LlamaForCausalLM(config)

    def one() -> tuple[str, str]:
        text, mood = mood_text()
        asked = "Say glad or sad. " + "is " * chance.randrange(3)
        if template:
            turns = [{"role": "system", "content": asked}, {"role": "user", "content": text}]
            return fast.apply_chat_template(turns, tokenize=False, add_generation_prompt=True), f"{mood}<|im_end|>"
        return f"{asked}\n\n{text}\n\nAnswer:", f" {mood}\n"

    @again
    def batch() -> dict[str, Any]:
        rows = [one() for _ in range(16)]
        encoded = [
            (fast(a, add_special_tokens=False)["input_ids"], fast(b, add_special_tokens=False)["input_ids"])
            for a, b in rows
        ]
        longest = max(len(a) + len(b) for a, b in encoded)
        ids = torch.full((16, longest), fast.pad_token_id)
        labels = torch.full((16, longest), -100)
        mask = torch.zeros((16, longest), dtype=torch.long)
        for row, (a, b) in enumerate(encoded):
            end = len(a) + len(b)
            ids[row, :end] = torch.tensor(a + b)
            labels[row, len(a) : end] = torch.tensor(b)
            mask[row, :end] = 1
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}

    fit(model, [lambda: model(**batch()).loss], steps=1500, below=0.02)
    save(folder, model, fast)


def chat(folder: str) -> None:
    _chat(folder, template=True)


def plain(folder: str) -> None:
    _chat(folder, template=False)
