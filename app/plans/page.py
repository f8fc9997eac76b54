"""A plan with its report, as pages, print and the Excel file show it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from app.plans import queries
from app.plans.models import Plan
from app.plans.report import Figures, Report, report

COLUMNS = ("计划期数", "已办期数", "完成率", "计划人次", "参训人次", "计划学时", "已办学时", "计入学时")


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart: lengths are shares of the longest bar, 0 to 1."""

    name: str
    planned: float
    held: float
    figures: Figures


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    name: str
    figures: Figures


def plan_report(session: Session, plan: Plan) -> Report:
    """The report of a plan over its branch; the items listed are its own."""
    planned = queries.planned_in_branch(session, plan)
    return report(planned, queries.held_in_branch(session, plan), [item.id for item in plan.items])


def unit_lines(session: Session, found: Report) -> list[Line]:
    """The table by unit, in the order of the plan's tree."""
    names = queries.unit_names(session)
    return [Line(names[id], figures) for id, figures in sorted(found.units.items())]


def field_lines(found: Report) -> list[Line]:
    """The table by field, the most planned first."""
    rows = [Line(field, figures) for field, figures in found.fields.items()]
    return sorted(rows, key=lambda line: (-line.figures.sessions_planned, -line.figures.sessions_held, line.name))


def bars(lines: Sequence[Line]) -> list[Bar]:
    """Sessions planned and held as bars."""
    most = max((max(line.figures.sessions_planned, line.figures.sessions_held) for line in lines), default=0) or 1
    return [
        Bar(line.name, line.figures.sessions_planned / most, line.figures.sessions_held / most, line.figures)
        for line in lines
    ]


def cells(figures: Figures) -> tuple[str, ...]:
    """A line of figures as written in tables."""
    share = "—" if figures.share is None else f"{figures.share}%"
    return (
        str(figures.sessions_planned),
        str(figures.sessions_held),
        share,
        str(figures.people_planned),
        str(figures.attended),
        number(figures.hours_planned),
        number(figures.hours_held),
        number(figures.credited),
    )


def number(value: Decimal) -> str:
    """4, 2.5: without a decimal that says nothing."""
    return f"{value.normalize():f}" if value else "0"


def excel(session: Session, plan: Plan) -> bytes:
    """The plan and its report as an Excel file: items, units, fields, quarters."""
    import xlsxwriter

    found = plan_report(session, plan)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#efece4"})
        for title, heading, rows in _sheets(session, plan, found):
            sheet = book.add_worksheet(title)
            sheet.set_column(0, len(heading) - 1, 14)
            sheet.write_row(0, 0, heading, bold)
            sheet.freeze_panes(1, 0)
            for place, row in enumerate(rows, 1):
                sheet.write_row(place, 0, row)
    return stream.getvalue()


Sheet = tuple[str, tuple[str, ...], list[tuple[object, ...]]]


def _sheets(session: Session, plan: Plan, found: Report) -> list[Sheet]:
    items: list[tuple[object, ...]] = [
        (f"第{i.quarter}季度", i.topic, i.audience, "、".join(i.fields), float(i.hours), i.organiser, i.note)
        + _numbers(found.items[i.id])
        for i in plan.items
    ]
    outside: tuple[object, ...] = ("", "计划外班次", "", "", "", "", "")
    items += [outside + _numbers(found.outside)] if found.outside.sessions_held else []
    quarters = [Line(f"第{quarter}季度", figures) for quarter, figures in found.quarters.items()]
    return [
        ("项目", ("季度", "主题", "对象", "领域", "每期学时", "承办", "备注", *COLUMNS), items),
        ("按季度", ("季度", *COLUMNS), _rows([*quarters, Line("合计", found.total)])),
        ("按单位", ("单位", *COLUMNS), _rows([*unit_lines(session, found), Line("合计", found.total)])),
        ("按领域", ("领域", *COLUMNS), _rows(field_lines(found))),
    ]


def _rows(lines: Sequence[Line]) -> list[tuple[object, ...]]:
    return [(line.name, *_numbers(line.figures)) for line in lines]


def _numbers(figures: Figures) -> tuple[object, ...]:
    share = "" if figures.share is None else f"{figures.share}%"
    hours = (float(figures.hours_planned), float(figures.hours_held), float(figures.credited))
    people = (figures.people_planned, figures.attended)
    return (figures.sessions_planned, figures.sessions_held, share, *people, *hours)
