"""Demo data: what the demo officer has practised over two weeks. Loading it twice changes nothing."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.bank.queries import ReadyBank, ready_bank
from app.learning import operations
from app.learning.models import PracticeAnswer, Source
from app.learning.operations import Given
from app.learning.showing import shown
from quizzes.question import Question, QuestionType

FIELDS = ("城镇燃气", "城市市容和环境卫生", "养犬管理", "消防安全")
FIRM = "养犬管理"  # the field that the officer knows
EACH = 8  # questions of the others
HARD = "m-0104"  # the matter that the officer fails again and again


def load(session: Session, now: dt.datetime) -> int:
    """Add the answers of the demo officer when there are none; how many there are then. Needs accounts and bank."""
    officer = session.scalar(sa.select(User).where(User.username == "officer", User.is_demo))
    count = sa.select(sa.func.count(PracticeAnswer.id))
    if officer is None or session.scalar(count):
        return session.scalar(count) or 0
    bank = ready_bank(session)
    for days, question, is_right in _course(bank.questions):
        _answer(session, officer.id, bank, question, is_right, now - dt.timedelta(days=days))
    return session.scalar(count) or 0


def _course(questions: list[Question]) -> list[tuple[float, Question, bool]]:
    """How many days ago which question was answered, and whether rightly; the longest ago first."""
    course = []
    for number, field in enumerate(FIELDS):
        own = [question for question in questions if question.field == field]
        for place, question in enumerate(own if field == FIRM else own[:EACH]):
            for again in (14, 9, 5):
                is_right = field == FIRM or (question.matter != HARD and (number + place) % 4 != 3)
                course.append((again - number - place / 100, question, is_right))
    return sorted(course, key=lambda one: -one[0])


def _answer(
    session: Session, user_id: int, bank: ReadyBank, question: Question, is_right: bool, at: dt.datetime
) -> None:
    seed = int(at.timestamp())
    chosen = {}
    for leaf in shown(question, seed).leaves:
        right = list(leaf.right_letters) or [blank.accepts[0] for blank in leaf.question.blanks]
        wrong = ["不知道"] if leaf.question.type is QuestionType.FILL_IN else _wrong_letters(right)
        chosen[leaf.question.key] = right if is_right else wrong
    given = Given(bank.versions[question.key], seed, f"{seed:016x}{_name(question.key)}", Source.PRACTICE, chosen)
    operations.answer(session, user_id, question, given, now=at)


def _name(key: str) -> str:
    return key.encode().hex()[:16].rjust(16, "0")


def _wrong_letters(right: list[str]) -> list[str]:
    return ["A"] if right != ["A"] else ["B"]
