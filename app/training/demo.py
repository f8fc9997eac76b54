"""Demo data: assignments of the demo trainer for 婺城区 and for the demo officer, with attempts of sample people."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Role
from app.accounts import passwords
from app.accounts.models import Level, Unit, User
from app.bank.queries import ReadyBank, ready_bank
from app.training import attempt_operations, operations, papers
from app.training.models import Answer, AnswersShown, Assignment, Attempt, Keep, Rule, State
from app.training.operations import Targets
from app.training.queries import allowance
from quizzes.paper import Draw, PaperItem
from quizzes.question import LETTERS, QuestionType

GAS = "城镇燃气"
PEOPLE = 40  # sample colleagues in 婺城区
NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
DIGITS = "一二三四五六七八九十"
BANDS = [[90, "优秀"], [80, "良好"], [60, "合格"], [0, "不合格"]]


def load(session: Session, now: dt.datetime) -> int:
    """Add the assignments when there are none yet; how many there are then. Needs the demo accounts and the bank."""
    trainer = session.scalar(sa.select(User).where(User.username == "trainer", User.is_demo))
    officer = session.scalar(sa.select(User).where(User.username == "officer", User.is_demo))
    if trainer is None or officer is None or session.scalar(sa.select(sa.func.count(Assignment.id))):
        return session.scalar(sa.select(sa.func.count(Assignment.id))) or 0
    bank = ready_bank(session)
    if not any(question.field == GAS for question in bank.questions):
        return 0
    people = _people(session, now)
    day = dt.timedelta(days=1)
    unit = session.scalars(sa.select(Unit.id).where(Unit.code == "330702"))
    county = Targets(frozenset(unit), frozenset({Role.OFFICER}), frozenset(Level))
    plain = _assignment(session, trainer, "城镇燃气执法应知应会（示例）", (-20, -2), GAS, county, now)
    _publish(session, plain, bank, trainer, now - 20 * day)
    _take(session, plain, people, bank, now - 10 * day)
    second = _assignment(session, trainer, "划转事项综合小测（示例）", (-3, 11), "", county, now)
    _publish(session, second, bank, trainer, now - 3 * day)
    _take(session, second, people[: PEOPLE // 2], bank, now - day)
    personal = Targets(user_ids=frozenset({officer.id}))
    own = _assignment(session, trainer, "燃气入户检查前测（示例，选做）", (-1, 6), GAS, personal, now)
    own.is_required = False
    _publish(session, own, bank, trainer, now - day)
    _assignment(session, trainer, "下月执法规范测验（示例草稿）", (20, 34), "", county, now)
    return 4


def _people(session: Session, now: dt.datetime) -> list[User]:
    """Sample officers of the townships of 婺城区. Nobody knows their password."""
    county = sa.select(Unit.id).where(Unit.code == "330702").scalar_subquery()
    towns = session.scalars(sa.select(Unit).where(Unit.parent_id == county).order_by(Unit.code)).all()
    hashed = passwords.hash_chosen(passwords.one_time())
    people = [
        User(
            username=f"sample{number:03}",
            name=f"{NAMES[number % len(NAMES)]}{DIGITS[number // 4 % len(DIGITS)]}（示例）",
            role=Role.OFFICER.value,
            unit_id=towns[number % len(towns)].id,
            password_hash=hashed,
            must_change_password=True,
            is_demo=True,
            created_at=now,
            password_changed_at=now,
        )
        for number in range(1, PEOPLE + 1)
    ]
    session.add_all(people)
    session.flush()
    return people


def _draws(field: str) -> list[Draw]:
    kinds = {QuestionType.SINGLE: 4, QuestionType.MULTIPLE: 2, QuestionType.TRUE_FALSE: 2}
    points = dict.fromkeys(kinds, Decimal(10)) | {QuestionType.MULTIPLE: Decimal(20)}
    return [Draw(kind, count, points[kind], field) for kind, count in kinds.items()]


def _assignment(
    session: Session,
    trainer: User,
    title: str,
    days: tuple[int, int],
    field: str,
    targets: Targets,
    now: dt.datetime,
) -> Assignment:
    """A draft, open between two days counted from now, with questions of a field or of all."""
    opens, due = (now + dt.timedelta(days=number) for number in days)
    values: dict[str, Any] = {
        "title": title, "note": "", "opens_at": opens, "due_at": due,
        "blueprint": papers.draws_to_record(_draws(field)),
        "is_late_allowed": True, "minutes": 30, "max_attempts": 3, "keep": Keep.BEST.value, "pass_mark": 60,
        "bands": BANDS, "is_required": True, "rule": Rule.PASSED.value, "min_attempts": 1,
        "answers_shown": AnswersShown.SUBMIT.value,
    }  # fmt: skip
    assignment = Assignment(state=State.DRAFT.value)
    operations.keep_assignment(session, assignment, values, targets, trainer=trainer, now=min(opens, now))
    return assignment


def _publish(session: Session, assignment: Assignment, bank: ReadyBank, trainer: User, now: dt.datetime) -> None:
    operations.publish(session, assignment, bank, actor_id=trainer.id, now=now)


def _take(session: Session, assignment: Assignment, people: list[User], bank: ReadyBank, now: dt.datetime) -> None:
    """Three of four people answer, better or worse by the dice of the seed."""
    dice = random.Random(assignment.title)  # noqa: S311  sample data
    blueprint = papers.blueprint_from_record(assignment.title, assignment.blueprint)
    for user in people:
        if dice.random() > 0.75:
            continue
        drawn = papers.new_paper(bank, blueprint, dice.getrandbits(32))
        skill, attempt = dice.uniform(0.35, 0.95), _begin(session, assignment, user, drawn, now)
        for leaf in papers.unpack(session, attempt.paper).leaves:
            chosen = _chosen(leaf, dice.random() < skill)
            session.add(Answer(attempt_id=attempt.id, key=leaf.question.key, chosen=chosen, seq=1, saved_at=now))
        session.flush()
        attempt_operations.submit(session, attempt.id, user.id, now=now + dt.timedelta(minutes=dice.randint(5, 25)))


def _begin(session: Session, assignment: Assignment, user: User, drawn: papers.Drawn, now: dt.datetime) -> Attempt:
    allowed = allowance(session, assignment, user)
    id = attempt_operations.start(session, assignment, user.id, allowed, drawn, now=now)
    return session.get_one(Attempt, id)


def _chosen(leaf: PaperItem, is_right: bool) -> list[str]:
    right = list(leaf.right_letters)
    wrong = [letter for letter in LETTERS[: len(leaf.question.options)] if letter not in right]
    return right if is_right or not wrong else wrong[:1]
