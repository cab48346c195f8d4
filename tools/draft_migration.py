"""Draft a migration: what lies between all migrations that there are and `store/tables.py`.

    python tools/draft_migration.py "what changes, in a few words"

It writes `src/lect/store/migrations/versions/NNNN_*.py`, to be read and corrected before it is committed: a rename looks like
a loss and a gain, and rows that are there already need values for columns that are new.
"""

from __future__ import annotations

import re
import sys
import tempfile
import textwrap
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code

from lect.store import migrations
from lect.store.database import Database
from lect.store.tables import metadata

TEMPLATE = '''"""{sentence}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply it."""
{body}
'''


def main(what: str) -> Path:
    """Write the draft; its path."""
    versions = migrations.FOLDER / "versions"
    versions.mkdir(exist_ok=True)
    before = migrations.newest()
    revision = f"{int(before or 0) + 1:04}"
    path = versions / f"{revision}_{re.sub(r'[^a-z0-9]+', '_', what.lower()).strip('_')}.py"
    body = textwrap.indent(_difference(), "    ").rstrip()
    path.write_text(
        TEMPLATE.format(
            sentence=f"{what[:1].upper()}{what[1:].rstrip('.')}.",
            revision=revision,
            before=f'"{before}"' if before else None,
            body=body,
        ),
        "utf-8",
    )
    return path


def _difference() -> str:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/draft.db")
        migrations.migrate(database)
        with database.read() as connection:
            script = produce_migrations(migrations.context(connection), metadata)
        database.close()
    code = str(render_python_code(script.upgrade_ops, render_as_batch=True))
    code = code.replace(
        "lect.store.database.UtcDateTime(", "sa.DateTime("
    )  # what it is may change, not this step
    return textwrap.dedent(re.sub(r"^ *# ###.*\n?|^# ###.*\n?", "", code, flags=re.M))


if __name__ == "__main__":
    print(main(sys.argv[1]))
