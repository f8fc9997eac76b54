"""What a question rests on, held against the texts of the site: citations, and its field, guide and matter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.citations import Citation, find_citations, resolve
from corpus.document import Audience, Kind, page_path
from corpus.render import citation_path
from indexer.store import Store
from quizzes.check import places_of
from quizzes.question import Flaw, Question, find_gaps

SECTION = re.compile(r"(guide-\d{2,3})#(\S+)")


@dataclass(frozen=True, slots=True)
class Cited:
    """An entry of a question's basis: the name and address of what it means, or what is wrong with it."""

    text: str
    name: str = ""
    url: str = ""
    fault: str = ""


def look_up(store: Store, text: str) -> Cited:
    """What one entry of a basis means: an article, or `guide-01#section`."""
    if section := SECTION.fullmatch(text):
        return _section(store, text, section[1], section[2])
    citations = list(find_citations(text))
    if not citations:
        return Cited(text, fault="写法认不出。写成《法名》第几条第几款，或者 guide-01#小节")
    fault = next((fault for citation in citations if (fault := _fault(store, citation))), "")
    target = resolve(citations[0], store.titles)
    return Cited(text, text, "" if fault or target is None else citation_path(target), fault)


def _section(store: Store, text: str, id: str, anchor: str) -> Cited:
    guide = store.document(Kind.GUIDE, id)
    if guide is None:
        return Cited(text, fault="没有这份指引")
    heading = next((section.heading for section in guide.sections if section.anchor == anchor), None)
    if heading is None:
        return Cited(text, fault="指引里没有这一节")
    return Cited(text, f"{guide.title}“{heading}”", f"{page_path(Kind.GUIDE, id, Audience.OFFICER)}#{anchor}")


def _fault(store: Store, citation: Citation) -> str:
    target = resolve(citation, store.titles)
    document = store.document(Kind.REGULATION, target.regulation) if target else None
    if target is None or document is None:
        return f"找不到这部法规：{citation.title or '没有写法名'}"
    article = next((section for section in document.sections if section.anchor == target.article), None)
    if article is None:
        return "找不到这一条"
    is_part = target.anchor != target.article
    return "这一条里没有这一款、项" if is_part and f'id="{target.anchor}"' not in article.html else ""


def find_faults(store: Store, question: Question) -> Iterator[Flaw]:
    """What is wrong between a question and the texts."""
    for place, leaf in (((), question), *(pair for pair in places_of(question) if pair[0])):
        for cite in leaf.cites:
            if fault := look_up(store, cite).fault:
                yield Flaw((*place, "cites"), f"“{cite}”：{fault}")
    if not question.field:
        yield Flaw(("field",), "没有选领域")
    yield from _owner_faults(store, question, Kind.GUIDE, "指引", question.guide)
    yield from _owner_faults(store, question, Kind.MATTER, "事项", question.matter)


def _owner_faults(store: Store, question: Question, kind: Kind, word: str, id: str) -> Iterator[Flaw]:
    """A guide or matter must be there and of the question's field."""
    owner = store.document(kind, id) if id else None
    if id and owner is None:
        yield Flaw((kind.value,), f"没有{word} {id}")
    elif owner and question.field not in owner.fields:
        yield Flaw((kind.value,), f"{word} {id} 属于领域“{'、'.join(owner.fields)}”")


def what_is_missing(store: Store, question: Question) -> list[Flaw]:
    """All that stands between a draft and its use: gaps of its text, and faults against the texts of the site."""
    return [*find_gaps(question), *find_faults(store, question)]
