"""Cut documents into chunks: an article, a section, a matter. The heading path is kept and embedded with the text.

The path is what a statute gives for free and plain chunking loses: 《法名》› 章 › 第X条（条旨） before each passage.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus.document import Case, Guide, Kind, Regulation
from corpus.matters import Matter, Penalty
from corpus.render import RenderedSection, plain_text
from corpus.sayings import Saying

MAX_CHARS = 420  # about 300 tokens of multilingual-e5, whose limit is 512
SCENES = "常见情形"  # the part of a guide whose list items are situations, each a passage of its own
SENTENCE_END = re.compile(r"(?<=[。！？；\n])")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that search can find. `anchor` is its place on the page of `document`."""

    document: str
    kind: Kind
    anchor: str
    path: tuple[str, ...]
    text: str
    is_said: bool = False  # how people say it, not what the text says
    version: str = ""  # of a regulation: the day it took effect

    @property
    def embedded_text(self) -> str:
        """What is embedded and indexed: heading path, then the words; what people say stands alone, as they say it."""
        return self.text if self.is_said else " › ".join(self.path) + "\n" + self.text

    def key(self, fingerprint: str) -> str:
        """Identity of this chunk's vector under the model with this fingerprint."""
        return hashlib.sha256(f"{fingerprint}\0{self.embedded_text}".encode()).hexdigest()


def chunk_sections(document: Guide | Case | Regulation, sections: tuple[RenderedSection, ...]) -> Iterator[Chunk]:
    """Chunks of a rendered document; a heading without words of its own gives none."""
    title = document.front.title
    name = f"《{title}》" if isinstance(document, Regulation) else title
    version = version_of(document)
    for section in sections:
        text = plain_text(section.html)
        parts = text.splitlines() if section.path[0] == SCENES else split_text(text)
        for part in parts:
            path = (name, *section.path)
            yield Chunk(document.front.id, document.kind, section.anchor, path, part, version=version)


def version_of(document: Guide | Case | Regulation) -> str:
    """Version of a regulation, the day it took effect; other texts have one version without a name."""
    return document.front.effective_on.isoformat() if isinstance(document, Regulation) else ""


def split_text(text: str, limit: int = MAX_CHARS) -> list[str]:
    """Cut a text into pieces of at most `limit` characters at sentence ends; joined, they are the text again."""
    pieces: list[str] = []
    current = ""
    for sentence in SENTENCE_END.split(text):
        for part in (sentence[i : i + limit] for i in range(0, len(sentence), limit)):
            if len(current) + len(part) > limit:
                pieces.append(current)
                current = ""
            current += part
    return [piece for piece in (*pieces, current) if piece.strip()]


def chunk_matter(matter: Matter) -> Iterator[Chunk]:
    """A matter by its name, by each way people say it, by its penalty, and (officers) by what must be proved."""
    words = "；".join(matter.street_words)
    yield _matter_chunk(matter, "", f"{matter.name}\n{words}")
    for said in matter.street_words:
        yield replace(_matter_chunk(matter, "", said), is_said=True)
    ranges = "\n".join(penalty_text(penalty) for penalty in matter.penalty)
    lenient = matter.first_offence.conditions or ""
    basis = "、".join((*matter.violates, *matter.punishes))
    yield _matter_chunk(matter, "penalty", f"{ranges}\n依据：{basis}\n首违不罚：{lenient}")
    proof = "\n".join(("；".join(matter.elements), "；".join(matter.evidence), "；".join(matter.pitfalls))).strip()
    if proof:
        yield _matter_chunk(matter, "proof", proof)


def chunk_saying(saying: Saying, anchor: str, regulation: Regulation) -> Iterator[Chunk]:
    """Ways of asking that an article answers, under that article; none when this version has it not."""
    article = regulation.article(anchor)
    if article:
        path = (f"《{regulation.front.title}》", *article.path, article.title)
        for said in saying.said:
            id, version = regulation.front.id, version_of(regulation)
            yield Chunk(id, Kind.REGULATION, article.anchor, path, said, is_said=True, version=version)


def _matter_chunk(matter: Matter, anchor: str, text: str) -> Chunk:
    return Chunk(matter.key, Kind.MATTER, anchor, (matter.field, matter.short_name), text)


def penalty_text(penalty: Penalty) -> str:
    """A penalty row in words."""
    who = f"{penalty.who}：" if penalty.who else ""
    return f"{who}{penalty.text}"
