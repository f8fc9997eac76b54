"""What one could install instead, over the same passages and the same vectors, each as its documentation advises.

A peer ranks rows of passages: `rank(text, vector, k) -> rows`, best first. Vectors are given, so that what is compared
is ranking and search, not encoders. txtai and Chroma are optional (bench/requirements.txt).
"""

import uuid
from collections.abc import Callable, Sequence
from functools import cache

import bm25s
import faiss
import numpy as np

from indexer.encoder import Vectors

Rank = Callable[[str, Vectors, int], list[int]]
RRF_K = 60  # Cormack, Clarke and Büttcher, SIGIR 2009


def words_of(text: str) -> list[str]:
    """jieba's words for searching, as most Chinese BM25 examples cut."""
    import jieba

    return [word for word in jieba.cut_for_search(text.lower()) if word.strip()]


def bm25(passages: Sequence[str]) -> Rank:
    """bm25s (lucene, k1 1.5, b 0.75: its defaults) over jieba's words."""
    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(word, len(vocabulary)) for word in words_of(text)] for text in passages]
    model = bm25s.BM25()
    model.index(bm25s.tokenization.Tokenized(ids=ids, vocab=vocabulary), show_progress=False)

    def rank(text: str, _vector: Vectors, k: int) -> list[int]:
        known = [word for word in words_of(text) if word in vocabulary]
        if not known:
            return []
        scores = model.get_scores(known)
        best = np.argpartition(-scores, min(k, len(scores) - 1))[:k]
        return [int(row) for row in best[np.argsort(-scores[best], kind="stable")] if scores[row] > 0]

    return rank


def flat(vectors: Vectors) -> Rank:
    """FAISS, exact inner product."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors))
    return lambda _text, vector, k: index.search(vector, k)[1][0].tolist()


def rrf(words: Rank, meaning: Rank) -> Rank:
    """Reciprocal rank fusion of both, k = 60, a hundred of each at least."""

    def rank(text: str, vector: Vectors, k: int) -> list[int]:
        scores: dict[int, float] = {}
        for way in (words, meaning):
            for place, row in enumerate(way(text, vector, max(k, 100)), 1):
                scores[row] = scores.get(row, 0.0) + 1 / (RRF_K + place)
        return sorted(scores, key=lambda row: -scores[row])[:k]

    return rank


def txtai_hybrid(passages: Sequence[str], vectors: Vectors) -> Rank:
    """txtai, hybrid=True (half words, half meaning), with jieba's words for its BM25."""
    from txtai import Embeddings

    texts = [" ".join(words_of(text)) for text in passages]
    known = dict(zip(texts, vectors, strict=True))
    asked: dict[str, Vectors] = {}
    engine = Embeddings(
        method="external",
        transform=lambda given: np.asarray([asked[t] if t in asked else known[t] for t in given], dtype=np.float32),
        hybrid=True,
        scoring={"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"whitespace": True}},
        backend="faiss",
        faiss={"components": "IDMap,Flat"},
    )
    engine.index((row, text, None) for row, text in enumerate(texts))
    cut = cache(lambda text: " ".join(words_of(text)))

    def rank(text: str, vector: Vectors, k: int) -> list[int]:
        asked[cut(text)] = vector[0]
        return [int(row) for row, _ in engine.search(cut(text), k)]

    return rank


def chroma(vectors: Vectors) -> Rank:
    """Chroma in memory, cosine, its HNSW with ef_search 100."""
    import chromadb

    client = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
    space = {"hnsw": {"space": "cosine", "ef_search": 100}}
    collection = client.create_collection(uuid.uuid4().hex, configuration=space, embedding_function=None)
    for start in range(0, len(vectors), 5000):
        part = vectors[start : start + 5000]
        collection.add(ids=[str(start + i) for i in range(len(part))], embeddings=part.tolist())

    def rank(_text: str, vector: Vectors, k: int) -> list[int]:
        found = collection.query(query_embeddings=vector.tolist(), n_results=k, include=[])
        return [int(row) for row in found["ids"][0]]

    return rank


def all_peers(passages: Sequence[str], vectors: Vectors, tell: Callable[[str], None] = print) -> dict[str, Rank]:
    """Every peer that is installed, by name."""
    words, meaning = bm25(passages), flat(vectors)
    peers: dict[str, Rank] = {"bm25s + jieba": words, "FAISS flat": meaning, "RRF of both": rrf(words, meaning)}
    for name, make in (
        ("txtai hybrid", lambda: txtai_hybrid(passages, vectors)),
        ("Chroma", lambda: chroma(vectors)),
    ):
        try:
            peers[name] = make()
        except ImportError as missing:
            tell(f"{name}: not installed ({missing.name}); pip install -r bench/requirements.txt")
    return peers
