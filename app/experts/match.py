"""The match: reads experts, calendars and the index, and ranks. By words alone, and saying so, without a model."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from flask import current_app
from sqlalchemy.orm import Session

from app.experts import queries
from app.experts.availability import Times, Timetable, Wanted, free, obstacle
from app.experts.models import Expert, Kind
from app.experts.profile import Catalogue
from app.experts.ranking import Candidate, Likeness, Match, Ranking, Topic, rank
from app.experts.vectors import sentence_vectors
from app.index import LiveIndex
from corpus.document import Audience
from corpus.document import Kind as Document
from indexer.encoder import Encoder
from indexer.keywords import Tokenizer, score_texts
from indexer.store import Store

SHOWN = 10
LOOK_AHEAD, OTHER_DAYS = 60, 3  # days looked through for another date; dates shown
RELEVANT = 0.6  # share of the best fit below which nobody is shown
SENTENCE_END = re.compile(r"(?<=[。！？；\n])")


@dataclass(frozen=True, slots=True)
class Tools:
    """What is needed to compare texts: the tokenizer of the index, the model or None, and where to keep vectors."""

    tokenizer: Tokenizer
    encoder: Encoder | None
    folder: Path

    @classmethod
    def of(cls, live: LiveIndex) -> "Tools":
        """Those of the present app; raises GenerationError without an index."""
        tokenizer = live.current().part(Audience.OFFICER).keywords.tokenizer
        return cls(tokenizer, live.encoder, current_app.config["INSTANCE_DIR"] / "experts")


@dataclass(frozen=True, slots=True)
class Offer:
    """Who is offered for a topic, with each expert's profile and free hours on the day."""

    topic: Topic
    wanted: Wanted
    ranking: Ranking
    experts: dict[str, Expert]
    free: dict[str, list[Times]]
    is_semantic: bool

    @property
    def best(self) -> tuple[Match, ...]:
        """Those to show: the first ten, without those who fit far less than the best of all, who may not be free."""
        return tuple(match for match in self.ranking.matches if match.fit >= self._floor)[:SHOWN]

    @property
    def _floor(self) -> float:
        return RELEVANT * self.ranking.best_fit

    @property
    def other_days(self) -> list[dt.date]:
        """The next days, at the same hours, on which somebody can come who fits and cannot on the day asked for."""
        able = [candidate.timetable for fit, candidate, _ in self.ranking.left_out if fit >= self._floor]
        ahead = (replace(self.wanted, day=self.wanted.day + dt.timedelta(days=n)) for n in range(1, LOOK_AHEAD))
        good = (w.day for w in ahead if any(obstacle(timetable, w) is None for timetable in able))
        return list(islice(good, OTHER_DAYS))


def catalogue(store: Store) -> Catalogue:
    """The fields and keys of matters that a profile may name."""
    matters = store.documents(Document.MATTER)
    fields = frozenset(field for matter in matters for field in matter.fields)
    return Catalogue(fields, frozenset(matter.id for matter in matters))


def sentences(expert: Expert) -> tuple[str, ...]:
    """The sentences of a profile: those of the specialities, and each course."""
    said = [part.strip() for part in SENTENCE_END.split(expert.specialities)]
    return tuple(dict.fromkeys(part for part in (*said, *expert.courses.splitlines()) if part))


def offer(session: Session, topic: Topic, wanted: Wanted, tools: Tools, *, kind: Kind | None = None) -> Offer:
    """Rank all experts who can come for a topic."""
    found = queries.experts(session)
    pool = candidates(session, found)
    ranking = rank(topic, pool, likeness(topic, [c.sentences for c in pool], tools), wanted, kind=kind)
    by_key = {expert.key: expert for expert in found}
    offered = [match.candidate.key for match in ranking.matches]
    return Offer(
        topic=topic,
        wanted=wanted,
        ranking=ranking,
        experts={key: by_key[key] for key in offered},
        free={m.candidate.key: free(m.candidate.timetable, wanted.day) for m in ranking.matches},
        is_semantic=tools.encoder is not None,
    )


def candidates(session: Session, found: Sequence[Expert]) -> list[Candidate]:
    """Experts as the ranking sees them."""
    timetables, ratings = queries.timetables(session, found), queries.ratings(session)
    return [_candidate(expert, timetables[expert.id], ratings.get(expert.id)) for expert in found]


def _candidate(expert: Expert, timetable: Timetable, rating: queries.Rating | None) -> Candidate:
    return Candidate(
        key=expert.key,
        kind=Kind(expert.kind),
        fields=frozenset(expert.fields),
        matters=frozenset(expert.matters),
        sentences=sentences(expert),
        timetable=timetable,
        ratings=(rating.count, round(rating.count * rating.mean)) if rating else (0, 0),
    )


def likeness(topic: Topic, profiles: Sequence[tuple[str, ...]], tools: Tools) -> Likeness:
    """How near the sentences of each profile are to the topic: the best over the texts that say it."""
    flat = [sentence for profile in profiles for sentence in profile]
    ends = np.cumsum([len(profile) for profile in profiles])[:-1]
    words = score_texts(tools.tokenizer, flat, topic.texts).max(axis=0)
    cosines = None
    if tools.encoder and flat:
        asked = tools.encoder.encode_queries(list(topic.texts))
        cosines = (asked @ sentence_vectors(tools.folder, tools.encoder, flat).T).max(axis=0)
    return Likeness(tuple(np.split(words, ends)), None if cosines is None else tuple(np.split(cosines, ends)))
