"""Exact vector search. The only importer of faiss. Exact because some 10^4 chunks take a millisecond."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors

FILE = "vectors.faiss"


def write_vectors(folder: Path, vectors: Vectors) -> None:
    """Write unit vectors (rows, dimension) as a flat inner-product index."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    faiss.write_index(index, str(folder / FILE))


class VectorIndex:
    """Unit vectors of one audience's chunks; a row is a chunk's number."""

    def __init__(self, folder: Path) -> None:
        """Map the file, so that processes share it. The caller has checked its sum: faiss does not notice damage."""
        self._index = faiss.read_index(str(folder / FILE), faiss.IO_FLAG_MMAP_IFC)

    @property
    def count(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    def all(self) -> Vectors:
        """All vectors, (count, dimension)."""
        vectors: Vectors = self._index.reconstruct_n(0, self.count)
        return vectors

    def search(self, query: Vectors, limit: int, rows: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], Vectors]:
        """Rows and cosines of the `limit` nearest to one query (1, dimension), among `rows` when given."""
        available = self.count if rows is None else len(rows)
        limit = min(limit, available)
        if limit == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        parameters = None if rows is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(rows))  # type: ignore[call-arg]
        scores, found = self._index.search(query, limit, params=parameters)
        return found[0], scores[0]
