"""What weight files say of themselves in their headers: how many parameters, in which precision; no weight is read."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRECISION_NAMES = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "I8": "int8", "U8": "int8"}
# TensorProto.DataType of the ONNX format.
_ONNX_TYPES = {1: "fp32", 10: "fp16", 11: "fp64", 16: "bf16", 2: "int8", 3: "int8", 21: "int4", 22: "int4"}
# Field numbers of the ONNX format: ModelProto.graph, GraphProto.initializer, TensorProto's dims and data_type.
_GRAPH, _INITIALIZER, _DIMS, _DATA_TYPE = 7, 5, 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# Smaller tensors are shapes, scales, biases: they say nothing of what the weights are stored as.
LEAST_WEIGHTS = 1024
MOST_BYTES_OF_VARINT = 10


class Header(NamedTuple):
    """What the headers of a model's weight files say; None is unknown."""

    precision: str | None
    parameters: int | None


def safetensors_header(files: list[Path]) -> Header:
    """Return what safetensors files hold; a damaged header leaves it unknown."""
    from safetensors import SafetensorError, safe_open  # it brings numpy along

    counts: dict[str, int] = {}
    try:
        for file in files:
            with safe_open(file, framework="numpy") as tensors:
                for key in tensors.keys():  # noqa: SIM118  not a mapping
                    part = tensors.get_slice(key)
                    count = 1
                    for length in part.get_shape():
                        count *= length
                    counts[part.get_dtype()] = counts.get(part.get_dtype(), 0) + count
    except (SafetensorError, OSError):
        return Header(None, None)
    # A few integers beside floating weights are buffers such as position ids; many are packed weights, and how many
    # parameters each of those holds is not said here.
    floating = {kind: count for kind, count in counts.items() if "F" in kind}
    if sum(counts.values()) > 2 * sum(floating.values()):
        return Header(None, None)
    main = max(floating, key=lambda kind: floating[kind], default=None)
    return Header(PRECISION_NAMES.get(main) if main else None, sum(floating.values()) or None)


def onnx_header(file: Path) -> Header:
    """Return what an ONNX graph holds, from the types and shapes of its constant tensors; their values are skipped.

    The format is protocol buffers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
    """
    counts: dict[str, int] = {}
    try:
        with file.open("rb") as stream:
            size = file.stat().st_size
            for graph in _fields(stream, 0, size, _GRAPH):
                for tensor in _fields(stream, *graph, _INITIALIZER):
                    kind, count = _tensor(stream, *tensor)
                    if kind is not None and count >= LEAST_WEIGHTS:
                        counts[kind] = counts.get(kind, 0) + count
    except (OSError, ValueError):
        return Header(None, None)
    if not counts:
        return Header(None, None)
    main = max(counts, key=lambda kind: counts[kind])
    # Packed four-bit weights stand in the file as bytes: how many they are is not said.
    return Header(main, sum(counts.values()) if main != "int4" else None)


def _tensor(stream: IO[bytes], start: int, end: int) -> tuple[str | None, int]:
    count, kind = 1, None
    for number, wire, value, length in _walk(stream, start, end):
        if number == _DIMS and wire == _VARINT:
            count *= value
        elif number == _DIMS and wire == _BYTES:  # packed
            stream.seek(value)
            while stream.tell() < value + length:
                count *= _varint(stream)
            stream.seek(value + length)
        elif number == _DATA_TYPE and wire == _VARINT:
            kind = _ONNX_TYPES.get(value)
    return kind, count


def _fields(stream: IO[bytes], start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Yield where each message of a field begins and ends."""
    for number, wire, value, length in _walk(stream, start, end):
        if number == wanted and wire == _BYTES:
            yield value, value + length


def _walk(stream: IO[bytes], start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield number, wire type, value (or where the content begins) and length of each field of a message.

    Raises:
        ValueError: if it is no such message.
    """
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
