"""When resources expire, so that lists can leave them out; files of a resource by name."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MORTAL = ("endpoints", "transcriptions")
_DONE = ("Succeeded", "Failed")


def upgrade() -> None:
    """Apply it."""
    for table in _MORTAL:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("expires", sa.DateTime(timezone=True), nullable=True))
            batch_op.create_index(batch_op.f(f"ix_{table}_expires"), ["expires"], unique=False)
        _fill(table)
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_files_owner_files_name_files_created_files_id"),
            ["owner", "name", "created", "id"],
            unique=False,
        )


def _fill(name: str) -> None:
    """Those that are there already, one by one: each database would write the sum differently."""
    table = sa.table(
        name,
        sa.column("id"),
        sa.column("status"),
        sa.column("last_action", sa.DateTime(timezone=True)),
        sa.column("time_to_live"),
        sa.column("expires", sa.DateTime(timezone=True)),
    )
    query = sa.select(table).where(table.c.time_to_live.is_not(None), table.c.status.in_(_DONE))
    connection = op.get_bind()
    for row in connection.execute(query).all():
        expires = row.last_action + timedelta(seconds=row.time_to_live)
        connection.execute(sa.update(table).where(table.c.id == row.id).values(expires=expires))
