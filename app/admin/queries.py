"""Questions an administrator asks: who is where."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Level, Unit, User
from app.accounts.queries import branch

PER_PAGE = 50


@dataclass
class Node:
    """A unit in the tree with what is below it; `users` counts the whole branch."""

    unit: Unit
    users: int = 0
    below: list["Node"] = field(default_factory=list)


@dataclass(frozen=True)
class UserFilter:
    """What the list of users is narrowed to; empty values narrow nothing."""

    text: str = ""
    unit_id: int | None = None
    role: str = ""
    state: str = ""


@dataclass(frozen=True)
class UserPage:
    """One page of the list of users."""

    users: Sequence[User]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def users_page(session: Session, wanted: UserFilter, page: int) -> UserPage:
    """Users that fit `wanted`, by unit and username."""
    query = sa.select(User).join(User.unit).options(joinedload(User.unit).joinedload(Unit.parent))
    if wanted.text:
        fits = (
            User.name.icontains(wanted.text, autoescape=True),
            User.username.icontains(wanted.text, autoescape=True),
        )
        query = query.where(sa.or_(*fits))
    if wanted.unit_id is not None:
        query = query.where(User.unit_id.in_(branch(wanted.unit_id)))
    if wanted.role:
        query = query.where(User.role == wanted.role)
    if wanted.state:
        query = query.where(User.is_active.is_(wanted.state == "active"))
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.order_by(Unit.code, User.username).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return UserPage(rows.all(), total, page)


def tree(session: Session) -> list[Node]:
    """The whole org tree, each level by code, with how many active users each branch has."""
    counts: dict[int, int] = {
        unit_id: number
        for unit_id, number in session.execute(
            sa.select(User.unit_id, sa.func.count()).where(User.is_active).group_by(User.unit_id)
        )
    }
    units = session.scalars(sa.select(Unit).order_by(Unit.code)).all()
    nodes = {unit.id: Node(unit, counts.get(unit.id, 0)) for unit in units}
    for level in reversed(Level):  # the lowest first, so that counts add up on the way to the top
        for unit in units:
            if unit.level == level and unit.parent_id is not None:
                nodes[unit.parent_id].below.append(nodes[unit.id])
                nodes[unit.parent_id].users += nodes[unit.id].users
    return [nodes[unit.id] for unit in units if unit.parent_id is None]


def unit_choices(nodes: Sequence[Node], depth: int = 0) -> dict[int, str]:
    """Every unit for a drop-down, by id, indented as in the tree."""
    choices = {}
    for node in nodes:
        choices[node.unit.id] = "\u3000" * depth + node.unit.name
        choices |= unit_choices(node.below, depth + 1)
    return choices


def units_by_code(session: Session) -> dict[str, Unit]:
    """All units."""
    return {unit.code: unit for unit in session.scalars(sa.select(Unit).options(joinedload(Unit.parent)))}


def users_by_username(session: Session) -> dict[str, User]:
    """All users."""
    return {user.username: user for user in session.scalars(sa.select(User).options(joinedload(User.unit)))}
