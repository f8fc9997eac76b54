"""Who may do what. A view says so with `@public` or `@allow(Role...)`; one that says nothing answers 404.

What a person may not see answers exactly as what does not exist, so nothing can be learnt from the difference.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from corpus.document import Audience

View = TypeVar("View", bound=Callable[..., Any])
RULE = "_access_roles"


class Role(StrEnum):
    """Roles of a user; each includes nothing of the others, a view names all that may use it."""

    OFFICER = "officer"
    TRAINER = "trainer"
    EDITOR = "editor"
    ADMIN = "admin"


EVERYONE = frozenset(Role)
ROLE_NAMES = {Role.OFFICER: "执法人员", Role.TRAINER: "培训管理员", Role.EDITOR: "内容编辑", Role.ADMIN: "系统管理员"}


def public(view: View) -> View:
    """Anyone may use this view, signed in or not."""
    setattr(view, RULE, None)
    return view


def allow(*roles: Role) -> Callable[[View], View]:
    """Only signed-in users with one of `roles` (none named: any role) may use this view."""

    def mark(view: View) -> View:
        setattr(view, RULE, frozenset(roles) or EVERYONE)
        return view

    return mark


def audience() -> Audience:
    """Whose texts the present visitor reads."""
    if current_user.is_authenticated and not current_user.must_change_password:
        return Audience.OFFICER
    return Audience.PUBLIC


def init_app(app: Flask) -> None:
    """Guard every request."""
    app.before_request(_guard)
    app.after_request(_keep_private)


def _guard() -> BaseResponse | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or (request.endpoint or "").endswith(".static"):
        return None
    if not hasattr(view, RULE):
        abort(404)
    roles: frozenset[Role] | None = getattr(view, RULE)
    if roles is None:
        return None
    if not current_user.is_authenticated:
        heading_for = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=heading_for))
    if current_user.must_change_password and request.endpoint not in ("accounts.password", "accounts.sign_out"):
        return redirect(url_for("accounts.password"))
    if current_user.role not in roles:
        abort(404)
    return None


def _keep_private(response: Response) -> Response:
    """Nobody else's browser or cache may keep what a signed-in person saw; styles and scripts are everyone's."""
    if (request.endpoint or "").endswith("static"):
        return response
    if current_user.is_authenticated:
        response.headers["Cache-Control"] = "no-store"
    response.vary.add("Cookie")
    return response
