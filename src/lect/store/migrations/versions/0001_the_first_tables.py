"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_time"), ["time"], unique=False)

    op.create_table(
        "files",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_files_blob"), ["blob"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_files_owner_files_created_files_id"), ["owner", "created", "id"], unique=False
        )

    op.create_table(
        "projects",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_created_projects_id"), ["created", "id"], unique=False)

    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secrets")),
    )
    op.create_table(
        "web_hooks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("web_url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_hooks")),
    )
    with op.batch_alter_table("web_hooks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_web_hooks_created_web_hooks_id"), ["created", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_web_hooks_status"), ["status"], unique=False)

    op.create_table(
        "datasets",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("content_url", sa.Text(), nullable=True),
        sa.Column("awaits_blocks", sa.Boolean(), nullable=False),
        sa.Column("is_normalised", sa.Boolean(), nullable=False),
        sa.Column("accepted_lines", sa.Integer(), nullable=False),
        sa.Column("rejected_lines", sa.Integer(), nullable=False),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=op.f("fk_datasets_project_projects"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
    )
    with op.batch_alter_table("datasets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_datasets_created_datasets_id"), ["created", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_datasets_project"), ["project"], unique=False)
        batch_op.create_index(batch_op.f("ix_datasets_status"), ["status"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("web_hook", sa.String(length=36), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["web_hook"], ["web_hooks.id"], name=op.f("fk_deliveries_web_hook_web_hooks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deliveries_web_hook_deliveries_created"), ["web_hook", "created"], unique=False
        )

    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=op.f("fk_keys_project_projects"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("hash", name=op.f("uq_keys_hash")),
    )
    op.create_table(
        "models",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("is_base", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("base", sa.String(length=36), nullable=True),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=True),
        sa.Column("bundle", sa.String(length=64), nullable=True),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["base"], ["models.id"], name=op.f("fk_models_base_models"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=op.f("fk_models_project_projects"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_models")),
    )
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_models_base"), ["base"], unique=False)
        batch_op.create_index(batch_op.f("ix_models_bundle"), ["bundle"], unique=False)
        batch_op.create_index(batch_op.f("ix_models_created_models_id"), ["created", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_models_is_base"), ["is_base"], unique=False)
        batch_op.create_index(batch_op.f("ix_models_project"), ["project"], unique=False)
        batch_op.create_index(batch_op.f("ix_models_status"), ["status"], unique=False)

    op.create_table(
        "blocks",
        sa.Column("dataset", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("blob", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.id"], name=op.f("fk_blocks_dataset_datasets"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_blocks")),
        sa.UniqueConstraint("dataset", "name", "place", name=op.f("uq_blocks_dataset_name_place")),
    )
    with op.batch_alter_table("blocks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blocks_blob"), ["blob"], unique=False)

    op.create_table(
        "endpoints",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=36), nullable=False),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("logs_content", sa.Boolean(), nullable=False),
        sa.Column("time_to_live", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model"], ["models.id"], name=op.f("fk_endpoints_model_models"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=op.f("fk_endpoints_project_projects"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
    )
    with op.batch_alter_table("endpoints", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_endpoints_created_endpoints_id"), ["created", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_endpoints_model"), ["model"], unique=False)
        batch_op.create_index(batch_op.f("ix_endpoints_project"), ["project"], unique=False)
        batch_op.create_index(batch_op.f("ix_endpoints_status"), ["status"], unique=False)

    op.create_table(
        "evaluations",
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
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.id"], name=op.f("fk_evaluations_dataset_datasets"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=op.f("fk_evaluations_project_projects"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    with op.batch_alter_table("evaluations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_evaluations_created_evaluations_id"), ["created", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_evaluations_dataset"), ["dataset"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluations_project"), ["project"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluations_status"), ["status"], unique=False)

    op.create_table(
        "model_copies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("model", sa.String(length=36), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model"], ["models.id"], name=op.f("fk_model_copies_model_models"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_copies")),
    )
    with op.batch_alter_table("model_copies", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_copies_created_model_copies_id"), ["created", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_model_copies_model"), ["model"], unique=False)
        batch_op.create_index(batch_op.f("ix_model_copies_status"), ["status"], unique=False)

    op.create_table(
        "model_datasets",
        sa.Column("model", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.id"], name=op.f("fk_model_datasets_dataset_datasets"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["model"], ["models.id"], name=op.f("fk_model_datasets_model_models"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("model", "place", name=op.f("pk_model_datasets")),
    )
    with op.batch_alter_table("model_datasets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_model_datasets_dataset"), ["dataset"], unique=False)

    op.create_table(
        "transcriptions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("custom_properties", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("last_action", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=36), nullable=True),
        sa.Column("dataset", sa.String(length=36), nullable=True),
        sa.Column("project", sa.String(length=36), nullable=True),
        sa.Column("content_urls", sa.JSON(), nullable=False),
        sa.Column("container_url", sa.Text(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("time_to_live", sa.Float(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset"], ["datasets.id"], name=op.f("fk_transcriptions_dataset_datasets"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["model"], ["models.id"], name=op.f("fk_transcriptions_model_models"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["project"], ["projects.id"], name=op.f("fk_transcriptions_project_projects"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcriptions")),
    )
    with op.batch_alter_table("transcriptions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_transcriptions_created_transcriptions_id"), ["created", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_transcriptions_dataset"), ["dataset"], unique=False)
        batch_op.create_index(batch_op.f("ix_transcriptions_model"), ["model"], unique=False)
        batch_op.create_index(batch_op.f("ix_transcriptions_project"), ["project"], unique=False)
        batch_op.create_index(batch_op.f("ix_transcriptions_status"), ["status"], unique=False)

    op.create_table(
        "endpoint_models",
        sa.Column("endpoint", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["endpoint"],
            ["endpoints.id"],
            name=op.f("fk_endpoint_models_endpoint_endpoints"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model"], ["models.id"], name=op.f("fk_endpoint_models_model_models"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("endpoint", "place", name=op.f("pk_endpoint_models")),
    )
    with op.batch_alter_table("endpoint_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_endpoint_models_model"), ["model"], unique=False)

    op.create_table(
        "evaluation_models",
        sa.Column("evaluation", sa.String(length=36), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation"],
            ["evaluations.id"],
            name=op.f("fk_evaluation_models_evaluation_evaluations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model"], ["models.id"], name=op.f("fk_evaluation_models_model_models"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("evaluation", "place", name=op.f("pk_evaluation_models")),
    )
    with op.batch_alter_table("evaluation_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_models_model"), ["model"], unique=False)
