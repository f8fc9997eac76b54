"""People, questions and assignments for tests of training."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from app.access import Role
from app.accounts.models import Level, User
from app.bank.models import Status
from app.bank.operations import add_questions
from app.bank.queries import ready_bank
from app.db import db, writing
from app.training import attempt_operations, operations, papers
from app.training.models import Answer, Assignment, Attempt, State
from app.training.operations import Targets
from app.training.queries import allowance
from quizzes.paper import Draw
from quizzes.question import Blank, Option, Question, QuestionType, with_keys

NOW = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CANARY = "解密字样"  # stands in every why, explanation and accepted form: nothing of it may show before the end
CITE = "《城镇燃气管理条例》第四十九条第一款"


def questions() -> list[Question]:
    """Six of each kind of choice, two blanks, one case."""
    found = []
    for number in range(1, 7):
        options = tuple(Option(f"选项{number}{n}", f"{CANARY}{n}", n == 1) for n in "1234")
        found.append(_question(f"q-01{number:02}", QuestionType.SINGLE, options))
        options = tuple(Option(f"多选{number}{n}", f"{CANARY}{n}", n in "12") for n in "1234")
        found.append(_question(f"q-02{number:02}", QuestionType.MULTIPLE, options))
        options = (Option("正确", CANARY, True), Option("错误", CANARY))
        found.append(_question(f"q-03{number:02}", QuestionType.TRUE_FALSE, options))
    for number in (1, 2):
        blank = Question(
            f"q-04{number:02}", QuestionType.FILL_IN, "最多罚____元。", 2, (CITE,), blanks=(Blank((f"{CANARY}五万", "五万"), CANARY),),
            explanation=CANARY, field="城镇燃气",
        )  # fmt: skip
        found.append(blank)
    parts = (
        Question(
            "",
            QuestionType.SINGLE,
            "谁来处罚？",
            3,
            (CITE,),
            (Option("综合执法", CANARY, True), Option("公安", CANARY)),
        ),
        Question(
            "",
            QuestionType.TRUE_FALSE,
            "要先责令限期改正。",
            3,
            (CITE,),
            (Option("正确", CANARY, True), Option("错误", CANARY)),
        ),
    )
    case = Question(
        "",
        QuestionType.CASE,
        "（示例）某饭店把气瓶放在地下室。",
        3,
        (CITE,),
        parts=parts,
        explanation=CANARY,
        field="城镇燃气",
        matter="m-0101",
    )
    return [*found, with_keys(case, "q-0501")]


def _question(key: str, kind: QuestionType, options: tuple[Option, ...]) -> Question:
    return Question(key, kind, f"题干{key}", 2, (CITE,), options, explanation=CANARY, field="城镇燃气", matter="m-0101")


DRAWS = (
    Draw(QuestionType.SINGLE, 3, Decimal(10), "城镇燃气"), Draw(QuestionType.MULTIPLE, 2, Decimal(10)),
    Draw(QuestionType.TRUE_FALSE, 2, Decimal(10)), Draw(QuestionType.FILL_IN, 1, Decimal(10)),
    Draw(QuestionType.CASE, 1, Decimal(20)),
)  # fmt: skip
VALUES = {
    "title": "燃气小测（示例）", "note": "", "opens_at": NOW - DAY, "due_at": NOW + 7 * DAY, "is_late_allowed": True,
    "minutes": 30, "max_attempts": 3, "keep": "best", "pass_mark": 60, "bands": [[60, "合格"], [0, "不合格"]],
    "is_required": True, "rule": "passed", "min_attempts": 1, "answers_shown": "submit",
}  # fmt: skip
ALL = Targets(frozenset(), frozenset({Role.OFFICER}), frozenset(Level), frozenset())


@dataclass
class World:
    """Ids of units and people: a city with counties A and B, a town in each; a trainer in each unit."""

    units: dict[str, int]
    people: dict[str, int]


def build(auth) -> World:
    """Make the world in an empty database."""
    units = {"city": auth.unit("330700")}
    for name, code in (("a", "330702"), ("b", "330703")):
        units[name] = auth.unit(code, Level.COUNTY, "330700")
        units[f"{name}-town"] = auth.unit(f"{code}100", Level.TOWN, code)
    people = {f"trainer-{unit}": auth.user(f"trainer-{unit}", Role.TRAINER, unit_id=id) for unit, id in units.items()}
    for name in ("a", "b"):
        for number in (1, 2, 3):
            username = f"{name}{number}x"
            people[username] = auth.user(username, unit_id=units[f"{name}-town"], name=f"示例{username}")
    with auth.app.app_context(), writing() as session:
        add_questions(session, questions(), Status.READY, None, NOW)
    return World(units, people)


def targets(*unit_ids: int, people: tuple[int, ...] = (), roles=(Role.OFFICER,), levels=tuple(Level)) -> Targets:
    return Targets(frozenset(unit_ids), frozenset(roles), frozenset(levels), frozenset(people))


def assign(
    world: World, wanted: Targets, *, trainer: str = "trainer-city", publish: bool = True, now=NOW, **values
) -> int:
    """An assignment, published unless told otherwise; inside an app context. The id."""
    facts = VALUES | {"blueprint": papers.draws_to_record(DRAWS)} | values
    with writing() as session:
        person = session.get_one(User, world.people[trainer])
        assignment = Assignment(state=State.DRAFT.value)
        operations.keep_assignment(session, assignment, facts, wanted, trainer=person, now=now)
        if publish:
            operations.publish(session, assignment, ready_bank(session), actor_id=person.id, now=now)
        return assignment.id


def begin(assignment_id: int, user_id: int, now=NOW, seed: int = 1) -> int:
    """Start an attempt; the id."""
    with writing() as session:
        assignment, user = session.get_one(Assignment, assignment_id), session.get_one(User, user_id)
        blueprint = papers.blueprint_from_record("", assignment.blueprint)
        bank = ready_bank(session)
        drawn = papers.new_paper(bank, blueprint, seed)
        allowed = allowance(session, assignment, user)
        return attempt_operations.start(session, assignment, user_id, allowed, drawn, now=now)


def right_answers(attempt_id: int) -> dict[str, list[str]]:
    """What would earn all points."""
    paper = papers.unpack(db.session, db.session.get_one(Attempt, attempt_id).paper)
    return {
        leaf.question.key: list(leaf.right_letters)
        if leaf.question.options
        else [b.accepts[0] for b in leaf.question.blanks]
        for leaf in paper.leaves
    }


def answer(attempt_id: int, answers: dict[str, list[str]], now=NOW) -> None:
    """Put answers into the database as they are."""
    with writing() as session:
        session.add_all(
            Answer(attempt_id=attempt_id, key=key, chosen=chosen, seq=1, saved_at=now)
            for key, chosen in answers.items()
        )


def take(assignment_id: int, user_id: int, share: float = 1.0, now=NOW) -> int:
    """Start, answer the first `share` of the questions rightly, hand in. The attempt's id."""
    id = begin(assignment_id, user_id, now)
    known = right_answers(id)
    answer(id, dict(list(known.items())[: round(len(known) * share)]), now)
    with writing() as session:
        attempt_operations.submit(session, id, user_id, now=now)
    return id


def rows(table, **where) -> list:
    return list(db.session.scalars(sa.select(table).filter_by(**where)))
