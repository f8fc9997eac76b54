"""Digests 摘要 held against the official texts they stand for: same articles, and no figure that is not there."""

from collections.abc import Iterator

from corpus.check import Findings
from corpus.document import Regulation
from corpus.figures import find_figures
from corpus.problems import Problem
from corpus.reader import Corpus
from corpus.references import Tally


def check_digests(corpus: Corpus, official: Corpus) -> Findings:
    """Hold each digest of `corpus` against the official text of the same id and version in `official`.

    Counts every article of a compared digest as a citation, every amount, multiple and share in it as a figure.
    """
    tally = Tally()
    problems: list[Problem] = []
    for digest, text in compared(corpus, official):
        for article in digest.articles:
            real = text.article(article.anchor)
            tally.citations += 1
            if real is None:
                problems.append(Problem(digest.source, article.line, f"正式文本里没有{article.number}"))
                continue
            tally.resolved += 1
            known = {(figure.value, figure.unit) for figure in find_figures(real.text)}
            for figure in find_figures(article.text):
                tally.figures += 1
                if (figure.value, figure.unit) in known:
                    tally.found += 1
                else:
                    words = f"{article.number}的数字“{figure.words}”不在正式文本里"
                    problems.append(Problem(digest.source, article.line, words))
    return Findings(tuple(problems), tally)


def compared(corpus: Corpus, official: Corpus) -> Iterator[tuple[Regulation, Regulation]]:
    """Digests with the official text of the same version; a digest without one is left out."""
    texts = {
        (r.front.id, r.front.effective_on): r for r in official.regulations if r.front.text == "official"
    }  # fmt: skip
    for digest in corpus.regulations:
        text = texts.get((digest.front.id, digest.front.effective_on))
        if digest.front.text == "digest" and text:
            yield digest, text
