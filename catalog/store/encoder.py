"""The static text encoder: a table of token vectors that the package ``wordllama`` carries.

Only the package's two data files are read; its code is never imported. The table stays on disk in half precision,
mapped into memory, so that a query reads only the rows of its tokens. A query is tokenized with the tables of a
compiled catalog if it has any (``catalog.store.bpe``); the tokenizer is loaded only to encode many texts.
"""

import contextlib
import importlib.util
import json
import mmap
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from catalog.errors import CatalogError
from catalog.store.bpe import Pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

WIDTH: Final = 256
_TABLE: Final = "weights/l2_supercat_256.safetensors"
_TOKENIZER: Final = "tokenizers/l2_supercat_tokenizer_config.json"
_TENSOR: Final = "embedding.weight"
_CHUNK: Final = 256
# Characters in all that are tokenized with the tables; for more, the tokenizer is worth loading.
_FEW: Final = 600


def encoder_folder() -> Path:
    """Folder of the package with the table, found without importing it; CatalogError if it is not installed."""
    spec = importlib.util.find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise CatalogError("The text encoder is missing from this installation. Install the package wordllama.")
    return Path(spec.submodule_search_locations[0])


def tokenizer_file(folder: Path) -> Path:
    return folder / _TOKENIZER


class StaticEncoder:
    """Mean of token vectors, L2-normalised. The same for documents and queries."""

    def __init__(self, folder: Path, pieces: Path | None = None) -> None:
        """Map the table, and load the tokenizer unless its tables in a compiled catalog suffice for queries.

        CatalogError if a file of the package's folder is missing or invalid.
        """
        import numpy as np  # needed only to encode, 0.08 s

        self._folder = folder
        self._tokenizer: Tokenizer | None = None
        self._pieces: Pieces | None = None
        if pieces is not None:
            with contextlib.suppress(sqlite3.Error):
                self._pieces = Pieces(pieces)
        try:
            if self._pieces is None:
                self._load()
            self._file = (folder / _TABLE).open("rb")
        except OSError as error:
            raise CatalogError(_unreadable(folder, error)) from error
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
        """Float32 unit vectors, (n, 256), zeros for texts without tokens; CatalogError if the encoder was closed."""
        import numpy as np

        if self._table is None:
            raise CatalogError("The text encoder was closed; open the catalog again.")
        # Converted once if that takes less than converting the rows of each text.
        table = self._table.astype(np.float32) if len(texts) > _CHUNK else self._table
        out = np.zeros((len(texts), WIDTH), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            # Lone surrogates cannot be passed to the tokenizer.
            batch = [t.encode("utf-8", "replace").decode() for t in texts[start : start + _CHUNK]]
            found = self._cut(batch)
            for row, ids in enumerate(found, start):
                if ids:
                    out[row] = table[ids].mean(axis=0, dtype=np.float32)
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        np.divide(out, norms, out=out, where=norms > 0)
        return out

    def _cut(self, texts: Sequence[str]) -> "Sequence[list[int]]":
        if self._tokenizer is None and self._pieces is not None and sum(map(len, texts)) <= _FEW:
            with contextlib.suppress(sqlite3.Error):
                found = [self._pieces.ids(text) for text in texts]
                known = [ids for ids in found if ids is not None]
                if len(known) == len(texts):
                    return known
        return [tokens.ids for tokens in self._load().encode_batch_fast(texts, add_special_tokens=False)]

    def _load(self) -> "Tokenizer":
        if self._tokenizer is None:
            from tokenizers import Tokenizer  # with the file 0.06 s

            try:
                self._tokenizer = Tokenizer.from_file(str(tokenizer_file(self._folder)))
            except Exception as error:  # tokenizers raises bare Exception for any fault of the file
                raise CatalogError(_unreadable(self._folder, error)) from error
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()
        return self._tokenizer

    def close(self) -> None:
        """Free the mapping and the tokenizer's memory (about 30 MB)."""
        if self._pieces is not None:
            self._pieces.close()
        self._tokenizer = None
        self._table = None
        self._map.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unreadable(folder: Path, error: Exception) -> str:
    return f"The text encoder in {folder} cannot be read ({error}). Reinstall the package wordllama."
