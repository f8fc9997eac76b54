"""Administration of users and units. Every view is for administrators only; to others it does not exist."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app import clock
from app.access import Role, allow
from app.accounts import passwords
from app.accounts.models import Level, Unit, User
from app.admin import operations, queries
from app.admin.forms import ChangedUserForm, FilterForm, NewUnitForm, NewUserForm, UnitForm, UserForm
from app.admin.importing import UserRow
from app.admin.operations import Refused
from app.db import db, writing

blueprint = Blueprint("admin", __name__, cli_group="users")
only_admin = allow(Role.ADMIN)


def _unit_choices() -> dict[int, str]:
    return queries.unit_choices(queries.tree(db.session))


def _user(id: int) -> User:
    return db.session.get(User, id) or abort(404)


def _unit(id: int) -> Unit:
    return db.session.get(Unit, id) or abort(404)


def _row(form: UserForm, username: str) -> UserRow:
    return UserRow(username, form.name.data, Role(form.role.data), _unit(form.unit.data), form.email.data)


@blueprint.get("/admin/users")
@only_admin
def users() -> str:
    """The list of users."""
    form = FilterForm(request.args, _unit_choices())
    page = min(max(1, request.args.get("page", 1, int)), 100_000)
    found = queries.users_page(db.session, form.wanted(), page)
    keep = {key: value for key, value in request.args.items() if key != "page" and value}
    return render_template("admin/users.html", form=form, found=found, keep=keep)


@blueprint.route("/admin/users/add", methods=["GET", "POST"])
@only_admin
def add_user() -> str:
    """Add one user and show the one-time password, this once."""
    form = NewUserForm(_unit_choices())
    if form.validate_on_submit():
        password = passwords.one_time()
        hashed = passwords.hash_one_time(password)
        row = _row(form, form.username.data)
        try:
            with writing() as session:
                user = operations.add_user(session, row, hashed, actor_id=current_user.id, now=clock.now())
            return render_template("admin/one_time_password.html", user=user, password=password, is_new=True)
        except Refused as refusal:
            form.show(refusal)
    return render_template("admin/user.html", form=form, user=None)


@blueprint.route("/admin/users/<int:id>", methods=["GET", "POST"])
@only_admin
def edit_user(id: int) -> str | Response:
    """Change one user."""
    user = _user(id)
    form = ChangedUserForm(_unit_choices(), user)
    if form.validate_on_submit():
        row = _row(form, user.username)
        values = {"is_active": form.state.data == "active", "actor_id": current_user.id, "now": clock.now()}
        try:
            with writing() as session:
                operations.change_user(session, user, row, **values)
            flash(f"{user.name}（{user.username}）已保存。", "success")
            return redirect(url_for("admin.users"))
        except Refused as refusal:
            form.show(refusal)
    return render_template("admin/user.html", form=form, user=user)


@blueprint.post("/admin/users/<int:id>/password")
@only_admin
def reset_password(id: int) -> str | Response:
    """Give a user a one-time password and show it, this once."""
    user, password = _user(id), passwords.one_time()
    hashed = passwords.hash_one_time(password)
    try:
        with writing() as session:
            operations.reset_password(session, user, hashed, actor_id=current_user.id, now=clock.now())
    except Refused as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("admin.edit_user", id=id))
    return render_template("admin/one_time_password.html", user=user, password=password, is_new=False)


@blueprint.get("/admin/units")
@only_admin
def units() -> str:
    """The org tree."""
    return render_template("admin/units.html", tree=queries.tree(db.session))


@blueprint.route("/admin/units/add", methods=["GET", "POST"])
@only_admin
def add_unit() -> str | Response:
    """Add one unit."""
    form = NewUnitForm(_unit_choices(), parent_id=request.args.get("parent", 0, int))
    if form.validate_on_submit():
        values = {"code": form.code.data, "name": form.name.data, "level": Level(form.level.data)}
        values |= {"parent": _parent(form), "actor_id": current_user.id, "now": clock.now()}
        try:
            with writing() as session:
                operations.add_unit(session, **values)
            flash(f"已添加{form.name.data}。", "success")
            return redirect(url_for("admin.units"))
        except Refused as refusal:
            form.show(refusal)
    return render_template("admin/unit.html", form=form, unit=None)


@blueprint.route("/admin/units/<int:id>", methods=["GET", "POST"])
@only_admin
def edit_unit(id: int) -> str | Response:
    """Rename a unit or move it."""
    unit = _unit(id)
    form = UnitForm(_unit_choices(), unit)
    if form.validate_on_submit():
        values = {"name": form.name.data, "parent": _parent(form), "actor_id": current_user.id, "now": clock.now()}
        try:
            with writing() as session:
                operations.change_unit(session, unit, **values)
            flash(f"{form.name.data}已保存。", "success")
            return redirect(url_for("admin.units"))
        except Refused as refusal:
            form.show(refusal)
    return render_template("admin/unit.html", form=form, unit=unit)


def _parent(form: UnitForm) -> Unit | None:
    return _unit(form.parent.data) if form.parent.data else None
