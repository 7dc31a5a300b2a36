"""Reads what stands before the weights in a GGUF file: whether it has a chat template, which tokens control a chat.

After the format's description, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"GGUF"
MOST_KEYS = 100_000
MOST_LAYERS = 10_000
MOST_ITEMS = 4_000_000
MOST_BYTES = 64 << 20
_STRING, _ARRAY = 8, 9
# By type: as `struct` names it.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# Token types of llama.cpp: these are read as one token where a prompt may control the chat.
_UNKNOWN, _CONTROL = 2, 3
_KEPT = ("general.architecture", "tokenizer.chat_template", "tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
# These stand below the architecture's name.
_SIZES = (
    *("context_length", "block_count", "embedding_length", "attention.head_count", "attention.head_count_kv"),
    *("attention.key_length", "attention.value_length"),
)
CACHE_BYTES_PER_VALUE = 2


class Header(NamedTuple):
    """What a GGUF file says of its model; None and empty where it says nothing.

    `context_tokens` is how many it was made to read, `cache_bytes` what is kept of each token it has read.
    """

    architecture: str | None
    chat_template: str | None
    control_tokens: tuple[str, ...]
    context_tokens: int | None = None
    cache_bytes: int | None = None


def read_header(path: Path) -> Header:
    """Return what the file says of its model; no weight is read.

    Raises:
        ValueError: if it is not a GGUF file, or a damaged one.
        OSError: if it cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(4) != MAGIC:
            raise ValueError("is not a GGUF file")
        version, _tensors, keys = struct.unpack("<IQQ", _read(stream, 20))
        if version < 2 or keys > MOST_KEYS:  # noqa: PLR2004  the first version had shorter lengths
            raise ValueError(f"is a GGUF file of version {version}, or damaged")
        found: dict[str, Any] = {}
        for _ in range(keys):
            name = _text(stream)
            (kind,) = struct.unpack("<I", _read(stream, 4))
            value = _value(stream, kind)
            if name in _KEPT or name.partition(".")[2] in _SIZES:
                found[name] = value
    tokens, types = found.get("tokenizer.ggml.tokens"), found.get("tokenizer.ggml.token_type")
    control: tuple[str, ...] = ()
    if isinstance(tokens, list) and isinstance(types, list):
        pairs = zip(tokens, types, strict=False)
        control = tuple(str(token) for token, kind in pairs if kind in (_UNKNOWN, _CONTROL) and token)
    template, architecture = found.get("tokenizer.chat_template"), found.get("general.architecture")
    sizes = {name: found.get(f"{architecture}.{name}") for name in _SIZES}
    context = sizes["context_length"]
    return Header(
        architecture if isinstance(architecture, str) else None,
        template if isinstance(template, str) and template.strip() else None,
        control,
        context if isinstance(context, int) and context > 0 else None,
        _cache_bytes(sizes),
    )


def _cache_bytes(sizes: dict[str, Any]) -> int | None:
    """Return the bytes of a token's keys and values in all layers, as llama.cpp keeps them: in 16 bits.

    What layers with a window or a state of their own save is not counted.
    """
    layers, heads = sizes["block_count"], sizes["attention.head_count"]
    of_keys = sizes["attention.head_count_kv"] or heads
    if isinstance(of_keys, int) and isinstance(layers, int):
        of_keys = [of_keys] * min(layers, MOST_LAYERS)
    width = sizes["embedding_length"]
    usual = width // heads if isinstance(width, int) and isinstance(heads, int) and heads > 0 else None
    key, value = (sizes[f"attention.{name}_length"] or usual for name in ("key", "value"))
    if not (isinstance(of_keys, list) and isinstance(key, int) and isinstance(value, int)):
        return None
    total = sum(count for count in of_keys if isinstance(count, int))
    return CACHE_BYTES_PER_VALUE * total * (key + value) or None


def _read(stream: IO[bytes], count: int) -> bytes:
    if count > MOST_BYTES:
        raise ValueError("is damaged: a length is out of reach")
    content = stream.read(count)
    if len(content) < count:
        raise ValueError("is cut short")
    return content


def _text(stream: IO[bytes]) -> str:
    (length,) = struct.unpack("<Q", _read(stream, 8))
    return _read(stream, length).decode("utf-8", "replace")


def _value(stream: IO[bytes], kind: int) -> Any:  # noqa: ANN401  as the file says
    if kind == _STRING:
        return _text(stream)
    if kind in _SCALARS:
        return struct.unpack(f"<{_SCALARS[kind]}", _read(stream, struct.calcsize(f"<{_SCALARS[kind]}")))[0]
    if kind != _ARRAY:
        raise ValueError(f"is damaged: holds a value of the unknown type {kind}")
    item, count = struct.unpack("<IQ", _read(stream, 12))
    if count > MOST_ITEMS:
        raise ValueError("is damaged: a length is out of reach")
    if item == _STRING:
        return [_text(stream) for _ in range(count)]
    if item not in _SCALARS:
        raise ValueError("is damaged: holds lists of lists")
    return list(struct.unpack(f"<{count}{_SCALARS[item]}", _read(stream, count * struct.calcsize(_SCALARS[item]))))
