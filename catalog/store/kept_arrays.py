"""Arrays that a compiled catalog keeps, so that each process is spared making them: vectors of texts that ship."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def kept(folder: Path, name: str, make: "Callable[[], NDArray[Any]]") -> "NDArray[Any]":
    """The array that a compiled catalog keeps under a name; made now, and kept, where it has none or a damaged one.

    Floats are kept in half precision, and returned as kept, so that an answer does not depend on where it came from.

    Args:
        folder: Of the compiled catalog; one that cannot be written keeps nothing.
        name: Without an ending; it names all that the array is made from, so that a stale one is never taken.
        make: Makes it.
    """
    import numpy as np

    # A folder's age tells when it was last in use, and whether it goes with its last reader: see catalog.store.cache.
    path = folder / f"{name}.npy"
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        found = make()
        if np.issubdtype(found.dtype, np.floating):
            found = found.astype(np.float16)
        unfinished = path.with_name(f"{path.name}.part-{os.getpid()}")
        try:
            before = folder.stat()
            with unfinished.open("wb") as file:
                np.save(file, found, allow_pickle=False)
            unfinished.replace(path)
            os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
        except OSError:
            unfinished.unlink(missing_ok=True)
    return np.asarray(found, dtype=np.float32 if np.issubdtype(found.dtype, np.floating) else None)
