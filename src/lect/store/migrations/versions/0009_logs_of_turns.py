"""Logs of what was recognised live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "logs",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("turn", sa.String(length=36), nullable=False),
        sa.Column("endpoint", sa.String(length=36), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("model", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint"], ["endpoints.id"], name=op.f("fk_logs_endpoint_endpoints"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logs")),
    )
    with op.batch_alter_table("logs", schema=None) as batch_op:
        for columns in (["turn"], ["project"], ["blob"], ["created"]):
            batch_op.create_index(batch_op.f(f"ix_logs_{columns[0]}"), columns, unique=False)
        batch_op.create_index(
            batch_op.f("ix_logs_endpoint_logs_locale_logs_id"), ["endpoint", "locale", "id"], unique=False
        )
