"""Sample certificates 示例证书 of the demo officer: one valid, one withdrawn."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.certificates import operations
from app.certificates.models import Kind


def load(session: Session, now: dt.datetime) -> None:
    """Issue what is missing; the withdrawn one stays withdrawn."""
    people = {user.username: user.id for user in session.scalars(sa.select(User).where(User.is_demo))}
    if not {"officer", "trainer"} <= people.keys():
        return
    officer = people["officer"]
    operations.issue(
        session,
        officer,
        kind=Kind.PASSED,
        subject="城镇燃气安全执法测试（示例）",
        detail="成绩 92 分",
        source_key="demo-passed",
        now=now - dt.timedelta(days=20),
    )
    wrong = operations.issue(
        session,
        officer,
        kind=Kind.COMPLETED,
        subject="2026年第一期执法骨干培训班（示例）",
        detail="16 学时",
        source_key="demo-completed",
        now=now - dt.timedelta(days=40),
    )
    if wrong.withdrawn_at is None:
        reason = "考勤核对有误，学时不足（示例）"
        operations.withdraw(session, wrong, reason, actor_id=people["trainer"], now=now - dt.timedelta(days=30))
