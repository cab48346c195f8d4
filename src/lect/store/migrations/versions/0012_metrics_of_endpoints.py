"""Metrics of endpoints, by the hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "endpoint_metrics",
        sa.Column("endpoint", sa.String(length=36), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcomes", sa.JSON(), nullable=False),
        sa.Column("finals", sa.JSON(), nullable=False),
        sa.Column("first_partials", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint"],
            ["endpoints.id"],
            name=op.f("fk_endpoint_metrics_endpoint_endpoints"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("endpoint", "hour", name=op.f("pk_endpoint_metrics")),
    )
    with op.batch_alter_table("endpoint_metrics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_endpoint_metrics_hour"), ["hour"], unique=False)
