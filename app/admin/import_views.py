"""Importing users and units from a table: upload, look at what would change, confirm."""

import base64
from dataclasses import dataclass

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from app import clock
from app.access import ROLE_NAMES
from app.accounts.models import PARENT_LEVEL
from app.admin import operations, queries
from app.admin.forms import ImportForm
from app.admin.importing import (
    UNIT_COLUMNS,
    USER_COLUMNS,
    USER_EXTRAS,
    Plan,
    UnitRow,
    UserRow,
    new_passwords,
    password_sheet,
    units_plan,
    users_plan,
)
from app.admin.operations import Refused
from app.admin.sheets import MAX_BYTES, BadSheet, write_template
from app.admin.uploads import Uploads
from app.admin.views import blueprint, only_admin
from app.db import db, writing

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Words:
    """What differs between the pages for users and for units."""

    noun: str
    columns: tuple[str, ...]
    page: str
    confirm: str
    template: str
    back: str


USER_HEADING = USER_COLUMNS + USER_EXTRAS
USERS = Words("用户", USER_HEADING, "admin.import_users", "admin.confirm_users", "admin.user_template", "admin.users")
UNITS = Words("单位", UNIT_COLUMNS, "admin.import_units", "admin.confirm_units", "admin.unit_template", "admin.units")


def _uploads() -> Uploads:
    return Uploads(current_app.config["INSTANCE_DIR"] / "uploads")


def _plan(words: Words, data: bytes) -> Plan[UserRow] | Plan[UnitRow]:
    if words is USERS:
        return users_plan(db.session, data, current_user.id)
    return units_plan(db.session, data)


def _preview(words: Words) -> str:
    form = ImportForm()
    if form.validate_on_submit():
        with form.file.data.stream as stream:
            data = stream.read(MAX_BYTES + 1)
        try:
            plan = _plan(words, data)
        except BadSheet as error:
            form.show(Refused("file", str(error)))
        else:
            upload = _uploads().keep(data, current_user.id) if plan.is_ready else ""
            return render_template("admin/import_preview.html", words=words, plan=plan, upload=upload)
    return render_template("admin/import.html", words=words, form=form)


def _kept(words: Words) -> bytes:
    """The upload that was previewed; used up by this. Raises Refused."""
    token = request.form.get("upload", "")
    data = _uploads().read(token, current_user.id)
    _uploads().forget(token, current_user.id)
    if data is None:
        raise Refused("file", "这份文件已经导入过，或者超过一小时没有确认。请重新上传。")
    return data


@blueprint.errorhandler(Refused)
@blueprint.errorhandler(BadSheet)
def refused(error: Exception) -> BaseResponse:
    """An import that cannot go on: say why where it began."""
    flash(str(error), "error")
    return redirect(url_for(USERS.page if request.endpoint == USERS.confirm else UNITS.page))


@blueprint.route("/admin/users/import", methods=["GET", "POST"])
@only_admin
def import_users() -> str:
    """Upload a table of users and look at what it would change."""
    return _preview(USERS)


@blueprint.post("/admin/users/import/confirm")
@only_admin
def confirm_users() -> str:
    """Import the users that were previewed and hand out their one-time passwords, this once."""
    data = _kept(USERS)
    fresh = new_passwords(users_plan(db.session, data, current_user.id))
    with writing() as session:
        plan = users_plan(session, data, current_user.id)
        operations.import_users(session, plan, fresh.hashes, actor_id=current_user.id, now=clock.now())
    sheet = base64.b64encode(password_sheet(plan, fresh)).decode() if plan.added else ""
    return render_template("admin/imported.html", words=USERS, plan=plan, sheet=sheet)


@blueprint.route("/admin/units/import", methods=["GET", "POST"])
@only_admin
def import_units() -> str:
    """Upload a table of units and look at what it would change."""
    return _preview(UNITS)


@blueprint.post("/admin/units/import/confirm")
@only_admin
def confirm_units() -> str:
    """Import the units that were previewed."""
    data = _kept(UNITS)
    with writing() as session:
        plan = units_plan(session, data)
        operations.import_units(session, plan, actor_id=current_user.id, now=clock.now())
    return render_template("admin/imported.html", words=UNITS, plan=plan, sheet="")


@blueprint.get("/admin/users/template")
@only_admin
def user_template() -> Response:
    """A table of users to fill in."""
    notes = [
        ("邮箱可以不填，整列也可以不要", ""),
        ("", ""),
        ("角色可以填", ""),
        *((name, "") for name in ROLE_NAMES.values()),
        ("", ""),
        ("单位编码", "单位"),
    ]
    notes += [(unit.code, unit.name) for unit in queries.units_by_code(db.session).values()]
    return _download(write_template(USER_HEADING, notes), "users.xlsx")


@blueprint.get("/admin/units/template")
@only_admin
def unit_template() -> Response:
    """A table of units to fill in."""
    notes = [("级别可以填", "它的上级"), *((level, above or "没有，留空") for level, above in PARENT_LEVEL.items())]
    return _download(write_template(UNIT_COLUMNS, notes), "units.xlsx")


def _download(content: bytes, name: str) -> Response:
    return Response(content, mimetype=EXCEL, headers={"Content-Disposition": f'attachment; filename="{name}"'})
