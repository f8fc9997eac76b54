"""Benchmarks: `make bench`. Search is timed beside its own parts in the same run, so the ratios hold on any machine.

Writes bench/results.json and the table in docs/benchmarks.md.
"""

import json
import os
import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from app import clock
from bench import encoding, serving
from bench.report import write_section
from config import Config
from corpus.document import Audience
from corpus.reader import read_corpus
from indexer.build import update_index
from indexer.compile import prepare_encoder
from indexer.evaluate import read_queries
from indexer.prepare import sample_texts
from indexer.query import SearchQuery
from indexer.search import Index

ROOT = Path(__file__).resolve().parent
QUESTIONS = [
    "煤气罐放在地下室能罚吗", "饭店的液化气瓶没人管", "偷接电线用电", "高压线下面盖房子",
    "自己山上的树想砍就砍", "周末在居民楼里偷偷补课", "遛狗不拴绳咬了人",
    "沿街店铺把东西摆到人行道上", "渣土车一路漏泥", "第一次违法能不能不罚",
]  # fmt: skip
ROUNDS = 20


def timed(work: Callable[[str], object]) -> dict[str, float]:
    """Milliseconds per question: median and 95th percentile over all rounds."""
    times = []
    for _ in range(ROUNDS):
        for question in QUESTIONS:
            started = time.perf_counter()
            work(question)
            times.append((time.perf_counter() - started) * 1000)
    return {"p50_ms": round(statistics.median(times), 2), "p95_ms": round(statistics.quantiles(times, n=20)[18], 2)}


def main() -> None:
    load = round(os.getloadavg()[0], 1)
    settings = Config().flask()
    name, models = settings["EMBEDDING_MODEL"], settings["MODELS_DIR"]
    texts = sample_texts(read_corpus(settings["CORPUS_DIR"]))
    encoder = prepare_encoder(name, models, lambda: texts, print)
    report = update_index(settings["CORPUS_DIR"], encoder, settings["INDEX_DIR"], now=clock.now())
    started = time.perf_counter()
    index = Index.open(settings["INDEX_DIR"])
    opening = time.perf_counter() - started
    vectors = {q: encoder.encode_queries([q]) for q in QUESTIONS}

    def search(question: str, vector: object) -> object:
        return index.search(SearchQuery.parse(question), vector, audience=Audience.OFFICER)

    results = {
        "chunks": report.chunks,
        "cores": os.cpu_count(),
        "open_and_verify_s": round(opening, 2),
        "read_corpus_s": round(_seconds(lambda: read_corpus(settings["CORPUS_DIR"])), 2),
        "encode_query": timed(lambda q: encoder.encode_queries([q])),
        "search_words_only": timed(lambda q: search(q, None)),
        "search_words_and_meaning": timed(lambda q: search(q, vectors[q])),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load_average_at_start": load,
    }
    judged = list(read_queries(settings["CORPUS_DIR"] / "relevance/queries.tsv").values())
    results |= serving.measure(settings, judged[:200])
    results["encoding"] = encoding.measure(encoder, models, name, texts[:: len(texts) // 64][:64], QUESTIONS)
    (ROOT / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    table = "\n".join(f"| {name} | {_shown(value)} |" for name, value in results.items())
    write_section("Speed and size", f"Written by `make bench`.\n\n| what | figure |\n|---|---|\n{table}")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _shown(value: object) -> str:
    if isinstance(value, dict) and "p50_ms" in value:
        return f"p50 {value['p50_ms']} ms, p95 {value['p95_ms']} ms"
    if isinstance(value, dict):
        return "; ".join(f"{name} {_shown(part)}" for name, part in value.items())
    return str(value)


if __name__ == "__main__":
    main()
