"""The pool of experts: the list, a profile, changing it. Officers read; who keeps the pool changes it."""

from flask import Blueprint

blueprint = Blueprint("experts", __name__, cli_group="experts")
