"""What the pages of sessions show, put together from the questions."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response, current_app
from sqlalchemy.orm import Session

from app.accounts.models import Level, User
from app.admin.sheets import write_csv
from app.experts import queries as experts
from app.filters import format_time
from app.search.places import Place
from app.sessions import catalogue, outcome_operations, outcome_queries, queries, words
from app.sessions.models import Enrolment, Material, Standing, State, TrainingSession
from app.sessions.outcome_models import Attendance, EntryKind, HoursEntry, Way
from app.sessions.shelf import Shelf
from app.sessions.telling import plain
from app.training.models import Assignment
from app.training.models import State as AssignmentState
from app.training.queries import assignment_for
from app.training.trainer_queries import assignments_seen


@dataclass(frozen=True)
class ShownMaterial:
    """A material with the document it leads to; `place` is None for a file, or when the document is gone."""

    material: Material
    place: Place | None


@dataclass(frozen=True)
class SessionPage:
    """All that the page of a session shows to one person."""

    row: TrainingSession
    now: dt.datetime
    enrolment: Enrolment | None
    queue: int
    attendance: Attendance | None
    check_in: tuple[dt.datetime, dt.datetime]
    no_survey: str
    materials: Sequence[ShownMaterial]
    matters: dict[str, str]
    quizzes: dict[str, Assignment]
    is_manager: bool
    is_meant: bool

    @property
    def is_in(self) -> bool:
        """Whether the person has a place."""
        return self.enrolment is not None and self.enrolment.standing == Standing.ENROLLED

    @property
    def may_sign_up(self) -> bool:
        """Whether the button to sign up is shown."""
        has_said = self.enrolment and (self.enrolment.is_active or self.enrolment.standing == Standing.DECLINED)
        return self.is_meant and not has_said and self.row.is_open(self.now)

    @property
    def may_leave(self) -> bool:
        """Whether the button to cancel is shown."""
        is_active = self.enrolment is not None and self.enrolment.is_active
        return is_active and self.row.state == State.PUBLISHED and self.now < self.row.starts_at

    @property
    def checks_in_now(self) -> bool:
        """Whether the person should check in just now."""
        opens_at, closes_at = self.check_in
        is_time = self.row.state == State.PUBLISHED and opens_at <= self.now < closes_at
        return is_time and self.is_in and self.attendance is None


def session_page(session: Session, row: TrainingSession, user: User, now: dt.datetime) -> SessionPage:
    """The page of a session for a person who may see it."""
    enrolment = queries.enrolment(session, row.id, user.id)
    is_waiting = enrolment is not None and enrolment.standing == Standing.WAITING
    return SessionPage(
        row=row,
        now=now,
        enrolment=enrolment,
        queue=queries.place_in_queue(session, enrolment) if enrolment and is_waiting else 0,
        attendance=outcome_queries.attendance(session, row.id, user.id),
        check_in=outcome_operations.check_in_window(row),
        no_survey=outcome_operations.no_survey(session, row, user.id, now),
        materials=shown_materials(session, row.id),
        matters=catalogue.matters(row.matters),
        quizzes=_quizzes(session, row, user),
        is_manager=queries.managed_session(session, row.id, user) is not None,
        is_meant=queries.is_meant_for(session, row.id, user),
    )


def _quizzes(session: Session, row: TrainingSession, user: User) -> dict[str, Assignment]:
    """The quizzes of a session that reach this person, by what they are called."""
    named = {"课前测验": row.quiz_before_id, "课后测验": row.quiz_after_id}
    found = {name: assignment_for(session, id, user) for name, id in named.items() if id}
    return {name: one for name, one in found.items() if one}


def shown_materials(session: Session, id: int) -> list[ShownMaterial]:
    """Materials of a session with what they lead to."""
    rows = queries.materials(session, id)
    return [ShownMaterial(row, catalogue.place(row.location) if row.location else None) for row in rows]


def materials_shelf() -> Shelf:
    """Where uploaded materials are."""
    return Shelf(current_app.config["INSTANCE_DIR"] / "materials")


def attachment(content: bytes, name: str, mimetype: str = "text/csv; charset=utf-8") -> Response:
    """A download under a Chinese name."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, content_type=mimetype, headers=headers)


def ledger_rows(lines: Iterable[HoursEntry]) -> Iterator[list[str]]:
    """Lines of the hours ledger as a table."""
    for line in lines:
        row = line.session
        kind = words.KINDS[EntryKind(line.kind)]
        times = format_time(line.at), format_time(row.starts_at)
        yield [times[0], row.title, row.unit.name, times[1], kind, plain(line.hours), line.reason]


PEOPLE_COLUMNS = ("序号", "姓名", "用户名", "单位", "状态", "报名时间", "签到时间", "签到方式", "学时")


def people_table(session: Session, row: TrainingSession) -> bytes:
    """Everyone who signed up, with attendance and hours, as a CSV."""
    there, hours = outcome_queries.attendances(session, row.id), outcome_queries.credits(session, row.id)
    rows = []
    for line in queries.people(session, row.id):
        present = there.get(line.user_id)
        came = [format_time(present.at), words.WAYS[Way(present.way)]] if present else ["", ""]
        person = [str(line.number), line.user.name, line.user.username, line.user.unit.name]
        standing = [words.STANDINGS[Standing(line.standing)], format_time(line.at)]
        rows.append([*person, *standing, *came, plain(hours[line.user_id]) if line.user_id in hours else ""])
    return write_csv(PEOPLE_COLUMNS, rows)


Choices = dict[str, dict[int, str]]
WIDE = (Level.CITY, Level.COUNTY)  # units that begin a group in the list of units


def form_choices(session: Session, trainer: User, row: TrainingSession | None) -> Choices:
    """What a trainer may choose from in the form of a session; what `row` already names stays choosable."""
    rows = queries.branch_units(session, trainer)
    units, wide = {unit.id: unit.name for unit in rows}, {u.id: u.name for u in rows if u.level in WIDE}
    people = [expert for expert in experts.experts(session) if expert.retired_at is None]
    named = {expert.id: f"{expert.name}（{'、'.join((expert.kind_name, *expert.fields[:3]))}）" for expert in people}
    if row:
        units |= {target.unit_id: target.unit.name for target in row.targets if target.unit_id and target.unit}
        named |= {line.expert_id: line.expert.name for line in row.experts if line.expert_id not in named}
    quizzes = {one.id: one.title for one in assignments_seen(session, trainer.unit_id, AssignmentState.PUBLISHED)}
    chosen = [id for id in (row.quiz_before_id, row.quiz_after_id) if id] if row else []
    quizzes |= {id: session.get_one(Assignment, id).title for id in chosen}
    return {"units": units, "wide": wide, "experts": named, "quizzes": quizzes}


def suggested(args: Mapping[str, str], choices: Choices) -> dict[str, Any]:
    """What a link to the form fills in beforehand: an expert, a plan item, a title, fields, matters."""
    given: dict[str, Any] = {name: args[name] for name in ("title", "matters", "plan_item") if args.get(name)}
    if args.get("field"):
        given["fields"] = [args["field"]]
    expert = args.get("expert", "")
    if expert.isascii() and expert.isdigit() and int(expert) in choices["experts"]:
        given["experts"] = [int(expert)]
    return given
