"""Synonyms as a table: reading one that was uploaded, writing one to download. All rows are right or none is used."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.admin.sheets import Fault, Row, read_sheet, write_csv
from app.review.forms import check_terms, split_words
from app.search.models import SynonymGroup

COLUMNS = ("词语", "理由", "状态")
STATES = {"启用": True, "停用": False, "": True}


@dataclass(frozen=True, slots=True)
class SynonymRow:
    """A group as a table wants it; `group` is the one there is, when the row changes it."""

    terms: tuple[str, ...]
    reason: str
    is_active: bool
    group: SynonymGroup | None


def read_table(data: bytes, groups: Sequence[SynonymGroup]) -> tuple[list[SynonymRow], list[Fault]]:
    """Rows and faults of an upload. A row whose words are those of a group changes it. Raises BadSheet."""
    sheet = read_sheet(data, COLUMNS)
    taken = {term: group for group in groups for term in group.words}
    seen: dict[str, int] = {}
    rows, faults = [], list(sheet.faults)
    for row in sheet.rows:
        terms = split_words(row.cells["词语"])
        same = next((g for g in groups if set(g.words) == set(terms)), None)
        fault = _fault(row, terms, {} if same else taken, seen)
        seen |= dict.fromkeys(terms, row.number)
        if fault:
            faults.append(fault)
        else:
            state = STATES[row.cells["状态"]]
            rows.append(SynonymRow(tuple(terms), row.cells["理由"], state, same))
    return rows, sorted(faults)


def _fault(row: Row, terms: list[str], taken: dict[str, SynonymGroup], seen: dict[str, int]) -> Fault | None:
    """The first fault of a row."""
    if wrong := check_terms(terms):
        return Fault(row.number, "词语", wrong)
    for term in terms:
        if term in seen:
            return Fault(row.number, "词语", f"“{term}”和第 {seen[term]} 行重复，一个词只能在一组。")
        if term in taken:
            return Fault(row.number, "词语", f"“{term}”已在“{'、'.join(taken[term].words)}”一组，请先改那一组。")
    if not row.cells["理由"] or len(row.cells["理由"]) > 200:
        return Fault(row.number, "理由", "请填写理由，最多 200 个字。")
    if row.cells["状态"] not in STATES:
        return Fault(row.number, "状态", "只能填：启用、停用。")
    return None


def write_table(groups: Sequence[SynonymGroup]) -> bytes:
    """All groups as a CSV that `read_table` reads again."""
    state = {True: "启用", False: "停用"}
    return write_csv(COLUMNS, [("、".join(g.words), g.reason, state[g.is_active]) for g in groups])
