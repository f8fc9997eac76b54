"""Lay questions to statute articles: STARD's training questions (arXiv 2406.15313) over a rebuilt corpus, five folds.

    python -m bench.stard FOLDER [--cache DIR]

FOLDER holds corpus.jsonl, queries.train.tsv and qrels.train.tsv in BEIR's layout; it is no part of the project. The
same parts as in the product: passages, encoder, keywords, fusion, smoothing, adapter. Learning sees four folds and is
measured on the fifth. Every search ranks articles from the same vectors. Differences come with a bootstrap interval.
Encoding 61,000 passages takes some twenty minutes on two cores; DIR keeps the vectors.
"""

import argparse
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bench.peers import RRF_K, words_of
from bench.report import write_section
from config import Config
from indexer.adapter import Pair, learn_adapter
from indexer.chunks import split_text
from indexer.encoder import Encoder, Vectors, open_encoder
from indexer.keywords import KeywordIndex, write_keywords
from indexer.scoring import Weights, fuse, smooth

ROOT = Path(__file__).resolve().parent
FOLDS, SEED, RESAMPLES = 5, 7, 2000
NEAR = 96  # hard negatives looked at
WEIGHTS = Weights(meaning=0.8)
ADMINISTRATIVE = (
    "行政", "治安", "处罚", "道路交通", "城乡规划", "土地", "环境", "消防", "食品", "药品", "劳动", "教育", "城市",
    "物业", "公安", "管理",
)  # fmt: skip
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Task:
    """Articles, questions, and for each question the rows of the articles that answer it."""

    titles: list[str]
    texts: list[str]
    pieces: list[str]
    owner: NDArray[np.int64]  # of each piece, the article
    questions: list[str]
    answers: list[list[int]]

    @property
    def starts(self) -> NDArray[np.int64]:
        """First piece of each article."""
        return np.flatnonzero(np.r_[True, self.owner[1:] != self.owner[:-1]])

    @property
    def laws(self) -> NDArray[np.int64]:
        """Number of the law of each article."""
        return np.unique(self.titles, return_inverse=True)[1].astype(np.int64)


def read_task(folder: Path) -> Task:
    """Read the files; a question that runs over a line end is joined again."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    place = {row["_id"]: i for i, row in enumerate(rows)}
    asked: list[list[str]] = []
    for row in _table(folder / "queries.train.tsv"):
        if len(row) == 2:
            asked.append(row)
        else:
            asked[-1][1] += row[0]
    number = {key: i for i, (key, _) in enumerate(asked)}
    answers: list[set[int]] = [set() for _ in asked]
    for key, article, grade in _table(folder / "qrels.train.tsv"):
        if int(grade):
            answers[number[key]].add(place[article])
    pieces = [(i, part) for i, row in enumerate(rows) for part in split_text(row["text"]) or [""]]
    return Task(
        titles=[row["title"] for row in rows],
        texts=[f"《{row['title']}》 › {row['article']}\n{row['text']}" for row in rows],
        pieces=[f"《{rows[i]['title']}》 › {rows[i]['article']}\n{part}" for i, part in pieces],
        owner=np.asarray([i for i, _ in pieces]),
        questions=[text for _, text in asked],
        answers=[sorted(found) for found in answers],
    )


def _table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter="\t"))[1:]


def passages(task: Task, encoder: Encoder, cache: Path | None) -> Vectors:
    """Vectors of all pieces, from `cache` when they are there."""
    file = cache / f"stard-{encoder.fingerprint}.npy" if cache else None
    if file and file.is_file():
        return np.load(file, mmap_mode="r")
    found = encoder.encode_documents(task.pieces, lambda rows, total: tqdm(rows, total=total))
    if file:
        np.save(file, found)
    return found


class Bench:
    """All scores of one task; every array is (questions, articles)."""

    def __init__(self, task: Task, encoder: Encoder, cache: Path | None) -> None:
        self.task = task
        self.passages = passages(task, encoder, cache)
        self.questions = encoder.encode_queries(task.questions)
        self.fold = np.random.default_rng(SEED).permutation(len(task.questions)) % FOLDS
        self.cosines = self.meaning(self.questions)
        self.words = self._words()

    def meaning(self, vectors: Vectors) -> Floats:
        """Cosine of each question with the nearest piece of each article."""
        found = [
            np.maximum.reduceat(v @ self.passages.T, self.task.starts, axis=1) for v in np.array_split(vectors, 16)
        ]
        return np.concatenate(found)

    def _words(self) -> Floats:
        with TemporaryDirectory() as folder:
            write_keywords(Path(folder), self.task.texts, [])
            index = KeywordIndex(Path(folder))
            return np.stack([index.scores(text) for text in self.task.questions])

    def fused(self, cosines: Floats) -> Floats:
        """As the product fuses and smooths."""
        laws = self.task.laws
        rows = zip(cosines, self.words, strict=True)
        return np.stack([smooth(fuse(c, w, WEIGHTS), laws, WEIGHTS.neighbour) for c, w in rows])

    def learned(self, zero: Floats) -> Floats:
        """Each fold by an adapter learned from the other four."""
        cosines = np.empty_like(self.cosines)
        starts = self.task.starts
        for fold in range(FOLDS):
            pairs = []
            for i in np.flatnonzero(self.fold != fold):
                near = np.argpartition(-zero[i], NEAR + 24)[: NEAR + 24]
                negatives = [int(starts[a]) for a in near if a not in self.task.answers[i]][:NEAR]
                pairs.append(Pair(self.questions[i], [int(starts[a]) for a in self.task.answers[i]], negatives))
            held = self.fold == fold
            cosines[held] = self.meaning(learn_adapter(pairs, self.passages).adapt(self.questions[held]))
        return self.fused(cosines)

    def jieba(self) -> Floats:
        """bm25s at its defaults over jieba's words."""
        import bm25s

        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(w, len(vocabulary)) for w in words_of(text)] for text in self.task.texts]
        model = bm25s.BM25()
        model.index(bm25s.tokenization.Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
        known = ([w for w in words_of(text) if w in vocabulary] for text in self.task.questions)
        return np.stack([model.get_scores(words) for words in known])

    def slices(self) -> dict[str, NDArray[np.bool_]]:
        """Questions none of whose articles is in training; not of the Civil Code; administrative."""
        task, fold = self.task, self.fold
        trained = [{a for i in np.flatnonzero(fold != f) for a in task.answers[i]} for f in range(FOLDS)]
        unseen = [not set(found) & trained[fold[i]] for i, found in enumerate(task.answers)]
        civil = [any("民法典" in task.titles[a] for a in found) for found in task.answers]
        administrative = [
            any(any(w in task.titles[a] for w in ADMINISTRATIVE) and "刑" not in task.titles[a] for a in found)
            for found in task.answers
        ]
        return {
            "all": np.ones(len(civil), bool), "article not in training": np.asarray(unseen),
            "not 民法典": ~np.asarray(civil), "administrative": np.asarray(administrative),
        }  # fmt: skip


def by_rank(first: Floats, second: Floats) -> Floats:
    """Reciprocal rank fusion of the first 1,000 of both."""
    found = np.zeros_like(first)
    for scores in (first, second):
        for i, row in enumerate(scores):
            best = np.argpartition(-row, 1000)[:1000]
            best = best[np.argsort(-row[best], kind="stable")]
            found[i, best] += 1 / (RRF_K + np.arange(1, 1001))
    return found


def measure(scores: Floats, answers: list[list[int]]) -> NDArray[np.float64]:
    """Recall@10, MRR@10, recall@100 of each question, (questions, 3)."""
    return np.asarray(list(_measured(scores, answers)))


def _measured(scores: Floats, answers: list[list[int]]) -> Iterator[tuple[float, float, float]]:
    for row, wanted in zip(scores, map(set, answers), strict=True):
        best = np.argpartition(-row, 100)[:100]
        best = best[np.lexsort((best, -row[best]))].tolist()
        first = next((1 / rank for rank, a in enumerate(best[:10], 1) if a in wanted), 0.0)
        yield len(wanted & set(best[:10])) / len(wanted), first, len(wanted & set(best)) / len(wanted)


def interval(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> list[list[float]]:
    """95 % bootstrap interval of the mean difference of each figure, over questions."""
    chance = np.random.default_rng(SEED)
    rows = chance.integers(0, len(ours), (RESAMPLES, len(ours)))
    means = (ours - theirs)[rows].mean(axis=1)
    return np.percentile(means, [2.5, 97.5], axis=0).T.round(4).tolist()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    settings = Config().flask()
    bench = Bench(
        read_task(options.folder), open_encoder(settings["EMBEDDING_MODEL"], settings["MODELS_DIR"]), options.cache
    )
    zero, jieba = bench.fused(bench.cosines), bench.jieba()
    found = {
        "bm25s + jieba": jieba, "same vectors, FAISS flat": bench.cosines, "RRF of both": by_rank(jieba, bench.cosines),
        "this search, zero-shot": zero, "this search, learned": bench.learned(zero),
    }  # fmt: skip
    measured = {name: measure(scores, bench.task.answers) for name, scores in found.items()}
    slices = bench.slices()
    figures = {
        what: {name: rows[mask].mean(axis=0).round(4).tolist() for name, rows in measured.items()}
        for what, mask in slices.items()
    }
    ours = measured["this search, learned"]
    against = {name: interval(ours, rows) for name, rows in measured.items() if rows is not ours}
    kept = {"figures": figures, "learned_minus": against, "questions": {w: int(m.sum()) for w, m in slices.items()}}
    (ROOT / "stard.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_section("Lay questions to statutes (rebuilt corpus)", _page(kept))


def _page(kept: dict[str, dict[str, dict[str, list[float]]]]) -> str:
    lines = ["Recall@10 / MRR@10 / recall@100 on STARD's training questions, five folds, rebuilt corpus.", ""]
    names = list(kept["figures"]["all"])
    lines += ["| slice (questions) | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for what, rows in kept["figures"].items():
        cells = (" / ".join(f"{value:.3f}" for value in rows[name]) for name in names)
        lines.append(f"| {what} ({kept['questions'][what]}) | " + " | ".join(cells) + " |")
    lines += ["", "Learned minus each, 95 % bootstrap intervals over questions (recall@10; MRR@10; recall@100):", ""]
    for name, spans in kept["learned_minus"].items():
        lines.append(f"- {name}: " + "; ".join(f"{low:+.3f} to {high:+.3f}" for low, high in spans))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
