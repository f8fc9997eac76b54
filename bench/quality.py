"""Our judged queries: this search beside its peers in one process.

    python -m bench.quality

Twice: peers over the texts as they are (what one gets who installs them), and over our passages with all the ways of
asking that were written for them. Writes bench/quality.json and a table in docs/benchmarks.md.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from bench.peers import Rank, all_peers
from bench.report import write_section
from config import Config
from corpus.document import Audience, Kind
from indexer.chunks import Chunk
from indexer.encoder import Encoder, Vectors, open_encoder
from indexer.evaluate import Evaluation, evaluate, read_qrels, read_queries, read_split
from indexer.query import SearchQuery
from indexer.search import Index, Route

ROOT = Path(__file__).resolve().parent
DEPTH = 1000


def main() -> None:
    """Measure and write."""
    settings = Config().flask()
    encoder = open_encoder(settings["EMBEDDING_MODEL"], settings["MODELS_DIR"])
    index = Index.open(settings["INDEX_DIR"])
    folder = settings["CORPUS_DIR"] / "relevance"
    queries, judged = read_queries(folder / "queries.tsv"), read_qrels(folder / "qrels.tsv")
    part_of = read_split(folder / "split.tsv")
    vectors = {text: encoder.encode_queries([text]) for text in queries.values()}
    rankers = _ours(index, vectors) | _peers(index, vectors, encoder)
    figures = {
        part: {name: asdict(_measure(rank, queries, judged, part_of, part)) for name, rank in rankers.items()}
        for part in ("dev", "test")
    }
    (ROOT / "quality.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_section("Judged queries", _table(figures))


def _measure(
    rank: Callable[[str], list[str]],
    queries: dict[str, str],
    judged: dict[str, dict[str, int]],
    part_of: dict[str, str],
    part: str,
) -> Evaluation:
    return evaluate(queries, {key: places for key, places in judged.items() if part_of.get(key) == part}, rank)


def _ours(index: Index, vectors: dict[str, Vectors]) -> dict[str, Callable[[str], list[str]]]:
    def rank(text: str) -> list[str]:
        return index.rank(SearchQuery.parse(text), vectors[text], Route.FUSED, audience=Audience.OFFICER)

    return {"this search": rank}


def _peers(index: Index, vectors: dict[str, Vectors], encoder: Encoder) -> dict[str, Callable[[str], list[str]]]:
    part = index.part(Audience.OFFICER)
    everything = np.arange(len(part.store.chunks))
    plain = np.asarray([row for row in everything if not part.store.chunks[row].is_said])
    stored = part.vectors.all()
    found: dict[str, Callable[[str], list[str]]] = {}
    for what, rows in (("texts", plain), ("our passages", everything)):
        chunks = [part.store.chunks[row] for row in rows]
        for name, rank in all_peers([c.embedded_text for c in chunks], stored[rows]).items():
            found[f"{name} · {what}"] = _places(rank, chunks, vectors)
    return found


def _places(rank: Rank, chunks: list[Chunk], vectors: dict[str, Vectors]) -> Callable[[str], list[str]]:
    def places(text: str) -> list[str]:
        found = (chunks[row] for row in rank(text, vectors[text], DEPTH))
        named = (f"{c.document}#{c.anchor}" if c.kind is Kind.REGULATION else c.document for c in found)
        return list(dict.fromkeys(named))

    return places


def _table(figures: dict[str, dict[str, dict[str, float]]]) -> str:
    lines = ["| part | search | hit@3 | recall@10 of articles | MRR@10 | nDCG@10 |", "|---|---|---|---|---|---|"]
    for part, rows in figures.items():
        for name, f in rows.items():
            numbers = (f["hit_at_3"], f["recall_at_10"], f["mrr_at_10"], f["ndcg_at_10"])
            lines.append(f"| {part} | {name} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
