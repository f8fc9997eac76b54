"""The one clock. Everything that asks what time it is asks here, so that tests can move it."""

import datetime as dt
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """This instant, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Today's date in Jinhua."""
    return now().astimezone(LOCAL).date()
