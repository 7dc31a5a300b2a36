"""Small made-up files of examples for a task in plain words, enough for a plan but not for training."""

import json
import struct
import wave
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROWS: Final = 60
# A sentence that identifies its language.
SENTENCES: Final[dict[str, str]] = json.loads(Path(__file__).with_name("sentences.json").read_text(encoding="utf-8"))


def task_document(
    folder: Path, family: str, words: str, *, labels: Sequence[str], languages: Sequence[str], context: int | None
) -> dict[str, Any]:
    """Write a task's examples (and files they name) into a folder, and return the task file's content.

    Texts are in English if the languages are unknown; the longest input has ``context`` tokens, None: a sentence.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (labels or ("yes", "no")) if "classification" in family else ()
    texts = [SENTENCES.get(code, SENTENCES["en"]) for code in languages] or [SENTENCES["en"]]
    rows = [_row(folder, family, number, texts[number % len(texts)], wanted) for number in range(ROWS)]
    if context is not None:
        rows[-1] = {key: _longer(value, context) for key, value in rows[-1].items()}
    (folder / "examples.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    source = {"path": "examples.json", "near_duplicates": "keep"}
    parts: dict[str, Any] = {"examples": source, "name": "t", "instruction": words, "family": family}
    if family == "text-retrieval":
        documents = [{"id": f"d{number}", "text": f"{texts[0]} {number}"} for number in range(8)]
        (folder / "documents.json").write_text(json.dumps(documents, ensure_ascii=False), encoding="utf-8")
        parts["documents"] = {"path": "documents.json"}
    if family == "text-generation":
        parts["scoring"] = {"metric": "contains"}
    if family == "translation" and len(languages) > 1:
        parts["translate"] = {"source": languages[0], "target": languages[1]}
    if wanted:
        parts["labels"] = list(wanted)
    return parts


def _longer(value: object, tokens: int) -> object:
    """Return a text of about this many tokens; short values stay."""
    return f"{value} " * (tokens * 4 // (len(value) + 1) + 1) if isinstance(value, str) and len(value) > 30 else value


def _row(folder: Path, family: str, number: int, text: str, labels: Sequence[str]) -> dict[str, Any]:
    text = f"{text} ({number})"
    if family in ("automatic-speech-recognition", "audio-classification"):
        expected = {"expected": text} if family.startswith("automatic") else {"label": labels[number % len(labels)]}
        return {"audio": _sound(folder / f"{number}.wav", number), **expected}
    if family == "image-classification":
        return {"image": _image(folder / f"{number}.png", number), "label": labels[number % len(labels)]}
    named = labels[number % len(labels)] if labels else "NAME"
    rows: dict[str, dict[str, Any]] = {
        "question-answering": {"question": text[:20], "context": f"{text} {text}", "answer": text[:12]},
        "text-ranking": {"query": text, "candidates": [text, text[::-1], "no"], "relevant": [text]},
        "text-retrieval": {"query": text, "documents": [f"d{number % 8}"]},
        "sentence-similarity": {"first": text, "second": text[::-1], "score": number % 6 / 5},
        "summarization": {"text": f"{text} {text}", "summary": text},
        "translation": {"text": text, "translation": text[::-1]},
        "token-classification": {"text": text, "entities": [[text[:5], named]]},
        "text-generation": {"text": text, "expected": text[:8]},
        "json-extraction": {"text": text, "expected": {"name": text[:8]}},
    }  # fmt: skip
    return rows.get(family) or {"text": text, "label": named}


def _sound(path: Path, number: int) -> str:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes((number, 0)) * 1_600)
    return path.name


def _image(path: Path, number: int) -> str:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes((0, number, 0, 0)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b""))
    return path.name
