"""Names that other systems give to events and follow-ups are kept as fingerprints: by which key."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("heard_event", "ticket_copy")


def upgrade() -> None:
    """Without a key a name is as it came: the desk makes its fingerprint in its first hour.

    Those of tickets stay as they are, for they are needed to write to them.
    """
    for table in TABLES:
        op.add_column(table, sa.Column("fingerprint_key", sa.String(), nullable=True))
        op.create_index(f"ix_{table}_fingerprint_key", table, ["fingerprint_key"])
    op.execute("UPDATE ticket_copy SET fingerprint_key = '' WHERE part = ''")


def downgrade() -> None:
    """Events that were heard are not recognised any more by the code before."""
    for table in TABLES:
        op.drop_index(f"ix_{table}_fingerprint_key", table_name=table)
        op.drop_column(table, "fingerprint_key")
