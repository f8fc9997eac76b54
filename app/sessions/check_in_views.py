"""Checking in by the code on the trainer's screen: the screen, the page a phone opens, and the confirmation."""

import secrets

import segno
from flask import Response, abort, current_app, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.access import Role, allow
from app.db import db, writing
from app.sessions import check_in as codes
from app.sessions import outcome_operations, outcome_queries, queries
from app.sessions.check_in import Verdict
from app.sessions.models import Standing, State
from app.sessions.refusals import Refused
from app.sessions.views import blueprint

REASONS = {
    Verdict.OLD: "这个二维码已经换了。屏幕上的码每 30 秒换一次，转发的照片和链接都不能用，请到现场扫屏幕上现在的码。",
    Verdict.WRONG: "这不是本班次的签到码。请扫现场屏幕上的二维码。",
}
NO_CODE = "请用手机扫现场屏幕上的二维码来签到。"
NO_TICKET = "这次扫码已经过了 3 分钟，或者不是在这部手机上扫的。请重新扫现场屏幕上的二维码。"


def _secret() -> str:
    secret: str = current_app.config["SECRET_KEY"]
    return secret


def _cookie() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


@blueprint.get("/sessions/<int:id>/code")
@allow(Role.TRAINER)
def code(id: int) -> Response:
    """The trainer's screen: a code that changes every 30 seconds, and who has checked in."""
    row, now = queries.managed_session(db.session, id, current_user) or abort(404), clock.now()
    opens_at, closes_at = outcome_operations.check_in_window(row)
    is_open = row.state == State.PUBLISHED and opens_at <= now < closes_at
    step = codes.step_at(now)
    address = url_for("sessions.check_in", id=id, s=step, c=codes.code(_secret(), id, step), _external=True)
    picture = segno.make(address, error="m").svg_data_uri(scale=8, border=2) if is_open else ""
    there = list(outcome_queries.attendances(db.session, id).values())
    shown = {"row": row, "picture": picture, "there": there, "opens_at": opens_at, "closes_at": closes_at, "now": now}
    response = make_response(render_template("sessions/code.html", **shown))
    response.headers["Refresh"] = str(codes.seconds_left(now))
    return response


@blueprint.route("/sessions/<int:id>/check-in", methods=["GET", "POST"])
@allow()
def check_in(id: int) -> BaseResponse | tuple[str, int]:
    """What the code opens: a page with one button, or the reason why not."""
    queries.visible_session(db.session, id, current_user) or abort(404)
    if outcome_queries.attendance(db.session, id, current_user.id):
        return _page(id, there=True), 200
    return _confirm(id) if request.method == "POST" else _scanned(id)


def _scanned(id: int) -> BaseResponse | tuple[str, int]:
    """A code was opened: judge it, and give this person on this phone a ticket."""
    now, step, given = clock.now(), request.args.get("s", "", str), request.args.get("c", "")
    if not given or not (step.isascii() and step.isdigit() and len(step) <= 12):
        return _page(id, reason=NO_CODE), 403
    verdict = codes.judge(_secret(), id, int(step), given, now)
    if verdict is not Verdict.GOOD:
        return _page(id, reason=REASONS[verdict]), 403
    enrolment = queries.enrolment(db.session, id, current_user.id)
    if enrolment is None or enrolment.standing != Standing.ENROLLED:
        return _page(id, reason=outcome_operations.NOT_ON_THE_LIST), 403
    device = request.cookies.get(_cookie()) or secrets.token_hex(16)
    response = make_response(_page(id, ticket=codes.ticket(_secret(), id, current_user.id, device, now)))
    is_secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(_cookie(), device, max_age=31_536_000, secure=is_secure, httponly=True, samesite="Lax")
    return response


def _confirm(id: int) -> BaseResponse | tuple[str, int]:
    """The button was pressed: the ticket must be this person's, on this phone."""
    now, device = clock.now(), request.cookies.get(_cookie(), "")
    ticket = request.form.get("ticket", "")
    if not device or not codes.is_ticket_good(_secret(), id, current_user.id, device, ticket, now):
        return _page(id, reason=NO_TICKET), 403
    try:
        with writing() as session:
            outcome_operations.check_in(session, id, current_user.id, codes.device_sum(device), now=now)
    except Refused as refusal:
        return _page(id, reason=refusal.message), 403
    return redirect(url_for("sessions.check_in", id=id))


def _page(id: int, *, reason: str = "", ticket: str = "", there: bool = False) -> str:
    row = queries.visible_session(db.session, id, current_user) or abort(404)
    attendance = outcome_queries.attendance(db.session, id, current_user.id) if there else None
    return render_template("sessions/check_in.html", row=row, reason=reason, ticket=ticket, attendance=attendance)
