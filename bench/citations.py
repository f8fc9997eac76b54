"""Every law × article × way of writing it, looked up: is it the first result?

    python -m bench.citations INDEX_DIR [--laws N]

Prints lookups, how many are first, lookups a second, and the first failures.
"""

import argparse
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

from corpus.citations import LawName, parse_query
from corpus.document import Audience
from corpus.statute import article_number, to_chinese
from indexer.query import SearchQuery
from indexer.search import Index

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def surfaces(law: LawName, anchor: str) -> Iterator[str]:
    """Ways people write one article of one law."""
    number = article_number(anchor)
    digits = [int(part) for part in anchor.removeprefix("art-").split("-")]
    arabic = f"第{digits[0]}条" + (f"之{digits[1]}" if len(digits) > 1 else "")
    bare = arabic.removeprefix("第")
    titles = [
        law.title,
        f"《{law.title}》",
        f"中华人民共和国{law.title}",
        f"《中华人民共和国{law.title}》",
        *law.short_titles,
    ]
    places = [number, arabic, bare, arabic.translate(FULL_WIDTH), f" {number} "]
    if len(digits) == 1:
        places.append(f"{to_chinese(digits[0])}条")
    for title, place in itertools.product(titles, places):
        yield title + place
    yield f"《{law.title}》{number}第一款"
    yield f"{law.title}{arabic}第(一)项"


def is_first(index: Index, text: str, law: LawName, anchor: str) -> bool:
    """Whether the article is the first result."""
    found = index.search(SearchQuery.parse(text), None, audience=Audience.PUBLIC)
    if not found.results or not found.results[0].is_cited:
        return False
    first = found.results[0]
    return first.document.id == law.id and first.hits[0].anchor.split("-p")[0].split("-i")[0] == anchor


def main() -> None:
    """Run over the index given."""
    parser = argparse.ArgumentParser()
    parser.add_argument("index", type=Path)
    parser.add_argument("--laws", type=int, default=10**6)
    options = parser.parse_args()
    index = Index.open(options.index)
    titles = index.store(Audience.PUBLIC).titles
    done = right = 0
    failures: list[str] = []
    started = time.monotonic()
    for law in titles.laws()[: options.laws]:
        for position, anchor in enumerate(sorted(a for a in law.anchors if a.startswith("art-"))):
            for text in surfaces(law, anchor):
                done += 1
                # The whole search for the first article of each law, the citation route alone for the others.
                if position == 0:
                    ok = is_first(index, text, law, anchor)
                else:
                    targets = parse_query(SearchQuery.parse(text).text, titles)
                    ok = bool(targets) and (targets[0].regulation, targets[0].article) == (law.id, anchor)
                right += ok
                if not ok and len(failures) < 30:
                    failures.append(text)
    seconds = time.monotonic() - started
    facts = {"lookups": done, "first": right, "per_second": round(done / seconds), "failures": failures}
    print(json.dumps(facts, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
