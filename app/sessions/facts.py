"""What a trainer says of a session, and whether it can be so."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from app.sessions.models import SessionTarget, SessionTopic, TargetKind, TopicKind, TrainingSession
from app.sessions.refusals import Refused

MOST_PLACES = 2000
LONGEST = dt.timedelta(days=31)
MOST_HOURS = Decimal("99.5")
TEACHING_HOUR = dt.timedelta(minutes=45)


@dataclass(frozen=True)
class Facts:
    """All that a trainer fills in. Hours are 学时 of 45 minutes; `check_in_minutes` run from the start."""

    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    hours: Decimal
    capacity: int
    sign_up_from_at: dt.datetime
    sign_up_until_at: dt.datetime
    units: tuple[int, ...]
    about: str = ""
    place: str = ""
    link: str = ""
    needs_approval: bool = False
    check_in_minutes: int = 30
    roles: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    experts: tuple[int, ...] = ()
    quiz_before_id: int | None = None
    quiz_after_id: int | None = None
    plan_item_id: int | None = None

    def moved_to(self, starts_at: dt.datetime) -> "Facts":
        """The same at another time: all its instants move together."""
        by = starts_at - self.starts_at
        return replace(
            self,
            starts_at=starts_at,
            ends_at=self.ends_at + by,
            sign_up_from_at=self.sign_up_from_at + by,
            sign_up_until_at=self.sign_up_until_at + by,
        )


PLAIN = (
    "title", "starts_at", "ends_at", "hours", "capacity", "sign_up_from_at", "sign_up_until_at", "about", "place",
    "link", "needs_approval", "check_in_minutes", "quiz_before_id", "quiz_after_id", "plan_item_id",
)  # fmt: skip


def check(facts: Facts) -> None:
    """Raise Refused for what cannot be."""
    rules = (
        ("ends_at", facts.starts_at < facts.ends_at, "结束时间要晚于开始时间。"),
        ("ends_at", facts.ends_at - facts.starts_at <= LONGEST, "一个班次最长 31 天，更长的请分成几期。"),
        ("sign_up_until_at", facts.sign_up_from_at < facts.sign_up_until_at, "报名截止要晚于报名开始。"),
        ("sign_up_until_at", facts.sign_up_until_at <= facts.starts_at, "报名截止不能晚于开班时间。"),
        (
            "hours",
            0 < facts.hours <= MOST_HOURS and facts.hours * 2 % 1 == 0,
            "学时要在 0.5 到 99.5 之间，最小到 0.5。",
        ),
        ("capacity", 1 <= facts.capacity <= MOST_PLACES, f"名额要在 1 到 {MOST_PLACES} 之间。"),
        ("units", bool(facts.units), "请至少选一个单位。"),
        ("place", bool(facts.place or facts.link), "请填写地点，线上的班次填写链接。"),
    )
    for field, is_so, message in rules:
        if not is_so:
            raise Refused(message, field)


def fill_in(row: TrainingSession, facts: Facts) -> None:
    """Write what was said into the row, its audience and its topics; experts are booked elsewhere."""
    for name in PLAIN:
        setattr(row, name, getattr(facts, name))
    wanted: list[tuple[str, int | None, str | None]]
    wanted = [(TargetKind.UNIT.value, id, None) for id in facts.units]
    wanted += [(TargetKind.ROLE.value, None, role) for role in facts.roles]
    wanted += [(TargetKind.LEVEL.value, None, level) for level in facts.levels]
    targets = {(line.kind, line.unit_id, line.word): line for line in row.targets}
    row.targets = [
        targets.get(key) or SessionTarget(kind=key[0], unit_id=key[1], word=key[2]) for key in dict.fromkeys(wanted)
    ]
    about = [(TopicKind.FIELD.value, key) for key in facts.fields] + [
        (TopicKind.MATTER.value, k) for k in facts.matters
    ]
    topics = {(line.kind, line.key): line for line in row.topics}
    row.topics = [topics.get(key) or SessionTopic(kind=key[0], key=key[1]) for key in dict.fromkeys(about)]


def facts_of(row: TrainingSession) -> Facts:
    """What a row says."""
    words = {
        kind: tuple(str(t.word) for t in row.targets if t.kind == kind) for kind in (TargetKind.ROLE, TargetKind.LEVEL)
    }
    return Facts(
        **{name: getattr(row, name) for name in PLAIN},
        units=tuple(target.unit_id for target in row.targets if target.unit_id is not None),
        roles=words[TargetKind.ROLE],
        levels=words[TargetKind.LEVEL],
        fields=tuple(row.fields),
        matters=tuple(row.matters),
        experts=tuple(line.expert_id for line in row.experts),
    )
