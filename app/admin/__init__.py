"""Administration 管理: users and units, one by one, from a table, or from the command line."""

from app.admin import import_views
from app.admin.cli import users_cli
from app.admin.views import blueprint

__all__ = ["blueprint", "import_views"]

blueprint.cli = users_cli  # comes with the blueprint, as `flask users`
