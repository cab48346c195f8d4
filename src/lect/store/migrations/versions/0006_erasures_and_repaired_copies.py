"""Erasures of recordings, and of which dataset one is a repaired copy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("dataset", sa.String(length=36), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    with op.batch_alter_table("erasures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasures_created_erasures_id"), ["created", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasures_dataset"), ["dataset"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasures_project"), ["project"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasures_status"), ["status"], unique=False)

    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("made_of", sa.String(length=36), nullable=True))
        batch_op.create_index(batch_op.f("ix_datasets_made_of"), ["made_of"], unique=False)
