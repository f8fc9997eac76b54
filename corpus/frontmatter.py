"""Front matter of the three kinds of document, declared once. Format: docs/corpus-format.md."""

import datetime as dt
from typing import Literal

from pydantic import Field

from basics.records import Strict

Tag = Literal["首案", "双十佳", "优秀案卷", "首违不罚", "行刑衔接"]
AuthorityLevel = Literal["宪法", "法律", "行政法规", "部门规章", "省条例", "省规章", "市条例", "市规章"]
Level = Literal["市", "县", "乡镇街道"]


class GuideFront(Strict):
    """Front matter of a guide 执法指引."""

    id: str = Field(pattern=r"^guide-\d{2,3}$")
    title: str = Field(min_length=2, max_length=80)
    field: str = Field(min_length=2, max_length=20)
    matters: tuple[str, ...]
    summary: str = Field(min_length=5, max_length=300)
    audience: Literal["officer"]
    sample: bool = False
    reviewed_on: dt.date


class Decision(Strict):
    """What was decided: kinds of penalty or order, and the fine in yuan (None when there is none)."""

    kinds: tuple[str, ...] = Field(min_length=1)
    amount: float | None = Field(ge=0)


class CaseFront(Strict):
    """Front matter of a typical case 典型案例. `headline` is the public page's title."""

    id: str = Field(pattern=r"^case-\d{3,5}$")
    title: str = Field(min_length=4, max_length=80)
    headline: str = Field(min_length=4, max_length=80)
    matter: str
    decided_on: dt.date
    decision: Decision
    tags: tuple[Tag, ...] = ()
    public: bool
    published_on: dt.date | None = None
    sample: bool = False


class RegulationFront(Strict):
    """Front matter of one version of a regulation 法规."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)
    title: str = Field(min_length=2, max_length=60)
    short_titles: tuple[str, ...] = ()
    level: AuthorityLevel
    number: str | None = None
    adopted_on: dt.date | None = None
    effective_on: dt.date
    repealed_on: dt.date | None = None
    source: str = Field(min_length=2)
    text: Literal["digest", "official"]
    sample: bool = False
