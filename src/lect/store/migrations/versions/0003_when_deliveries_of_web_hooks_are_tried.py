"""When deliveries of web hooks are tried."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tried", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("due", sa.DateTime(timezone=True), nullable=True))
