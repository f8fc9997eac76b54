"""The code on the trainer's screen 签到码, and why a passed-on one does not work.

The screen shows a QR code that changes every STEP: an HMAC of the session and the time step under the site's secret.
It is taken for GRACE longer than it is shown. Whoever opens it, signed in, gets a ticket for themselves, this session
and this phone, good for TICKET_LIFE: enough to read the page and press the button. A photo sent on is old when it
arrives, a code of another session does not fit, a ticket sent on is somebody else's, and a phone checks in one person
(the database says so). What remains, a code relayed and used within seconds by a signed-in and enrolled colleague on
their own phone, the trainer's list of names is for.

Pure: the secret and the time are arguments.
"""

import datetime as dt
import hashlib
import hmac
from enum import StrEnum

STEP = dt.timedelta(seconds=30)
GRACE = dt.timedelta(seconds=10)
TICKET_LIFE = dt.timedelta(minutes=3)
OPENS_BEFORE = dt.timedelta(minutes=30)
LENGTH = 20  # hexadecimal digits, 80 bits


class Verdict(StrEnum):
    """What a code is worth."""

    GOOD = "good"
    OLD = "old"
    WRONG = "wrong"


def _sign(secret: str, *parts: object) -> str:
    message = "\n".join(map(str, ("check-in", *parts)))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()[:LENGTH]


def step_at(now: dt.datetime) -> int:
    """The number of the time step that `now` is in."""
    return int(now.timestamp() // STEP.total_seconds())


def seconds_left(now: dt.datetime) -> int:
    """How long the code shown now stays on the screen, at least 1."""
    length = int(STEP.total_seconds())
    return length - int(now.timestamp()) % length


def code(secret: str, id: int, step: int) -> str:
    """The code of a session in a time step."""
    return _sign(secret, "code", id, step)


def judge(secret: str, id: int, step: int, given: str, now: dt.datetime) -> Verdict:
    """Whether a code is the one this session's screen shows, or showed until just now."""
    if not hmac.compare_digest(code(secret, id, step).encode(), given.encode()):
        return Verdict.WRONG
    shown_from = step * STEP.total_seconds()
    age = now.timestamp() - shown_from
    is_fresh = 0 <= age < (STEP + GRACE).total_seconds()
    return Verdict.GOOD if is_fresh else Verdict.OLD


def ticket(secret: str, id: int, user_id: int, device: str, now: dt.datetime) -> str:
    """What lets this person on this phone confirm for a short while: `time-signature`."""
    made = int(now.timestamp())
    return f"{made}-{_sign(secret, 'ticket', id, user_id, device, made)}"


def is_ticket_good(secret: str, id: int, user_id: int, device: str, given: str, now: dt.datetime) -> bool:
    """Whether a ticket is this person's, of this phone and session, and not too old."""
    made, _, signature = given.partition("-")
    if not (made.isascii() and made.isdigit() and len(made) <= 12):
        return False
    right = _sign(secret, "ticket", id, user_id, device, int(made))
    age = now.timestamp() - int(made)
    return hmac.compare_digest(right.encode(), signature.encode()) and 0 <= age < TICKET_LIFE.total_seconds()


def device_sum(device: str) -> str:
    """What is kept of a phone's mark."""
    return hashlib.sha256(device.encode()).hexdigest()


def window(starts_at: dt.datetime, ends_at: dt.datetime, minutes: int) -> tuple[dt.datetime, dt.datetime]:
    """From when until when one may check oneself in: half an hour before, until `minutes` after the start."""
    return starts_at - OPENS_BEFORE, min(starts_at + dt.timedelta(minutes=minutes), ends_at)
