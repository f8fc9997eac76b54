"""One's own certificates, those a trainer looks after, and the public page that checks a code."""

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.access import Role, allow, public
from app.certificates import codes, operations, queries
from app.certificates.forms import WithdrawForm
from app.certificates.models import Certificate
from app.certificates.paper import KIND_NAMES, paper
from app.db import db, writing
from app.pdf import PdfUnavailable, pdf

blueprint = Blueprint("certificates", __name__)
keepers = allow(Role.TRAINER, Role.ADMIN)


def _readable(id: int) -> Certificate:
    return queries.readable(db.session, id, current_user) or abort(404)


def _kept(id: int) -> Certificate:
    return queries.kept(db.session, id, current_user) or abort(404)


def _paper(certificate: Certificate) -> str:
    site = current_app.config["SITE_URL"] or request.url_root.rstrip("/")
    address = site + url_for("certificates.verify", code=certificate.printed_code)
    return render_template("certificates/paper.html", certificate=certificate, paper=paper(certificate, address))


@blueprint.errorhandler(operations.MustWait)
def must_wait(error: operations.MustWait) -> tuple[str, int]:
    """Too many codes of no certificate: say for how long."""
    return render_template("certificates/must_wait.html", minutes=error.minutes), 429


@blueprint.get("/certificates")
@allow()
def mine() -> str:
    """The person's own certificates."""
    found = queries.of_user(db.session, current_user.id)
    return render_template("certificates/mine.html", certificates=found, kinds=KIND_NAMES)


@blueprint.get("/certificates/<int:id>")
@allow()
def show(id: int) -> str:
    """A certificate to print in the browser."""
    return _paper(_readable(id))


@blueprint.get("/certificates/<int:id>/pdf")
@allow()
def download(id: int) -> BaseResponse:
    """A certificate as PDF; where none can be made, the page to print."""
    certificate = _readable(id)
    try:
        content = pdf(_paper(certificate))
    except PdfUnavailable as error:
        flash(str(error), "error")
        return redirect(url_for("certificates.mine"))
    name = f"certificate-{certificate.printed_code}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="application/pdf", headers=headers)


@blueprint.get("/certificates/issued")
@keepers
def issued() -> str:
    """The certificates a trainer or administrator looks after."""
    page = min(max(1, request.args.get("page", 1, int)), 100_000)
    text = request.args.get("q", "").strip()[:60]
    found = queries.kept_page(db.session, current_user, text, page)
    return render_template("certificates/issued.html", found=found, text=text, kinds=KIND_NAMES)


@blueprint.route("/certificates/<int:id>/withdraw", methods=["GET", "POST"])
@keepers
def withdraw(id: int) -> str | BaseResponse:
    """Withdraw a certificate, with a reason."""
    certificate, form = _kept(id), WithdrawForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                values = {"actor_id": current_user.id, "now": clock.now()}
                operations.withdraw(session, _kept(id), form.reason.data, **values)
            flash(f"已撤销{certificate.name}的证书，并通知本人。", "success")
        except operations.AlreadyWithdrawn:
            flash("这张证书已经撤销过了。", "error")
        return redirect(url_for("certificates.issued"))
    return render_template("certificates/withdraw.html", form=form, certificate=certificate)


@blueprint.get("/certificates/verify")
@public
def verify() -> str:
    """Whether a check code is that of a valid certificate."""
    typed = request.args.get("code", "").strip()[:60]
    code, found = codes.read(typed), None
    if code:
        with writing() as session:
            found = operations.check(session, code, request.remote_addr or "", now=clock.now())
    state = "asked" if not typed else "garbled" if not code else "unknown" if not found else "valid"
    state = "withdrawn" if found and found.withdrawn_at else state
    return render_template("certificates/verify.html", typed=typed, state=state, found=found, kinds=KIND_NAMES)
