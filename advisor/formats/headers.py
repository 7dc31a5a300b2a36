"""Headers of weight files: number of parameters and precision, without reading weights.

After the format's description, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

import math
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

PRECISION_NAMES = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16"}
# TensorProto.DataType of the ONNX format.
_ONNX_TYPES = {1: "fp32", 10: "fp16", 11: "fp64", 16: "bf16", 2: "int8", 3: "int8", 21: "int4", 22: "int4"}
# Field numbers of the ONNX format: ModelProto.graph, GraphProto.initializer, TensorProto's dims and data_type.
_GRAPH, _INITIALIZER, _DIMS, _DATA_TYPE = 7, 5, 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# Smaller tensors are shapes, scales or biases, which do not show the weights' type.
LEAST_WEIGHTS = 1024
MOST_BYTES_OF_VARINT = 10
# A matrix with at least this many rows, and this many times more rows than columns, is an embedding table.
TABLE_ROWS, TABLE_RATIO = 8192, 8


class Header(NamedTuple):
    """Facts from the headers of a model's weight files; None is unknown.

    `computed` are the active parameters per token: all but embedding tables.
    """

    precision: str | None
    parameters: int | None
    computed: int | None = None


def safetensors_header(files: list[Path]) -> Header:
    """Read the headers of safetensors files; a damaged one leaves facts unknown."""
    from safetensors import SafetensorError, safe_open  # imports numpy

    counts: dict[str, int] = {}
    looked_up = 0
    try:
        for file in files:
            with safe_open(file, framework="numpy") as tensors:
                for key in tensors.keys():  # noqa: SIM118  not a mapping
                    part = tensors.get_slice(key)
                    shape = part.get_shape()
                    count = math.prod(shape)
                    looked_up += count if _is_table(shape) else 0
                    counts[part.get_dtype()] = counts.get(part.get_dtype(), 0) + count
    except (SafetensorError, OSError):
        return Header(None, None)
    # A few integers among floating weights are buffers such as position ids; many are packed weights, with an unknown
    # number of parameters each.
    floating = {kind: count for kind, count in counts.items() if "F" in kind}
    if sum(counts.values()) > 2 * sum(floating.values()):
        return Header(None, None)
    main = max(floating, key=lambda kind: floating[kind], default=None)
    total = sum(floating.values())
    return Header(PRECISION_NAMES.get(main) if main else None, total or None, total - looked_up or None)


def _is_table(shape: Sequence[int]) -> bool:
    return len(shape) == 2 and max(shape) >= max(TABLE_ROWS, TABLE_RATIO * min(shape))  # noqa: PLR2004


def onnx_header(file: Path) -> Header:
    """Read an ONNX graph's header from the types and shapes of its constant tensors, without their values.

    The format is protocol buffers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
    """
    counts: dict[str, int] = {}
    looked_up = 0
    try:
        with file.open("rb") as stream:
            size = file.stat().st_size
            for graph in _fields(stream, 0, size, _GRAPH):
                for tensor in _fields(stream, *graph, _INITIALIZER):
                    kind, shape = _tensor(stream, *tensor)
                    count = math.prod(shape)
                    if kind is not None and count >= LEAST_WEIGHTS:
                        counts[kind] = counts.get(kind, 0) + count
                        looked_up += count if _is_table(shape) else 0
    except (OSError, ValueError):
        return Header(None, None)
    if not counts:
        return Header(None, None)
    main = max(counts, key=lambda kind: counts[kind])
    # Packed four-bit weights are stored as bytes, so their number is unknown.
    if main == "int4":
        return Header(main, None)
    total = sum(counts.values())
    return Header(main, total, total - looked_up or None)


def _tensor(stream: IO[bytes], start: int, end: int) -> tuple[str | None, list[int]]:
    shape: list[int] = []
    kind = None
    for number, wire, value, length in _walk(stream, start, end):
        if number == _DIMS and wire == _VARINT:
            shape.append(value)
        elif number == _DIMS and wire == _BYTES:  # packed
            stream.seek(value)
            while stream.tell() < value + length:
                shape.append(_varint(stream))
            stream.seek(value + length)
        elif number == _DATA_TYPE and wire == _VARINT:
            kind = _ONNX_TYPES.get(value)
    return kind, shape


def _fields(stream: IO[bytes], start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each message of a field."""
    for number, wire, value, length in _walk(stream, start, end):
        if number == wanted and wire == _BYTES:
            yield value, value + length


def _walk(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, wire type, value (or its offset) and length of each field; ValueError if it is not a message."""
    at = start
    while at < end:
        stream.seek(at)
        key = _varint(stream)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, length = _varint(stream), 0
            at = stream.tell()
        elif wire == _BYTES:
            length = _varint(stream)
            value = stream.tell()
            at = value + length
        elif wire in (_FIXED32, _FIXED64):
            value, length = stream.tell(), 4 if wire == _FIXED32 else 8
            at = value + length
        else:
            raise ValueError("no protocol buffer")
        if at > end:
            raise ValueError("cut short")
        yield number, wire, value, length


def _varint(stream: IO[bytes]) -> int:
    value = 0
    for place in range(MOST_BYTES_OF_VARINT):
        byte = stream.read(1)
        if not byte:
            raise ValueError("cut short")
        value |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:  # noqa: PLR2004  the format's mark of the last byte
            return value
    raise ValueError("no number")


MAGIC = b"GGUF"
MOST_KEYS = 100_000
MOST_LAYERS = 10_000
MOST_ITEMS = 4_000_000
MOST_BYTES = 64 << 20
_STRING, _ARRAY = 8, 9
# By type: format in `struct`.
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# Token types of llama.cpp: these are parsed as one token in prompts with control tokens.
_UNKNOWN, _CONTROL = 2, 3
_KEPT = ("general.architecture", "tokenizer.chat_template", "tokenizer.ggml.tokens", "tokenizer.ggml.token_type")
# Keys below the architecture's name.
_SIZES = (
    *("context_length", "block_count", "embedding_length", "attention.head_count", "attention.head_count_kv"),
    *("attention.key_length", "attention.value_length"),
)
CACHE_BYTES_PER_VALUE = 2


class GgufHeader(NamedTuple):
    """Facts about a model from its GGUF file; None or empty if not stated.

    `context_tokens` is its context length, `cache_bytes` the cache per token.
    """

    architecture: str | None
    chat_template: str | None
    control_tokens: tuple[str, ...]
    context_tokens: int | None = None
    cache_bytes: int | None = None


def read_header(path: Path) -> GgufHeader:
    """Read a GGUF file's header, without weights.

    ValueError if it is not a GGUF file, or a damaged one. OSError if it cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(4) != MAGIC:
            raise ValueError("is not a GGUF file")
        version, _tensors, keys = struct.unpack("<IQQ", _read(stream, 20))
        if version < 2 or keys > MOST_KEYS:  # noqa: PLR2004  the first version had shorter lengths
            raise ValueError(f"is a GGUF file of version {version}, or damaged")
        found: dict[str, Any] = {}
        for _ in range(keys):
            (name,) = _texts(stream, 1)
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
    return GgufHeader(
        architecture if isinstance(architecture, str) else None,
        template if isinstance(template, str) and template.strip() else None,
        control,
        context if isinstance(context, int) and context > 0 else None,
        _cache_bytes(sizes),
    )


def _cache_bytes(sizes: dict[str, Any]) -> int | None:
    """Return the bytes of a token's keys and values in all layers, in 16 bits as in llama.cpp.

    Savings of layers with a window or a recurrent state are not counted.
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


def _texts(stream: IO[bytes], count: int) -> list[str]:
    """Read `count` texts; a vocabulary has a hundred thousand or more, so that each call matters."""
    found, read, unpack = [], stream.read, struct.Struct("<Q").unpack
    for _ in range(count):
        if len(head := read(8)) < 8:  # noqa: PLR2004
            raise ValueError("is cut short")
        (length,) = unpack(head)
        if length > MOST_BYTES:
            raise ValueError("is damaged: a length is out of reach")
        if len(content := read(length)) < length:
            raise ValueError("is cut short")
        found.append(content.decode("utf-8", "replace"))
    return found


def _value(stream: IO[bytes], kind: int) -> Any:  # noqa: ANN401  as the file says
    if kind == _STRING:
        return _texts(stream, 1)[0]
    if kind in _SCALARS:
        return struct.unpack(f"<{_SCALARS[kind]}", _read(stream, struct.calcsize(f"<{_SCALARS[kind]}")))[0]
    if kind != _ARRAY:
        raise ValueError(f"is damaged: holds a value of the unknown type {kind}")
    item, count = struct.unpack("<IQ", _read(stream, 12))
    if count > MOST_ITEMS:
        raise ValueError("is damaged: a length is out of reach")
    if item == _STRING:
        return _texts(stream, count)
    if item not in _SCALARS:
        raise ValueError("is damaged: holds lists of lists")
    return list(struct.unpack(f"<{count}{_SCALARS[item]}", _read(stream, count * struct.calcsize(_SCALARS[item]))))
