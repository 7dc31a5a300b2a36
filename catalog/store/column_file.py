"""The file of the columns: a header with each array's offset, and the arrays, memory-mapped for reading."""

import json
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catalog.errors import CatalogError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Values for an unknown code and an unknown number: the largest, so that it passes no upper limit.
UNKNOWN: Final = -1
NONE: Final = np.iinfo(np.int64).max
_FILE: Final = "columns.bin"
_ALIGN: Final = 64


def write_columns(folder: Path, arrays: "dict[str, NDArray[Any]]", words: dict[str, list[str]]) -> None:
    """Eight bytes of header length, a JSON header with the words that codes stand for, then the arrays."""

    def header(offsets: Sequence[int]) -> bytes:
        layout = {n: [a.dtype.str, list(a.shape), at] for (n, a), at in zip(arrays.items(), offsets, strict=True)}
        return json.dumps({"arrays": layout, "words": words}).encode()

    # Offsets are part of the header, so space is reserved for their digits.
    start = _aligned(8 + len(header([10**15] * len(arrays))))
    offsets = []
    for array in arrays.values():
        offsets.append(start)
        start = _aligned(start + array.nbytes)
    with (folder / _FILE).open("wb") as file:
        text = header(offsets)
        file.write(len(text).to_bytes(8, "little") + text)
        for offset, array in zip(offsets, arrays.values(), strict=True):
            file.seek(offset)
            np.ascontiguousarray(array).tofile(file)
        file.truncate(start)


def map_columns(folder: Path) -> "tuple[dict[str, NDArray[Any]], dict[str, list[str]]]":
    """Map the file; the arrays are read-only; CatalogError if the file is missing or damaged."""
    try:
        with (folder / _FILE).open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        arrays = {
            name: np.frombuffer(data, dtype=dtype, count=int(np.prod(shape)), offset=offset).reshape(shape)
            for name, (dtype, shape, offset) in header["arrays"].items()
        }
        return arrays, header["words"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(folder, error) from error


def damaged(folder: Path, error: Exception) -> CatalogError:
    return CatalogError(
        f"The catalog's file {folder / _FILE} cannot be read ({error}). Delete its folder; it is built again on the "
        "next use."
    )


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGN) * _ALIGN
