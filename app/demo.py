"""Demo data 示例数据: the units of Jinhua and one account of each role. Loading it twice changes nothing.

Unit codes are the statistical division codes of places; those with a letter (the development zone, the sample squads)
are ours. Townships that the development zone runs stand under it.
"""

import datetime as dt
from pathlib import Path

from sqlalchemy.orm import Session

from app.accounts import passwords
from app.accounts.demo_accounts import DEMO_ACCOUNTS, DemoAccount
from app.admin import operations, queries
from app.admin.importing import UserRow, units_plan
from app.bank import demo as bank_demo
from app.bank.usage import count_uses
from app.certificates import demo as certificates_demo
from app.contests import demo as contests_demo
from app.experts import demo as experts
from app.learning import demo as learning_demo
from app.sessions import demo as sessions
from app.training import demo as training_demo

__all__ = ["DEMO_PASSWORDS", "DemoAccount", "load_demo"]

UNITS = Path(__file__).with_name("demo_units.csv")
DEMO_PASSWORDS = {account.username: account.password for account in DEMO_ACCOUNTS}


def load_demo(session: Session, now: dt.datetime) -> list[DemoAccount]:
    """Add what is missing of the demo units and accounts; returns all the accounts."""
    plan = units_plan(session, UNITS.read_bytes())
    if plan.faults:
        raise ValueError(f"示例单位和已有单位冲突，没有放入：{plan.faults[0].message}")
    plan.changed.clear()  # a unit that somebody has renamed stays so
    if plan.is_ready:
        operations.import_units(session, plan, actor_id=None, now=now)
    units, users = queries.units_by_code(session), queries.users_by_username(session)
    for account in DEMO_ACCOUNTS:
        if account.username not in users:
            row = UserRow(account.username, account.name, account.role, units[account.unit_code])
            hashed = passwords.hash_chosen(account.password)
            user = operations.add_user(session, row, hashed, actor_id=None, now=now)
            user.is_demo, user.must_change_password = True, False
    session.flush()
    bank_demo.load(session, now)
    certificates_demo.load(session, now)
    experts.load(session, now)
    sessions.load(session, now)
    contests_demo.load(session, now)
    training_demo.load(session, now)
    learning_demo.load(session, now)
    count_uses(session)
    return list(DEMO_ACCOUNTS)
