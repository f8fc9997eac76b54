"""Signing in and out, and a person's own account."""

from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from app import clock
from app.access import allow, public
from app.accounts import operations, passwords, queries
from app.accounts.demo_accounts import DEMO_ACCOUNTS, DemoAccount
from app.accounts.forms import EmailForm, PasswordForm, SignInForm, local_path
from app.accounts.models import User
from app.db import db, writing

blueprint = Blueprint("accounts", __name__)


def _target() -> str:
    """Where the visitor was heading: a page of this site, home if none is named."""
    return local_path(request.args.get("next")) or url_for("library.home")


def _address() -> str:
    return request.remote_addr or ""


def _checked(username: str, password: str) -> User | None:
    """The user, when the password is theirs. Raises MustWait, and then hashes nothing."""
    now = clock.now()
    with writing() as transaction:
        operations.begin_attempt(transaction, username, _address(), now=now)
    user = queries.user_by_name(db.session, username)
    stored = user.password_hash if user else None
    if passwords.is_right(password, stored) and user and stored and _may_sign_in(user):
        better = passwords.better_hash(password, stored)
        with writing() as transaction:
            if operations.renew_hash(transaction, user, stored, better):
                operations.pass_attempt(transaction, username, _address(), now=now)
                return user
    with writing() as transaction:
        operations.fail_attempt(transaction, username, _address(), user=user, now=now)
    return None


def _may_sign_in(user: User) -> bool:
    return user.is_active and (not user.is_demo or current_app.config["DEMO"])


def _enter(user: User) -> None:
    """Start a session of `user` in this browser, keeping nothing of what the cookie held before."""
    with writing() as transaction:
        operations.start_session(
            transaction,
            user,
            address=_address(),
            agent=request.user_agent.string,
            hours=current_app.config["SESSION_HOURS"],
            now=clock.now(),
        )
    session.clear()
    login_user(user)


def _demo_accounts() -> list[DemoAccount]:
    if not current_app.config["DEMO"]:
        return []
    able = queries.demo_usernames(db.session, [account.username for account in DEMO_ACCOUNTS])
    return [account for account in DEMO_ACCOUNTS if account.username in able]


@blueprint.errorhandler(operations.MustWait)
def must_wait(error: operations.MustWait) -> tuple[str, int]:
    """Too many failures: say for how long."""
    return render_template("accounts/must_wait.html", minutes=error.minutes), 429


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> tuple[str, int] | Response:
    """Sign in and go on to where the visitor was heading."""
    target = _target()
    if current_user.is_authenticated:
        return redirect(target)
    form, status = SignInForm(), 200
    if form.validate_on_submit():
        user = _checked(form.username.data, form.password.data)
        if user:
            _enter(user)
            return redirect(url_for("accounts.password", next=target) if user.must_change_password else target)
        status = 401
    page = render_template("accounts/sign_in.html", form=form, failed=status == 401, demo_accounts=_demo_accounts())
    return page, status


@blueprint.post("/sign-out")
@allow()
def sign_out() -> Response:
    """Sign out in this browser."""
    with writing() as transaction:
        operations.end_session(transaction, current_user, now=clock.now())
    logout_user()
    session.clear()
    flash("您已退出登录。", "success")
    return redirect(url_for("library.home"))


@blueprint.get("/account")
@allow()
def account() -> str:
    """The person's own data and where they are signed in."""
    now = clock.now()
    return render_template(
        "accounts/account.html",
        sessions=queries.sessions_of(db.session, current_user.id, now),
        password_days=(now - current_user.password_changed_at) // timedelta(days=1),
    )


@blueprint.post("/account/end-sessions")
@allow()
def end_sessions() -> Response:
    """Sign out everywhere else."""
    with writing() as transaction:
        ended = operations.end_other_sessions(transaction, current_user, now=clock.now())
    flash(f"已退出其他 {ended} 处登录。" if ended else "没有其他登录。", "success")
    return redirect(url_for("accounts.account"))


@blueprint.route("/account/email", methods=["GET", "POST"])
@allow()
def email() -> str | Response:
    """Change where notices are sent as mail."""
    form = EmailForm(email=current_user.email or "")
    if not current_user.is_demo and form.validate_on_submit():
        with writing() as transaction:
            operations.change_email(transaction, current_user, form.email.data, now=clock.now())
        flash("邮箱已保存。" if form.email.data else "已去掉邮箱，通知只在站内显示。", "success")
        return redirect(url_for("accounts.account"))
    return render_template("accounts/email.html", form=form)


@blueprint.route("/account/password", methods=["GET", "POST"])
@allow()
def password() -> str | Response:
    """Change the password; other sessions end."""
    form = PasswordForm(current_user.username, current_app.config["PASSWORD_MIN_LENGTH"])
    if not current_user.is_demo and form.validate_on_submit():
        user = _checked(current_user.username, form.current.data)
        if user:
            new_hash = passwords.hash_chosen(form.new.data)
            with writing() as transaction:
                operations.change_password(transaction, user, new_hash, now=clock.now())
            _enter(user)
            flash("密码已修改，其他地方的登录都已退出。", "success")
            return redirect(_target())
        form.current.errors = ["现在的密码不对。"]
    return render_template("accounts/password.html", form=form)
