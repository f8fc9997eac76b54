"""The completion matrix as an Excel file. Texts are written as texts: a name like =1+1 never becomes a formula."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.access import ROLE_NAMES, Role
from app.accounts.models import Unit, User
from app.accounts.queries import branch
from app.clock import LOCAL
from app.training.completion import Cell, PeopleFilter, cells, people
from app.training.models import Assignment
from app.training.queries import TASK_NAMES, TaskState
from app.training.tally import Sum, by_assignment, tally

HEAD = ("姓名", "用户名", "角色", "县（市、区）", "单位")


def workbook(
    session: Session, wanted: PeopleFilter, assignments: Sequence[Assignment], units: Sequence[Unit], now: dt.datetime
) -> io.BytesIO:
    """Two sheets: the sum of each assignment, and a row for each person."""
    import xlsxwriter  # only exports need it

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        sums = by_assignment(tally(session, wanted.unit_id, wanted.assignment_ids, now))
        _sum_sheet(book.add_worksheet("各次布置"), assignments, sums, bold)
        _people_sheet(book.add_worksheet("人员"), session, wanted, assignments, units, now, bold)
    stream.seek(0)
    return stream


def _row(sheet: Any, row: int, texts: Sequence[str], form: Any = None) -> None:
    for column, text in enumerate(texts):
        sheet.write_string(row, column, text, form)


def _sum_sheet(sheet: Any, assignments: Sequence[Assignment], sums: dict[int, Sum], bold: Any) -> None:
    _row(sheet, 0, ("名称", "要求", "开始", "截止", "应完成（人）", "已完成（人）", "逾期（人）", "完成率（%）"), bold)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 7, 16)
    for number, assignment in enumerate(assignments, 1):
        found = sums.get(assignment.id, Sum())
        need = "必做" if assignment.is_required else "选做"
        _row(sheet, number, (assignment.title, need, _time(assignment.opens_at), _time(assignment.due_at)))
        for column, value in enumerate((found.reached, found.done, found.overdue, found.rate), 4):
            if value is not None:
                sheet.write_number(number, column, value)


def _people_sheet(
    sheet: Any,
    session: Session,
    wanted: PeopleFilter,
    assignments: Sequence[Assignment],
    units: Sequence[Unit],
    now: dt.datetime,
    bold: Any,
) -> None:
    _row(sheet, 0, (*HEAD, *(assignment.title for assignment in assignments)), bold)
    sheet.set_column(0, len(HEAD) + len(assignments), 14)
    sheet.freeze_panes(1, 2)
    here = User.unit_id.in_(branch(wanted.unit_id))
    found = {(c.user_id, c.assignment_id): c for c in cells(session, now, wanted.assignment_ids, here)}
    counties = {unit.id: unit for unit in units}
    for number, user in enumerate(session.scalars(people(wanted, now)), 1):
        above = counties.get(user.unit.parent_id or 0)
        county = above.name if above and above.parent_id else ""
        role = ROLE_NAMES[Role(user.role)]
        states = [_state(found.get((user.id, assignment.id))) for assignment in assignments]
        _row(sheet, number, (user.name, user.username, role, county, user.unit.name, *states))


def _state(cell: Cell | None) -> str:
    if cell is None:
        return "—"
    score = f" {cell.percent}" if cell.percent is not None else ""
    failed = "（未及格）" if cell.attempts and not cell.is_passed and cell.state is not TaskState.DONE else ""
    return f"{TASK_NAMES[cell.state]}{score}{failed}"


def _time(at: dt.datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
