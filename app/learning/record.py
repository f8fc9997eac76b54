"""A person's own learning record 学习档案: what they took, practised, got wrong, master and were given.

Made of sections alike, so that the page, the Excel file and the JSON file show the same.
"""

import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.bank.models import BankQuestion
from app.bank.queries import questions_by_version, ready_bank
from app.certificates import queries as certificates
from app.certificates.models import Kind
from app.clock import LOCAL
from app.learning import mastery, overview, queries
from app.learning.models import FELT_NAMES, SOURCE_NAMES, Felt, PracticeAnswer, Source
from app.sessions.outcome_queries import ledger
from app.training.models import Assignment, Attempt, AttemptState

Cell = str | int | float
KINDS = {Kind.PASSED: "培训合格", Kind.COMPLETED: "班次结业", Kind.AWARD: "竞赛获奖"}
STEM_LENGTH = 60


@dataclass(frozen=True)
class Section:
    """A table of the record; `note` says what it holds, also when it is empty."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def sections(session: Session, user: User, now: dt.datetime) -> list[Section]:
    """All of a person's record, the newest rows first."""
    return [
        _attempts(session, user.id),
        _mastery(session, user.id, now),
        _hours(session, user.id),
        _certificates(session, user.id),
        _book(session, user.id),
        _practice(session, user.id),
    ]


def _attempts(session: Session, user_id: int) -> Section:
    query = (
        sa.select(Attempt, Assignment)
        .join(Assignment, Assignment.id == Attempt.assignment_id)
        .where(Attempt.user_id == user_id, Attempt.state != AttemptState.OPEN)
        .order_by(Attempt.finished_at.desc(), Attempt.id.desc())
        .options(sa.orm.defer(Attempt.paper))
    )
    rows: list[tuple[Cell, ...]] = []
    for attempt, assignment in session.execute(query):
        need = "必做" if assignment.is_required else "选做"
        rows.append(
            (
                assignment.title, need, attempt.number, _time(attempt.started_at), _time(attempt.finished_at),
                _number(attempt.score), _number(attempt.total), _number(attempt.percent),
                "及格" if attempt.is_passed else "未及格",
            )
        )  # fmt: skip
    head = ("测验", "要求", "第几次", "开始", "交卷", "得分", "满分", "得分率（%）", "结果")
    return Section("培训测验", "布置给您的测验，每次作答一行。", head, rows)


def _mastery(session: Session, user_id: int, now: dt.datetime) -> Section:
    fields = mastery.matters_by_field(ready_bank(session).questions)
    lines = mastery.by_field(fields, queries.matter_states(session, user_id), now)
    rows = [(o.field, o.matters, o.met, o.mastered, o.percent, o.level.value) for o in lines if o.met]
    head = ("领域", "事项", "答过", "已掌握", "掌握率（%）", "程度")
    return Section("各领域掌握情况", "只列答过题的领域；掌握的算法见“掌握情况”页。", head, rows)


def _hours(session: Session, user_id: int) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (line.session.title, _time(line.session.starts_at), _time(line.at), _number(line.hours), line.reason)
        for line in ledger(session, user_id)
    ]
    head = ("培训班次", "开班", "记入时间", "学时", "更正理由")
    return Section("培训学时", "参加培训班次记入的学时，更正另记一行。", head, rows)


def _certificates(session: Session, user_id: int) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (
            KINDS[Kind(one.kind)], one.subject, one.detail, _time(one.issued_at), one.printed_code,
            "已撤销" if one.withdrawn_at else "有效",
        )
        for one in certificates.of_user(session, user_id)
    ]  # fmt: skip
    return Section("证书", "发给您的证书。", ("种类", "名称", "内容", "发证时间", "校验码", "状态"), rows)


def _book(session: Session, user_id: int) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (
            line.question.field, _short(line.question.stem), SOURCE_NAMES[Source(line.row.source)], line.row.wrongs,
            line.row.rights, _time(line.row.wrong_at), line.row.key,
        )
        for line in overview.open_book(session, user_id)
    ]  # fmt: skip
    head = ("领域", "题目", "最近错在", "错过几次", "此后连对", "最近一次答错", "题号")
    return Section("错题本", "还没有连对两次的题。", head, rows)


def _practice(session: Session, user_id: int) -> Section:
    query = (
        sa.select(PracticeAnswer, BankQuestion.field)
        .join(BankQuestion, BankQuestion.key == PracticeAnswer.key)
        .where(PracticeAnswer.user_id == user_id)
        .order_by(PracticeAnswer.id.desc())
    )
    found = session.execute(query).all()
    versions = questions_by_version(session, {row.version_id for row, _ in found})
    rows: list[tuple[Cell, ...]] = [
        (
            _time(row.answered_at), SOURCE_NAMES[Source(row.source)], field, _short(versions[row.version_id].stem),
            "对" if row.is_right else "错", FELT_NAMES[Felt(row.felt)] if row.felt else "", row.key,
        )
        for row, field in found
    ]  # fmt: skip
    head = ("时间", "方式", "领域", "题目", "结果", "自评", "题号")
    return Section("练习和复习", "自己练的题，不计入布置的完成情况。", head, rows)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= STEM_LENGTH else f"{line[:STEM_LENGTH]}…"


def _time(at: dt.datetime | None) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}" if at else ""


def _number(value: Decimal | None) -> Cell:
    return float(value) if value is not None else ""


def workbook(user: User, found: Sequence[Section], now: dt.datetime) -> io.BytesIO:
    """The record as an Excel file, a sheet for each section. Texts are written as texts, never as formulas."""
    import xlsxwriter  # only exports need it

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        cover = book.add_worksheet("说明")
        for row, text in enumerate((f"{user.name}（{user.username}）的学习档案", user.unit.name, _time(now))):
            cover.write_string(row, 0, text)
        for section in found:
            sheet = book.add_worksheet(section.title)
            sheet.set_column(0, len(section.head) - 1, 18)
            sheet.freeze_panes(1, 0)
            for number, cells in enumerate([section.head, *section.rows]):
                _write(sheet, number, cells, bold if number == 0 else None)
    stream.seek(0)
    return stream


def _write(sheet: Any, number: int, cells: Sequence[Cell], form: Any) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, str):
            sheet.write_string(number, column, cell, form)
        else:
            sheet.write_number(number, column, cell, form)


def document(user: User, found: Sequence[Section], now: dt.datetime) -> str:
    """The record as JSON: each section a list of objects."""
    tables = {s.title: [dict(zip(s.head, row, strict=True)) for row in s.rows] for s in found}
    person = {"姓名": user.name, "用户名": user.username, "单位": user.unit.name, "导出时间": now.isoformat()}
    return json.dumps(person | tables, ensure_ascii=False, indent=1)
