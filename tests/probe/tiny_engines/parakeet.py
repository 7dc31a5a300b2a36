"""Parakeets of transformers', their weights left to chance: `python -m tests.probe.tiny_engines.parakeet FOLDER`.

One of each kind of decoder, with what transformers alone writes down of some recordings.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import transformers as tf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

RATE = 16_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ENCODER = {
    "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64,
    "subsampling_conv_channels": 8, "num_mel_bins": 80, "initializer_range": 0.3,
}  # fmt: skip


def sounds() -> dict[str, "np.ndarray[tuple[int], np.dtype[np.float32]]"]:
    """Return a short recording and a long one."""
    chance = np.random.default_rng(0)
    return {name: (chance.normal(size=RATE * n) * 0.1).astype(np.float32) for name, n in (("short", 2), ("long", 40))}


def processor() -> tf.ParakeetProcessor:
    table = {piece: number for number, piece in enumerate(["<unk>", "▁", *LETTERS, "<pad>"])}
    made = Tokenizer(models.BPE(table, [], unk_token="<unk>"))  # noqa: S106  no password
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    tokenizer = tf.ParakeetTokenizer(tokenizer_object=made, unk_token="<unk>", pad_token="<pad>")  # noqa: S106
    return tf.ParakeetProcessor(tf.ParakeetFeatureExtractor(feature_size=80), tokenizer)


def main(folder: str) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    made = processor()
    last = len(made.tokenizer) - 1
    encoder = tf.ParakeetEncoderConfig(**ENCODER)
    ctc = tf.ParakeetCTCConfig(vocab_size=last + 1, pad_token_id=last, encoder_config=encoder.to_dict())
    tdt = tf.ParakeetTDTConfig(
        vocab_size=last + 2,
        blank_token_id=last + 1,
        pad_token_id=last,
        decoder_hidden_size=32,
        num_decoder_layers=1,
        encoder_config=encoder.to_dict(),
    )
    said = {}
    for name, model in (("ctc", tf.ParakeetForCTC(ctc)), ("tdt", tf.ParakeetForTDT(tdt))):
        home = Path(folder, name)
        if name == "tdt":  # as the published ones have it: durations are no tokens
            model.generation_config.decoder_start_token_id = last + 1
            model.generation_config.suppress_tokens = [*range(last + 2, last + 2 + len(tdt.durations))]
        model.eval().save_pretrained(home)
        made.save_pretrained(home)
        for kind, sound in sounds().items():
            given = made(sound, sampling_rate=RATE, return_tensors="pt")
            with torch.inference_mode():
                if name == "ctc":
                    tokens = model(**given).logits.argmax(-1)
                    said[f"{name} {kind}"] = made.tokenizer.decode(tokens[0], skip_special_tokens=True)
                else:
                    tokens = model.generate(**given).sequences
                    said[f"{name} {kind}"] = made.tokenizer.decode(
                        tokens[0], skip_special_tokens=True, group_tokens=False
                    )
    import soundfile

    for kind, sound in sounds().items():
        soundfile.write(Path(folder, f"{kind}.wav"), sound, RATE, subtype="FLOAT")
    Path(folder, "expected.json").write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
