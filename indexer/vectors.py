"""Exact vector search. The only importer of faiss. Exact because some 10^4 chunks take a millisecond."""

from pathlib import Path

import faiss
import numpy as np

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
        # A view into the index, which must live as long: hand out copies only.
        flat = faiss.rev_swig_ptr(self._index.get_xb(), self.count * self._index.d)  # type: ignore[attr-defined]
        self._vectors: Vectors = flat.reshape(self.count, self._index.d)

    @property
    def count(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    def all(self) -> Vectors:
        """A copy of all vectors, (count, dimension)."""
        return self._vectors.copy()

    def one(self, row: int) -> Vectors:
        """A copy of one vector, (1, dimension)."""
        return self._vectors[row : row + 1].copy()

    def cosines(self, query: Vectors, rows: slice = slice(None)) -> Vectors:
        """Cosine of one query (1, dimension) with every vector, or with those of some rows."""
        found: Vectors = self._vectors[rows] @ query[0]
        return found
