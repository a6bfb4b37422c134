"""What stood around a refused event in its batch, so that it is taken later as it would have been then."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the column."""
    op.add_column("quarantine", sa.Column("around", sa.LargeBinary))
