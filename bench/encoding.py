"""The compiled model beside sentence-transformers (float32, all cores, batches of 32), by turns in one process."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from indexer.encoder import Encoder
from indexer.reference import ReferenceEncoder

ROUNDS = 5


def measure(
    encoder: Encoder, models_dir: Path, name: str, passages: list[str], questions: list[str]
) -> dict[str, object]:
    """Passages and questions a second of both, and how many times as fast the compiled model is."""
    import torch

    reference = ReferenceEncoder(name, models_dir).model
    torch.set_num_threads(os.cpu_count() or 1)
    quiet = {"show_progress_bar": False, "normalize_embeddings": True}
    pairs: dict[str, tuple[int, Callable[[], object], Callable[[], object]]] = {
        "passages": (
            len(passages),
            lambda: encoder.encode_documents(passages),
            lambda: reference.encode_document(passages, batch_size=32, **quiet),
        ),
        "single_questions": (
            len(questions),
            lambda: [encoder.encode_queries([question]) for question in questions],
            lambda: [reference.encode_query(question, **quiet) for question in questions],
        ),
    }
    return {what: _compare(*pair) for what, pair in pairs.items()}


def _compare(count: int, ours: Callable[[], object], theirs: Callable[[], object]) -> dict[str, object]:
    ours(), theirs()  # warm
    rounds = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    ratios = sorted(their / our for our, their in rounds)
    return {
        "compiled_per_s": round(count / statistics.median(our for our, _ in rounds), 1),
        "sentence_transformers_per_s": round(count / statistics.median(their for _, their in rounds), 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratio_min_max": [round(ratios[0], 2), round(ratios[-1], 2)],
    }


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
