"""The shipped banks as ready questions."""

import datetime as dt
from pathlib import Path

from sqlalchemy.orm import Session

from app.bank.models import Status
from app.bank.operations import add_questions
from quizzes.bank import read_banks

BANKS = Path(__file__).resolve().parents[2] / "quizzes" / "banks"


def load(session: Session, now: dt.datetime) -> int:
    """Add the questions of quizzes/banks that are not in the database yet; how many that were."""
    banks = read_banks(BANKS) if BANKS.is_dir() else ()
    return sum(add_questions(session, bank.questions, Status.READY, None, now) for bank in banks)
