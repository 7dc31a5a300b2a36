"""The static text encoder: a table of token vectors that the package ``wordllama`` carries.

Only the package's two data files are read; its code is never imported. The table stays on disk in half
precision, mapped into memory, so that a query touches only the rows of its tokens.
"""

import importlib.util
import json
import mmap
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from catalog.errors import CatalogError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH: Final = 256
_TABLE: Final = "weights/l2_supercat_256.safetensors"
_TOKENIZER: Final = "tokenizers/l2_supercat_tokenizer_config.json"
_TENSOR: Final = "embedding.weight"
_CHUNK: Final = 256


def encoder_folder() -> Path | None:
    """Folder of the installed package that carries the table, found without importing it."""
    try:
        spec = importlib.util.find_spec("wordllama")
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    return folder if (folder / _TABLE).is_file() and (folder / _TOKENIZER).is_file() else None


class StaticEncoder:
    """Mean of token vectors, L2-normalised. The same for documents and queries."""

    def __init__(self, folder: Path) -> None:
        """Map the table and load the tokenizer from a folder laid out as the package's.

        Raises:
            CatalogError: A file is missing or is not what it should be.
        """
        # Needed only once a text is encoded: 0.08 s and 0.03 s of import.
        import numpy as np
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Tokenizer | None = Tokenizer.from_file(str(folder / _TOKENIZER))
            self._file = (folder / _TABLE).open("rb")
        except Exception as error:  # tokenizers raises bare Exception for any fault of the file
            raise CatalogError(
                f"The text encoder in {folder} cannot be read ({error}). Reinstall the package wordllama."
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        # The safetensors layout: eight bytes of header length, a JSON header, then the raw tensors. Reading
        # it here keeps the table mapped; the library's numpy reader copies it.
        length = int.from_bytes(self._map[:8], "little")
        header = json.loads(self._map[8 : 8 + length])[_TENSOR]
        rows, width = header["shape"]
        if header["dtype"] != "F16" or width != WIDTH:
            raise CatalogError(f"The text encoder's table in {folder} is not {WIDTH} wide in half precision.")
        start = 8 + length + header["data_offsets"][0]
        self._table: NDArray[np.float16] | None = np.frombuffer(
            self._map, dtype=np.float16, count=rows * width, offset=start
        ).reshape(rows, width)

    def encode(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Unit vectors, one a text, float32 of shape (n, 256); a text without tokens gives zeros.

        Raises:
            CatalogError: The encoder was closed.
        """
        import numpy as np

        if self._tokenizer is None or self._table is None:
            raise CatalogError("The text encoder was closed; open the catalog again.")
        out = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            # Lone surrogates cannot be passed to the tokenizer.
            batch = [t.encode("utf-8", "replace").decode() for t in texts[start : start + _CHUNK]]
            found = [tokens.ids for tokens in self._tokenizer.encode_batch_fast(batch, add_special_tokens=False)]
            rows = [start + i for i, ids in enumerate(found) if ids]
            if rows:
                counts = np.array([len(ids) for ids in found if ids])
                vectors = self._table[np.concatenate([ids for ids in found if ids])].astype(np.float32)
                sums = np.add.reduceat(vectors, np.cumsum(counts) - counts, axis=0)
                out[rows] = sums / counts[:, None]
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        np.divide(out, norms, out=out, where=norms > 0)
        return out

    def close(self) -> None:
        """Give back the mapping and the tokenizer's memory (about 30 MB)."""
        self._tokenizer = None
        self._table = None
        self._map.close()
        self._file.close()

    def __enter__(self) -> Self:
        """Use as a context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close at the end of the context."""
        self.close()
