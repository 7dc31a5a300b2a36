"""Nearest rows by meaning with FAISS, joined to the store and the columns by row.

The half-precision matrix on disk, mapped into memory, is exact. Few rows (the usual result of a filter) are scored from
it, and so is the first query of a process over a catalog of ordinary size, once for all parts of its page: that takes
10 ms for 20 k rows, importing FAISS 0.05 to 0.1 s. Otherwise FAISS proposes rows: by a flat scan of the same matrix
(0.5 ms for 20 k rows, 9 ms for 200 k), in larger catalogs by an inverted file of 8-bit codes, mapped as well, so that a
query reads only the lists it probes. FAISS's results are scored again from the matrix, so that the path taken affects
only time and, beyond the flat scan, recall. ``python -m benchmarks.catalog.scale`` prints the figures.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catalog.errors import CatalogError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Rows up to which the matrix is always used, and up to which the first query of a process uses it.
EXACT_ROWS: Final = 2_000
EXACT_ROWS_ONCE: Final = 50_000
# Rows beyond which there is an inverted file, and rows up to which the matrix is then used.
FLAT_ROWS: Final = 200_000
_EXACT_ROWS_OF_MANY: Final = 10_000
# Lists of the inverted file, up to a million rows and beyond, and training vectors per list.
_LISTS: Final = (1024, 4096)
_LISTS_FROM: Final = 1_000_000
_TRAINING_PER_LIST: Final = 50
# Rows to scan in the nearest lists if all are kept; with a filter the maximum, base and share of those it keeps. A
# filter may keep only rows far from the query, the nearest of which are in no particular lists.
_VISITED: Final = 120_000
_VISITED_KEPT: Final = 200_000
_VISITED_LEAST: Final = 20_000
_VISITED_SHARE: Final = 0.6
# Up to this share of rows kept, they are counted per list; beyond, every eighth row is.
_COUNTED_SHARE: Final = 0.1
_STRIDE: Final = 8
_CHUNK: Final = 50_000
_SCORED: Final = 512
_VECTORS: Final = "vectors.npy"
_FAISS: Final = "vectors.faiss"


class Vectors:
    """Nearest rows by meaning."""

    def __init__(self, folder: Path) -> None:
        """Map the matrix of a compiled catalog; CatalogError if the file is missing or damaged."""
        self._folder = folder
        self._faiss: Any = None
        self._lists: _Lists | None = None
        # The first query and its cosines, in a catalog of ordinary size: the parts of a page use the same query.
        self._first: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        try:
            self._matrix: NDArray[np.float16] = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise CatalogError(_damaged(folder / _VECTORS, error)) from error
        self._inverted = (folder / _FAISS).is_file()

    def nearest(
        self, query: "NDArray[np.float32]", keep: "NDArray[np.bool_]", limit: int
    ) -> "tuple[NDArray[np.int64], NDArray[np.float32]]":
        """The kept rows (a flag each) nearest to a unit vector, shape (width,), nearest first, with their cosines."""
        if self._first is None and len(self._matrix) <= EXACT_ROWS_ONCE:
            self._first = query, self._scores(query, np.arange(len(self._matrix)))
        if self._first is not None and self._first[0] is query:
            rows = np.flatnonzero(keep)
            return _best(rows, self._first[1][rows], limit)
        if np.count_nonzero(keep) <= (_EXACT_ROWS_OF_MANY if self._inverted else EXACT_ROWS):
            return self._score(query, np.flatnonzero(keep), limit)
        # A few more than requested: the index and the matrix round differently.
        return self._score(query, np.sort(self._scan(query, keep, limit + limit // 4 + 8)), limit)

    def _score(
        self, query: "NDArray[np.float32]", rows: "NDArray[np.int64]", limit: int
    ) -> "tuple[NDArray[np.int64], NDArray[np.float32]]":
        return _best(rows, self._scores(query, rows), limit)

    def _scores(self, query: "NDArray[np.float32]", rows: "NDArray[np.int64]") -> "NDArray[np.float32]":
        # In pieces that fit the processor's cache and reuse their memory: half the time of one piece.
        pieces = (self._matrix[rows[start : start + _SCORED]] for start in range(0, len(rows), _SCORED))
        return np.concatenate([_cosines(piece, query) for piece in pieces] or [query[:0]])

    def _scan(self, query: "NDArray[np.float32]", keep: "NDArray[np.bool_]", limit: int) -> "NDArray[np.int64]":
        faiss: Any = import_module("faiss")  # 0.1 to 0.2 s, not needed by the first query of most processes
        if self._faiss is None:
            # Threads do not help a single query, and on a busy machine they wait 10 ms for each other.
            faiss.omp_set_num_threads(1)
            if self._inverted:
                self._lists = _Lists(faiss, self._folder / _FAISS)
                self._faiss = self._lists.index
            else:
                self._faiss = faiss.IndexScalarQuantizer(
                    self._matrix.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
                )
                self._faiss.add_sa_codes(self._matrix.view(np.uint8))  # the matrix already is half precision
        every = bool(keep.all())
        selector = None if every else faiss.IDSelectorBitmap(np.packbits(keep, bitorder="little"))
        if self._lists is not None:
            rows = self._lists.search(query, keep, limit, selector)
        else:
            options = faiss.SearchParameters(sel=selector)
            rows = self._faiss.search(query[None, :], limit, params=options)[1][0]
        found: NDArray[np.int64] = rows[rows >= 0]
        return found

    @staticmethod
    def write(folder: Path, chunks: "Iterable[NDArray[np.float32]]", count: int, width: int) -> None:
        """Write the matrix, from chunks of unit vectors in row order, (any, width); :meth:`invert` does the rest.

        ValueError if the chunks do not have ``count`` rows.
        """
        at = 0
        with (folder / _VECTORS).open("wb") as file:  # not mapped: millions of rows would take gigabytes of memory
            header = {"descr": np.dtype(np.float16).str, "fortran_order": False, "shape": (count, width)}
            np.lib.format.write_array_header_1_0(file, header)
            for chunk in chunks:
                file.write(np.ascontiguousarray(chunk, dtype=np.float16).data)
                at += len(chunk)
        if at != count:
            raise ValueError(f"{at} vectors for {count} rows")

    @staticmethod
    def invert(folder: Path) -> None:
        """Write the inverted file of a matrix of more than :data:`FLAT_ROWS` rows.

        It is built in memory, 256 bytes per row: free other large objects before.
        """
        count, width = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False).shape
        if count > FLAT_ROWS:
            _invert(folder, count, width)


def _best(
    rows: "NDArray[np.int64]", scores: "NDArray[np.float32]", limit: int
) -> "tuple[NDArray[np.int64], NDArray[np.float32]]":
    best = np.argsort(-scores, kind="stable")[:limit]
    return rows[best], scores[best]


def _cosines(piece: "NDArray[np.float16]", query: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """Cosines without ``@``, whose threads wait for each other on a busy machine and whose rounding varies by piece."""
    found: NDArray[np.float32] = np.einsum("ij,j->i", piece.astype(np.float32), query)
    return found


class _Lists:
    """The mapped inverted file, and the choice of lists to scan."""

    def __init__(self, faiss: Any, path: Path) -> None:  # noqa: ANN401 - a module without types
        """Map the file; CatalogError if it is damaged."""
        self._faiss = faiss
        try:
            self.index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        except RuntimeError as error:
            raise CatalogError(_damaged(path, error)) from error
        self._centres: NDArray[np.float32] = self.index.quantizer.reconstruct_n(0, self.index.nlist)
        self._of = np.zeros(self.index.ntotal, dtype=np.int16)
        for at in range(self.index.nlist):
            size = self.index.invlists.list_size(at)
            if size:
                self._of[faiss.rev_swig_ptr(self.index.invlists.get_ids(at), size)] = at
        self._of_some = np.ascontiguousarray(self._of[::_STRIDE])
        self._sizes = self._count(self._of)

    def search(
        self,
        query: "NDArray[np.float32]",
        keep: "NDArray[np.bool_]",
        limit: int,
        selector: Any,  # noqa: ANN401 - of a module without types
    ) -> "NDArray[np.int64]":
        """Rows near the query, -1 if there are too few.

        Lists are scanned by the distance of their centres, without those that have no kept row, until enough kept rows
        are seen. Probing a fixed number of lists finds little if the filter keeps rows far from the query: of 2.5 M
        rows, a third of them kept, 61% of the nearest in 5 ms, against 97% in 9 ms.
        """
        sizes, wanted = self._sizes, _VISITED
        if selector is not None:
            kept = int(np.count_nonzero(keep))
            wanted = min(_VISITED_KEPT, round(_VISITED_LEAST + _VISITED_SHARE * kept))
            if kept <= _COUNTED_SHARE * len(keep):
                sizes = self._count(self._of[np.flatnonzero(keep)])
            else:
                sizes = self._count(self._of_some[keep[::_STRIDE]]) * _STRIDE
        similarity = np.einsum("ij,j->i", self._centres, query)
        order = np.argsort(-similarity, kind="stable")
        order = order[sizes[order] > 0]
        order = order[: int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1].astype(np.int64)
        centred = np.ascontiguousarray(similarity[order])
        query = np.ascontiguousarray(query, dtype=np.float32)
        scores, rows = np.empty(limit, dtype=np.float32), np.full(limit, -1, dtype=np.int64)
        options = self._faiss.SearchParametersIVF(sel=selector, nprobe=len(order))
        # The wrapper for arrays takes no options, so the underlying function is called.
        pointers = [self._faiss.swig_ptr(array) for array in (order, centred, scores, rows)]
        self.index.search_preassigned_c(1, self._faiss.swig_ptr(query), limit, *pointers, False, options)  # noqa: FBT003
        return rows

    def _count(self, lists: "NDArray[np.int16]") -> "NDArray[np.int64]":
        return np.bincount(lists, minlength=self.index.nlist)


def _invert(folder: Path, count: int, width: int) -> None:
    faiss: Any = import_module("faiss")  # building is rare
    lists = _LISTS[count > _LISTS_FROM]
    index = faiss.index_factory(width, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    # Evenly spaced rows: their order, by standing, is correlated with content.
    stride = max(1, count // (lists * _TRAINING_PER_LIST))
    some = [chunk[-start % stride :: stride].copy() for start, chunk in _chunks(folder, count, width)]
    index.train(np.concatenate(some).astype(np.float32))
    del some
    for _, chunk in _chunks(folder, count, width):
        index.add(chunk.astype(np.float32))
    faiss.write_index(index, str(folder / _FAISS))


def _chunks(folder: Path, count: int, width: int) -> "Iterator[tuple[int, NDArray[np.float16]]]":
    """The matrix in pieces, each with its first row: read, not mapped, to save memory."""
    with (folder / _VECTORS).open("rb") as file:
        np.lib.format.read_magic(file)
        np.lib.format.read_array_header_1_0(file)
        for start in range(0, count, _CHUNK):
            rows = min(_CHUNK, count - start)
            yield start, np.fromfile(file, dtype=np.float16, count=rows * width).reshape(rows, width)


def _damaged(path: Path, error: Exception) -> str:
    return f"The catalog's file {path} cannot be read ({error}). Delete its folder; it is rebuilt on the next use."
