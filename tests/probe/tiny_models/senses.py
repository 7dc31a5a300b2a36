"""Models that see and hear: ViT, CLIP, Whisper, wav2vec 2.0, CLAP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers as tf
from tokenizers import AddedToken, pre_tokenizers

from tests.probe.tiny_models.common import SMALL, again, chance, fit, labelled, word_pieces


def vit(folder: str) -> None:
    names = ["red", "blue"]
    config = tf.ViTConfig(
        **SMALL,
        image_size=16,
        patch_size=8,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        **labelled(names),
    )
    model = tf.ViTForImageClassification(config)

    @again
    def batch() -> dict[str, Any]:
        wanted = torch.randint(0, 2, (16,))
        pixels = torch.rand(16, 3, 16, 16) * 0.35
        pixels[torch.arange(16), wanted * 2] += 0.6
        return {"pixel_values": (pixels - 0.5) / 0.5, "labels": wanted}

    fit(model, [lambda: model(**batch()).loss], steps=400, below=0.02)
    model.save_pretrained(folder)
    Path(folder, "preprocessor_config.json").write_text(
        '{"image_processor_type": "ViTImageProcessor", "do_resize": true, "size": {"height": 16, "width": 16},'
        ' "do_rescale": true, "rescale_factor": 0.00392156862745098, "do_normalize": true,'
        ' "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2}',
        encoding="utf-8",
    )


def sound() -> tuple[np.ndarray, str]:
    """Return a tone of a second or less, at 16 kHz, and its name."""
    name, frequency = chance.choice([("low", 300.0), ("high", 2000.0)])
    times = np.arange(int(16_000 * chance.uniform(0.6, 1.0))) / 16_000
    wave = 0.37 * np.sin(2 * np.pi * (frequency * chance.uniform(0.9, 1.1)) * times + chance.uniform(0, 6))
    return wave.astype(np.float32), name


def whisper(folder: str) -> None:
    """Whisper that names tones; its window is two seconds, not thirty."""
    extra = ["<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>"]
    extra += ["<|nospeech|>", "<|notimestamps|>"]
    stamps = [f"<|{number * 0.02:.2f}|>" for number in range(101)]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    table = {piece: number for number, piece in enumerate([*letters, "<|endoftext|>", *extra, *stamps])}
    tokenizer = tf.WhisperTokenizer(vocab=table, merges=[], language="en", task="transcribe", predict_timestamps=False)
    tokenizer.add_tokens([AddedToken(token, special=True, normalized=False) for token in extra], special_tokens=True)
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in stamps])
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in ["<|endoftext|>", *extra]}
    extractor = tf.WhisperFeatureExtractor(feature_size=20, chunk_length=2)
    config = tf.WhisperConfig(
        vocab_size=len(tokenizer), num_mel_bins=20, max_source_positions=100, max_target_positions=24, d_model=32,
        encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64,
        decoder_ffn_dim=64, dropout=0.0, decoder_start_token_id=ids["<|startoftranscript|>"],
        pad_token_id=ids["<|endoftext|>"], bos_token_id=ids["<|endoftext|>"], eos_token_id=ids["<|endoftext|>"],
        suppress_tokens=[], begin_suppress_tokens=[], init_std=0.1,
    )  # fmt: skip
    model = tf.WhisperForConditionalGeneration(config)
    start = [ids[token] for token in ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")]

    @again
    def batch() -> dict[str, Any]:
        sounds, names = zip(*(sound() for _ in range(8)), strict=True)
        features = extractor(list(sounds), sampling_rate=16_000, return_tensors="pt")["input_features"]
        said = [
            [*start, *tokenizer(name, add_special_tokens=False)["input_ids"], ids["<|endoftext|>"]] for name in names
        ]
        longest = max(map(len, said))
        rows = torch.tensor([[*row, *[-100] * (longest - len(row))] for row in said])
        given = rows[:, :-1].masked_fill(rows[:, :-1] == -100, ids["<|endoftext|>"])
        labels = rows[:, 1:].clone()
        labels[:, : len(start) - 1] = -100
        return {"input_features": features, "decoder_input_ids": given, "labels": labels}

    fit(model, [lambda: model(**batch()).loss], steps=600, below=0.03)
    model.generation_config = tf.GenerationConfig(
        decoder_start_token_id=ids["<|startoftranscript|>"], bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"], pad_token_id=ids["<|endoftext|>"], is_multilingual=True,
        lang_to_id={"<|en|>": ids["<|en|>"]},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"], max_length=24, prev_sot_token_id=ids["<|startofprev|>"],
        begin_suppress_tokens=None, suppress_tokens=None, return_timestamps=False, language="<|en|>", task="transcribe",
        max_initial_timestamp_index=50,
    )  # fmt: skip
    model.save_pretrained(folder)
    tf.WhisperProcessor(extractor, tokenizer).save_pretrained(folder)


# wav2vec 2.0 in small.
WAVE = {
    **SMALL, "conv_dim": (16, 32), "conv_kernel": (16, 16), "conv_stride": (16, 16), "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2, "hidden_dropout": 0.0, "attention_dropout": 0.0,
    "feat_proj_dropout": 0.0, "layerdrop": 0.0, "mask_time_prob": 0.0, "final_dropout": 0.0, "activation_dropout": 0.0,
}  # fmt: skip


def ctc(folder: str) -> None:
    import json

    Path(folder).mkdir(parents=True)
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"lohi"]
    Path(folder, "vocab.json").write_text(json.dumps({letter: n for n, letter in enumerate(letters)}), encoding="utf-8")
    tokenizer = tf.Wav2Vec2CTCTokenizer(str(Path(folder, "vocab.json")))
    extractor = tf.Wav2Vec2FeatureExtractor(do_normalize=True)
    config = tf.Wav2Vec2Config(vocab_size=len(letters), **WAVE, ctc_loss_reduction="mean", pad_token_id=0)
    model = tf.Wav2Vec2ForCTC(config)

    @again
    def batch() -> dict[str, Any]:
        sounds, names = zip(*(sound() for _ in range(8)), strict=True)
        values = extractor(list(sounds), sampling_rate=16_000, return_tensors="pt", padding=True)
        labels = tokenizer([name[:2] for name in names], return_tensors="pt")["input_ids"]
        return dict(values) | {"labels": labels}

    fit(model, [lambda: model(**batch()).loss], steps=1500, below=0.02, rate=3e-3, warm_up=100)
    model.save_pretrained(folder)
    tf.Wav2Vec2Processor(extractor, tokenizer).save_pretrained(folder)


def heard(folder: str) -> None:
    names = ["low", "high"]
    extractor = tf.Wav2Vec2FeatureExtractor(do_normalize=True)
    model = tf.Wav2Vec2ForSequenceClassification(tf.Wav2Vec2Config(**WAVE, classifier_proj_size=16, **labelled(names)))

    @again
    def batch() -> dict[str, Any]:
        sounds, said = zip(*(sound() for _ in range(8)), strict=True)
        values = extractor(list(sounds), sampling_rate=16_000, return_tensors="pt", padding=True)
        return dict(values) | {"labels": torch.tensor([names.index(name) for name in said])}

    fit(model, [lambda: model(**batch()).loss], steps=600, below=0.02, rate=3e-3)
    model.save_pretrained(folder)
    extractor.save_pretrained(folder)


def named(
    folder: str, model: Any, processor: Any, inputs: Callable[[list[str]], dict[str, Any]], said: dict[str, str]
) -> None:
    """Train a model of files and texts to find a file's own text among all."""
    names = list(said)
    words = processor.tokenizer(list(said.values()), return_tensors="pt", padding=True)

    def loss() -> Any:
        model.eval()  # few steps do not settle what a batch norm remembers
        wanted = [chance.randrange(len(names)) for _ in range(16)]
        found = model(**words, **inputs([names[each] for each in wanted]))
        logits = next(found[key] for key in ("logits_per_image", "logits_per_audio") if key in found)
        return torch.nn.functional.cross_entropy(logits, torch.tensor(wanted))

    fit(model, [loss], steps=400, below=0.02, rate=2e-3)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def clip(folder: str) -> None:
    tokenizer = word_pieces(["this", "is", "a", "photo", "of", "red", "blue"])
    text = SMALL | {"vocab_size": len(tokenizer), "eos_token_id": 3, "max_position_embeddings": 16}
    vision = SMALL | {"image_size": 16, "patch_size": 8}
    model = tf.CLIPModel(tf.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16))
    size = {"height": 16, "width": 16}
    images = tf.CLIPImageProcessor(size=size, crop_size=size, image_mean=[0.5] * 3, image_std=[0.5] * 3)

    def inputs(names: list[str]) -> dict[str, Any]:
        pixels = torch.rand(len(names), 3, 16, 16) * 0.35
        pixels[torch.arange(len(names)), [2 * (name == "blue") for name in names]] += 0.6
        return {"pixel_values": (pixels - 0.5) / 0.5}

    said = {name: f"This is a photo of {name}." for name in ("red", "blue")}
    named(folder, model, tf.CLIPProcessor(images, tokenizer), inputs, said)


def clap(folder: str) -> None:
    tokenizer = word_pieces(["this", "is", "a", "sound", "of", "low", "high"])
    tokenizer.model_input_names = ["input_ids", "attention_mask"]
    text = SMALL | {"vocab_size": len(tokenizer), "max_position_embeddings": 32, "pad_token_id": 0}
    audio = {
        "num_mel_bins": 16, "spec_size": 64, "window_size": 4, "patch_size": 4, "patch_stride": [4, 4],
        "depths": [1, 1], "num_attention_heads": [2, 2], "patch_embeds_hidden_size": 16, "hidden_size": 32,
        "num_hidden_layers": 2,
    }  # fmt: skip
    model = tf.ClapModel(tf.ClapConfig(text_config=text, audio_config=audio, projection_dim=16))
    spectra = tf.ClapFeatureExtractor(feature_size=16, sampling_rate=16_000, max_length_s=1, truncation="rand_trunc")

    def inputs(names: list[str]) -> dict[str, Any]:
        sounds = []
        for name in names:
            made = ("", "")
            while made[1] != name:
                made = sound()
            sounds.append(made[0])
        return dict(spectra(sounds, sampling_rate=16_000, return_tensors="pt"))

    said = {name: f"This is a sound of {name}." for name in ("low", "high")}
    named(folder, model, tf.ClapProcessor(spectra, tokenizer), inputs, said)
