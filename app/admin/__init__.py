"""Administration 管理: users and units, one by one, from a table, or from the command line."""

from app.admin import cli, import_views
from app.admin.views import blueprint

__all__ = ["blueprint", "cli", "import_views"]
