"""Checkpoints as torch writes them, made without torch, and others that would run something if they were unpickled."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

# As pickled by torch 2.13: an ordered mapping of one name to one tensor of two numbers.
ONE_TENSOR = (
    b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01X\x01\x00\x00\x00wq\x02ctorch._utils\n_rebuild_tensor_v2\nq\x03("
    b"(X\x07\x00\x00\x00storageq\x04ctorch\nFloatStorage\nq\x05X\x01\x00\x00\x000q\x06X\x03\x00\x00\x00cpuq\x07K\x02tq"
    b"\x08QK\x00K\x02\x85q\tK\x01\x85q\n\x89h\x00)Rq\x0btq\x0cRq\rs."
)
NUMBERS = b"\0\0\x80?\0\0\0@"
# The old format: a number that marks it, its version, facts of the machine, the tensors, their keys, and the numbers.
OLD_BEGIN = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00."
# There the size of what a tensor shares with others comes last.
OLD_TENSOR = ONE_TENSOR.replace(b"K\x02tq\x08Q", b"K\x02Ntq\x08Q")
OLD_END = b"\x80\x02]q\x00X\x01\x00\x00\x000q\x01a.\x02\0\0\0\0\0\0\0"


def archive(pickled: bytes, *more: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive as torch writes it around a pickle, with more files at its end."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as parts:
        parts.writestr("archive/data.pkl", pickled)
        for name, content in (("byteorder", b"little"), ("data/0", NUMBERS), ("version", b"3\n")):
            parts.writestr(f"archive/{name}", content)
        for name, content in more:
            parts.writestr(name, content)
    return stream.getvalue()


def old(pickled: bytes = OLD_TENSOR, end: bytes = OLD_END) -> bytes:
    """Return a file in torch's old format."""
    return OLD_BEGIN + pickled + end + NUMBERS


class _Touches:
    """Touches a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self._file}'",)


def evil_pickles(note: Path) -> dict[str, bytes]:
    """Return pickles that touch a file when Python unpickles them, by how they hide it."""
    call = f"touch '{note}'".encode()
    plain = b"X%b%b" % (len(call).to_bytes(4, "little"), call)
    short = b"\x8c%c%b" % (len(call), call)
    return {
        "reduce": pickle.dumps(_Touches(note), 2),
        "reduce, text": pickle.dumps(_Touches(note), 0),
        "stack global": pickle.dumps(_Touches(note), 4),
        # The names come out of the memo, the module after the function.
        "memo": b"\x80\x04\x8c\x06system\x94\x8c\x05posix\x940h\x000h\x01h\x00\x93" + short + b"\x85R.",
        "memo of a global": b"\x80\x02cposix\nsystem\nq\x000h\x00" + plain + b"\x85R.",
        "inst": b"(" + plain + b"iposix\nsystem\n.",
        "obj": b"(cposix\nsystem\n" + plain + b"o.",
        "behind tensors": b"\x80\x02(ccollections\nOrderedDict\n)Rcposix\nsystem\n" + plain + b"\x85Rt.",
        "by a way round": b"\x80\x02cbuiltins\ngetattr\ncos\npath\nX\x02\x00\x00\x00os\x86RX\x06\x00\x00\x00system0"
        b"cbuiltins\ngetattr\n0cposix\nsystem\n" + plain + b"\x85R.",
    }
