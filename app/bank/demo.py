"""The shipped banks as ready questions."""

import datetime as dt
from pathlib import Path

from sqlalchemy.orm import Session

from app.bank import queries
from app.bank.importing import plan_questions
from app.bank.models import Status
from app.bank.operations import take_in
from quizzes.bank import read_banks

BANKS = Path(__file__).resolve().parents[2] / "quizzes" / "banks"


def load(session: Session, now: dt.datetime) -> int:
    """Add and change what differs from quizzes/banks; how many that were. What people have changed is left to them."""
    banks = read_banks(BANKS) if BANKS.is_dir() else ()
    held = queries.all_present(session)
    ours = [q for bank in banks for q in bank.questions if q.key not in held or not held[q.key].is_written_here]
    plan = plan_questions(ours, held)
    take_in(session, plan, Status.READY, actor_id=None, now=now, note="随系统提供")
    return len(plan.added) + len(plan.changed)
