"""Corrections, their drafts and revisions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("dataset", sa.String(length=36), nullable=False),
        sa.Column("model", sa.String(length=36), nullable=True),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.id"], name=op.f("fk_corrections_dataset_datasets"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["model"], ["models.id"], name=op.f("fk_corrections_model_models"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=op.f("fk_corrections_project_projects"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_corrections_created_corrections_id"), ["created", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_corrections_dataset"), ["dataset"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrections_model"), ["model"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrections_project"), ["project"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrections_status"), ["status"], unique=False)

    op.create_table(
        "drafts",
        sa.Column("correction", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.Column("segments", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=True),
        sa.Column("outline_begin", sa.BigInteger(), nullable=False),
        sa.Column("outline_size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction"],
            ["corrections.id"],
            name=op.f("fk_drafts_correction_corrections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("correction", "number", name=op.f("pk_drafts")),
    )
    with op.batch_alter_table("drafts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_drafts_correction_drafts_is_done_drafts_number"),
            ["correction", "is_done", "number"],
            unique=False,
        )

    op.create_table(
        "revisions",
        sa.Column("correction", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("segments", sa.JSON(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["correction", "number"],
            ["drafts.correction", "drafts.number"],
            name=op.f("fk_revisions_correction_number_drafts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("correction", "number", "revision", name=op.f("pk_revisions")),
    )
