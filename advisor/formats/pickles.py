"""Check without unpickling that a checkpoint pickled by torch holds nothing but tensors.

A pickle is a program: it may call anything that it can name. All names are in its opcodes, which are read here one by
one and never executed. Accepted files are opened by torch with `weights_only`, whose unpickler calls nothing else
either: both have to agree. Formats: https://docs.pytorch.org/docs/stable/notes/serialization.html and
https://docs.python.org/3/library/pickletools.html.
"""

import io
import pickletools
import re
import warnings
import zipfile
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from advisor.errors import one_line
from catalog.damaged_zip import DAMAGED_ZIP

# Maximum size of a pickle, or of the head of a file in the old format. A tensor takes about 150 bytes; its values are
# stored separately.
MOST_BYTES = 8 << 20
# In older versions a pickle can run code despite `weights_only` (CVE-2025-32434).
LEAST_TORCH = (2, 6)
_ARCHIVE = b"PK\x03\x04"
# End of an archive: the last record; before it, if torch writes them, a larger one and its offset (APPNOTE.TXT 4.3.14
# to 4.3.16).
_END, _WHERE, _LARGE = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_BYTES, _WHERE_BYTES, _LARGE_BYTES = 22, 20, 56
# Start of files of torch before version 1.6, a pickled number; then come the format's version, facts of the machine,
# the tensors and the keys of their storages, each a pickle.
_OLD = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"
_OLD_PICKLES = 5
_KINDS = (
    *("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool", "ComplexFloat"),
    "ComplexDouble",
)
_TYPES = (
    *("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "uint16", "uint32"),
    *("uint64", "bool", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2"),
)
# Names needed by a pickle of tensors, parameters and their mappings.
NAMES = frozenset(
    (
        *("collections OrderedDict", "torch.nn.parameter Parameter", "torch Size", "torch device"),
        *("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor_v3"),
        *("torch._utils _rebuild_parameter", "torch.storage UntypedStorage"),
        *(f"torch {kind}Storage" for kind in _KINDS),
        *(f"torch {kind}" for kind in _TYPES),
    )
)
# Opcodes limited to the names above: they create plain values, fill them, and call what GLOBAL names literally. Names
# created at run time (STACK_GLOBAL), numbers for names (EXT1) and other calls are not among them, and torch supports
# none of those.
_OPCODES = frozenset(
    (
        *("PROTO", "STOP", "MARK", "GLOBAL", "REDUCE", "BUILD", "BINPERSID", "NONE", "NEWTRUE", "NEWFALSE"),
        *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING"),
        *("EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
        *("SETITEM", "SETITEMS", "APPEND", "APPENDS", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
    )
)
_DAMAGED, _NOT_TORCHS = "is damaged or cut short", "is an archive that torch did not write"


class _RefusedError(Exception):
    """The message is the reason."""


def why_refused(file: Path) -> str | None:
    """Return why a file may not be opened as plain tensors, None if it may be. Nothing is unpickled."""
    if too_old := _old_torch():
        return too_old
    try:
        with file.open("rb") as stream:
            begin = stream.read(len(_OLD))
        if begin.startswith(_ARCHIVE):
            _check(_pickle_of_archive(file), 1)
        elif begin == _OLD:
            with file.open("rb") as stream:
                _check(stream.read(MOST_BYTES), _OLD_PICKLES)
        else:
            return "is no checkpoint that torch saved"
    except _RefusedError as refused:
        return str(refused)
    except OSError as error:
        return f"cannot be read ({error.strerror or type(error).__name__})"
    return None


@lru_cache(maxsize=1)
def _old_torch() -> str | None:
    """Return the objection to an installed torch that is too old; None if it is recent or not installed."""
    try:
        installed = version("torch")
    except PackageNotFoundError:
        return None
    least = ".".join(map(str, LEAST_TORCH))
    numbers = tuple(map(int, re.findall(r"\d+", installed)[: len(LEAST_TORCH)]))
    return (
        f"is a pickle, which torch {installed} does not read safely: install torch {least} or newer"
        if (numbers < LEAST_TORCH)
        else None
    )


def _pickle_of_archive(file: Path) -> bytes:
    """Return the one pickle of an archive in torch's format.

    Archives that another reader might interpret differently are refused: duplicate names, data before or after,
    compression.
    """
    try:
        _check_end(file)
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            top = parts[0].filename.partition("/")[0] if parts else ""
            names = {part.filename.casefold() for part in parts}
            is_plain = len(names) == len(parts) and all(part.filename.startswith(f"{top}/") for part in parts)
            is_stored = all(not part.compress_type and not part.flag_bits & 1 for part in parts)
            if not (is_plain and is_stored and min(part.header_offset for part in parts) == 0):
                raise _RefusedError(_NOT_TORCHS)
            wanted = f"{top}/data.pkl"
            others = [part.filename for part in parts if part.filename.casefold().endswith(".pkl")]
            if others != [wanted]:
                other = next((name for name in others if name != wanted), None)
                raise _RefusedError(f"holds another pickle, {one_line(other, 60)}" if other else "holds no data.pkl")
            if archive.getinfo(wanted).file_size > MOST_BYTES:
                raise _RefusedError(f"has a pickle of over {MOST_BYTES >> 20} MB")
            return archive.read(wanted)
    except DAMAGED_ZIP:
        raise _RefusedError(_DAMAGED) from None


def _check_end(file: Path) -> None:
    """Refuse an archive that does not end with its list of files, or whose list is longer than a checkpoint's."""
    with file.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - _END_BYTES - _WHERE_BYTES - _LARGE_BYTES))
        found = stream.read()
    large, where, end = found[:_LARGE_BYTES], found[-_END_BYTES - _WHERE_BYTES : -_END_BYTES], found[-_END_BYTES:]
    if not end.startswith(_END):
        raise _RefusedError(_DAMAGED)
    listed, comment = int.from_bytes(end[12:16], "little"), end[-2:]
    is_ours = comment == b"\0\0"
    if where.startswith(_WHERE):
        begins = int.from_bytes(where[8:16], "little")
        is_ours = is_ours and large.startswith(_LARGE) and begins == size - len(found)
        listed = int.from_bytes(large[40:48], "little")
    if not is_ours or listed > MOST_BYTES:
        raise _RefusedError(_NOT_TORCHS)


def _check(content: bytes, pickles: int) -> None:
    """Refuse bytes whose first pickles could do anything but create plain tensors."""
    stream = io.BytesIO(content)
    try:
        # Python warns of escapes that it does not know; arbitrary bytes may hold any.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            for _ in range(pickles):
                _check_next(stream, content)
    except (ValueError, OverflowError, IndexError, MemoryError):
        is_cut = len(content) < MOST_BYTES
        raise _RefusedError(_DAMAGED if is_cut else "has no pickle that torch wrote") from None


def _check_next(stream: io.BytesIO, content: bytes) -> None:
    """Refuse the next pickle if it could do anything but create plain tensors."""
    for opcode, argument, at in pickletools.genops(stream):
        if opcode.name not in _OPCODES:
            raise _RefusedError(f"has a pickle that is not read as plain tensors (it uses {opcode.name})")
        if opcode.name != "GLOBAL":
            continue
        named = str(argument)
        # Verbatim, because torch does not interpret escapes that this reader does.
        raw = f"c{named}\n".replace(" ", "\n", 1).encode()
        if named not in NAMES or not content.startswith(raw, at or 0):
            shown = one_line(named.replace(" ", "."), 60)
            raise _RefusedError(f"holds more than plain tensors (its pickle names {shown})")
