"""${message}."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text

from api.store.columns import Moment
${imports if imports else ""}
revision = "${up_revision}"
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables and keep every row."""
    ${upgrades if upgrades else "pass"}
