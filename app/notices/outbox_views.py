"""The outbox 待发邮件, for administrators."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.db import db, writing
from app.notices import outbox_operations, queries
from app.notices.mailer import MailSettings
from app.notices.models import MailState
from app.notices.views import blueprint

STATES = {MailState.WAITING: "等待发送", MailState.FAILED: "发送失败", MailState.SENT: "已发送"}


@blueprint.get("/admin/outbox")
@allow(Role.ADMIN)
def outbox() -> str:
    """Mails in one state, and whether mails can be sent at all."""
    state = request.args.get("state", "")
    state = state if state in list(MailState) else MailState.WAITING.value
    page = min(max(1, request.args.get("page", 1, int)), 100_000)
    counts = queries.mail_counts(db.session)
    return render_template(
        "notices/outbox.html",
        state=state,
        states=STATES,
        counts=counts,
        mails=queries.mails(db.session, state, page),
        page=page,
        pages=max(1, -(-counts[state] // queries.MAILS_PER_PAGE)),
        settings=MailSettings.of(current_app.config),
    )


@blueprint.post("/admin/outbox/retry")
@allow(Role.ADMIN)
def retry() -> Response:
    """Let one mail, or all that failed, be tried again."""
    mail_id = request.form.get("mail", None, int)
    with writing() as session:
        done = outbox_operations.retry(session, mail_id, actor_id=current_user.id, now=clock.now())
    flash(f"{done} 封邮件下次发送时会再试。" if done else "没有需要重发的邮件。", "success")
    return redirect(url_for("notices.outbox"))
