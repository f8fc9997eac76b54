"""Regrades: proposed by one person, applied or refused by another, applied once."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.audit import record
from app.bank.models import BankQuestion, QuestionVersion, Status
from app.bank.queries import questions_by_version
from app.db import insert
from app.learning.operations import settle
from app.notices.operations import notify
from app.statistics import regrading
from app.statistics.models import Regrade, RegradeChange, RegradeState
from app.statistics.regrading import Change
from app.training import papers
from app.training.models import Answer, Assignment
from app.training.standings import recount

LONGEST_REASON = 200


class Refused(Exception):
    """A change that the rules forbid; says why in Chinese."""


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise Refused("请写明理由。")
    if len(text) > LONGEST_REASON:
        raise Refused(f"理由最多 {LONGEST_REASON} 个字。")
    return text


def propose(
    session: Session, assignment: Assignment, key: str, reason: str, *, actor_id: int, now: dt.datetime
) -> Regrade:
    """Propose to mark an assignment's attempts with a question's present version. Raises Refused.

    The same proposal made twice is one.
    """
    reason = _reason(reason)
    question = session.scalar(sa.select(BankQuestion).where(BankQuestion.key == key))
    if question is None:
        raise Refused("题库里没有这道题。")
    version_id = _present_version(session, question)
    _check_fit(session, assignment.id, question, version_id)
    values = {
        "assignment_id": assignment.id, "question_id": question.id, "version_id": version_id, "reason": reason,
        "state": RegradeState.PROPOSED.value, "proposer_id": actor_id, "proposed_at": now, "note": "",
    }  # fmt: skip
    id = session.scalar(insert(session, Regrade).values(values).on_conflict_do_nothing().returning(Regrade.id))
    if id is None:
        return session.scalars(_proposed(assignment.id, question.id)).one()
    detail = f"assignment {assignment.id}; question {key}; {reason}"
    record(session, "statistics.regrade_proposed", f"regrade {id}", actor_id=actor_id, now=now, detail=detail)
    return session.get_one(Regrade, id)


def _proposed(assignment_id: int, question_id: int) -> sa.Select[Regrade]:
    own = Regrade.assignment_id == assignment_id, Regrade.question_id == question_id
    return sa.select(Regrade).where(*own, Regrade.state == RegradeState.PROPOSED)


def _present_version(session: Session, question: BankQuestion) -> int:
    query = sa.select(QuestionVersion.id).where(QuestionVersion.question_id == question.id)
    return session.scalars(query.where(QuestionVersion.number == question.version)).one()


def _check_fit(session: Session, assignment_id: int, question: BankQuestion, version_id: int) -> None:
    versions = regrading.old_versions(session, question.id, version_id)
    known = questions_by_version(session, {*versions, version_id})
    found = regrading.attempts_with(session, assignment_id, known[version_id], versions, is_open=False)
    drawn = {id for attempt in found for id in papers.version_ids(attempt.paper) if id in versions}
    if not drawn:
        raise Refused("没有按旧版本评分的答卷，不需要重评。请先在题库里把这道题改对。")
    for id in sorted(drawn):
        if why := regrading.misfit(known[id], known[version_id]):
            raise Refused(why)


def _locked(session: Session, id: int) -> Regrade:
    query = sa.select(Regrade).where(Regrade.id == id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _check_decider(regrade: Regrade, actor_id: int) -> None:
    if regrade.proposer_id == actor_id:
        raise Refused("这次重评是您提出的，要由另一位有权限的人审核。")


def approve(session: Session, id: int, *, actor_id: int, now: dt.datetime) -> None:
    """Decide that a regrade is to be applied; `apply` does it. A second time changes nothing. Raises Refused."""
    regrade = _locked(session, id)
    if regrade.state == RegradeState.APPLIED:
        return
    if regrade.state == RegradeState.REFUSED:
        raise Refused("这次重评已经退回。")
    _check_decider(regrade, actor_id)
    question = regrade.question
    if _present_version(session, question) != regrade.version_id:
        raise Refused("这道题后来又改过。请退回这次重评，按最新的版本再提一次。")
    if question.status == Status.DRAFT:
        raise Refused("这道题的新版本还是草稿。请先在题库里审核通过，再来重评。")
    _move_open(session, regrade)
    regrade.state, regrade.decider_id, regrade.decided_at = RegradeState.APPLIED.value, actor_id, now
    detail = f"{len(regrading.pending(session, regrade))} attempts"
    record(session, "statistics.regrade_approved", f"regrade {id}", actor_id=actor_id, now=now, detail=detail)


def apply(session: Session, id: int, attempt_ids: Collection[int], *, now: dt.datetime) -> int:
    """Mark these finished attempts anew by a regrade that was approved; how many scores changed.

    Those already marked anew are passed over, so that a run that was stopped can be gone on with. Not all at once:
    nobody else writes meanwhile.
    """
    regrade = _locked(session, id)
    if regrade.state != RegradeState.APPLIED:
        raise Refused("这次重评还没有审核通过。")
    found = regrading.changes(session, regrade, attempt_ids)
    for change in found:
        _apply(session, regrade, change, regrade.question.key, now)
    session.flush()
    users = sorted({change.attempt.user_id for change in found if change.moves_score})
    recount(session, regrade.assignment, users)
    _tell(session, regrade, users, now)
    return sum(change.moves_score for change in found)


def _apply(session: Session, regrade: Regrade, change: Change, key: str, now: dt.datetime) -> None:
    attempt = change.attempt
    session.add(
        RegradeChange(
            regrade_id=regrade.id, attempt_id=attempt.id, old_version_id=change.old_version_id,
            item_before=change.item_before, item_after=change.item_after, score_before=change.score_before,
            score_after=change.score, percent_before=change.percent_before, percent_after=change.percent,
            was_passed=change.was_passed, is_passed=change.is_passed,
        )
    )  # fmt: skip
    for mark in change.marks:
        row = session.get_one(Answer, (attempt.id, mark.key))
        row.score, row.original = mark.score, list(mark.original_chosen)
    attempt.paper = dict(change.paper)
    attempt.score, attempt.percent, attempt.is_passed = change.score, change.percent, change.is_passed
    if change.was_right != change.is_right and any(mark.chosen for mark in change.marks):
        settle(session, attempt.user_id, key, change.is_right, attempt.finished_at or now, now=now)


def _move_open(session: Session, regrade: Regrade) -> None:
    """Attempts still being answered will be marked with the corrected key at once."""
    versions = regrading.old_versions(session, regrade.question_id, regrade.version_id)
    new = questions_by_version(session, [regrade.version_id])[regrade.version_id]
    for attempt in regrading.attempts_with(session, regrade.assignment_id, new, versions, is_open=True):
        attempt.paper = regrading.moved(attempt.paper, versions, regrade.version_id)


def _tell(session: Session, regrade: Regrade, user_ids: list[int], now: dt.datetime) -> None:
    title = regrade.assignment.title
    body = (
        f"“{title}”里有一道题的答案有误，已经更正并重新评分（{regrade.reason}）。"
        "您的得分因此有变化，打开答题结果可以看到更正前后的得分。"
    )
    url = f"/training/tasks/{regrade.assignment_id}"
    notify(session, user_ids, key=f"regrade-{regrade.id}", title=f"成绩更正：{title}", body=body, url=url, now=now)


def refuse(session: Session, id: int, note: str, *, actor_id: int, now: dt.datetime) -> None:
    """Send a regrade back, with a reason. Raises Refused."""
    note = _reason(note)
    regrade = _locked(session, id)
    if regrade.state != RegradeState.PROPOSED:
        raise Refused("这次重评已经处理过。")
    _check_decider(regrade, actor_id)
    regrade.state, regrade.note = RegradeState.REFUSED.value, note
    regrade.decider_id, regrade.decided_at = actor_id, now
    record(session, "statistics.regrade_refused", f"regrade {id}", actor_id=actor_id, now=now, detail=note)
