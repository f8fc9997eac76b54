"""How often each question has stood in a paper: counted anew from all finished attempts, so that nothing drifts.

Counting at the draw would make every start of a paper write the same rows. Run once a day.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.bank.models import BankQuestion
from app.training.models import Answer


def count_uses(session: Session) -> int:
    """Set `uses` and `last_used_at` of every question; how many have been used. Does not move `updated_at`."""
    query = sa.select(Answer.key, sa.func.count(), sa.func.max(Answer.saved_at)).group_by(Answer.key)
    found: dict[str, tuple[int, dt.datetime]] = {}
    for key, uses, last in session.execute(query):
        whole = key.split(".")[0]  # the parts of a case stand in the same papers
        found[whole] = max(found.get(whole, (0, last)), (uses, last))
    rows = session.scalars(sa.select(BankQuestion)).all()
    for row in rows:
        row.uses, row.last_used_at = found.get(row.key) or (0, None)
    session.flush()
    return sum(row.uses > 0 for row in rows)
