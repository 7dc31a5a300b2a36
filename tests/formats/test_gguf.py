"""What a GGUF file says before its weights: real ones are read, damaged ones refused."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.formats.headers import read_header
from tests.probe.support import GGUF, gguf_folder
from tests.tables import for_each

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Home


def text(value: str) -> bytes:
    """Return a text as GGUF writes it."""
    return struct.pack("<Q", len(value.encode())) + value.encode()


def test_a_real_file(starter_home: Home) -> None:
    """SmolLM2's."""
    header = read_header(gguf_folder(starter_home) / GGUF)
    assert header.architecture == "llama"
    assert "<|im_start|>" in (header.chat_template or "")
    assert {"<|im_start|>", "<|im_end|>", "<|endoftext|>"} <= set(header.control_tokens)
    assert "the" not in header.control_tokens
    # 30 layers, three heads of keys and three of values with 64 numbers each, in 16 bits.
    assert (header.context_tokens, header.cache_bytes) == (8192, 30 * 3 * 2 * 64 * 2)


def test_a_file_that_says_little(tmp_path: Path) -> None:
    """Values of other kinds are read past; what is not said is unknown."""
    values = text("a.number") + struct.pack("<If", 6, 0.5) + text("a.list") + struct.pack("<IIQ3h", 9, 3, 3, 1, 2, 3)
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + values)
    assert read_header(path) == (None, None, (), None, None)


@for_each(
    ("content", "says"),
    [
        (b"", "is not a GGUF file"),
        (b"GGML" + b"\0" * 40, "is not a GGUF file"),
        (b"GGUF\3\0", "is cut short"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 1), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**60), "a length is out of reach"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<I", 77), "unknown type 77"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 8, 2**50), "out of reach"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 9, 2), "lists of lists"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """At once, without the memory that its lengths ask for."""
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says):
        read_header(path)


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Are read or refused."""
    path = tmp_path_factory.getbasetemp() / "any.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + content)
    try:
        read_header(path)
    except ValueError:
        return
