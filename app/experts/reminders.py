"""Reminders of terms of appointment that end: to those who keep the pool, two months and two weeks before."""

import datetime as dt

from sqlalchemy.orm import Session

from app.clock import LOCAL
from app.experts import queries
from app.notices.operations import notify

BEFORE = (14, 60)  # days


def remind(session: Session, now: dt.datetime) -> int:
    """Tell the keepers of each last term that ends within two months, once for each stage; how many were told."""
    today = now.astimezone(LOCAL).date()
    told, keepers = 0, queries.keeper_ids(session)
    for expert, ends_on in queries.ending_terms(session, today + dt.timedelta(days=max(BEFORE))):
        left = (ends_on - today).days
        if left < 0:
            continue
        stage = min(days for days in BEFORE if left <= days)
        told += notify(
            session,
            keepers,
            key=f"expert-term-{expert.key}-{ends_on}-{stage}",
            title=f"聘期快到了：{expert.name}",
            body=f"{expert.name}的聘期到 {ends_on} 为止，到期后不再推荐、不能再约课。需要时请续聘。",
            url=f"/experts/{expert.key}",
            now=now,
        )
    return told
