"""Tables under plain names, and no fingerprint that nobody reads."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = {
    "seat": "administrator_link",
    "piece": "attachment",
    "kept_aside": "failed_update",
    "figure": "statistic",
    "heard_event": "received_event",
}
COLUMNS = {
    "failed_update": ("kept_at", "failed_at"),
    "received_event": ("heard_at", "received_at"),
}
FINGERPRINTS = (
    ("ticket_agent", "nir_fingerprint"),
    ("ticket_agent", "fingerprint_key"),
    ("ticket_copy", "fingerprint_key"),
    ("received_event", "fingerprint_key"),
)


def upgrade() -> None:
    op.create_table(
        "begun_update",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column(
            "update_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            autoincrement=False,
        ),
        sa.Column("life", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", "update_id"),
    )
    op.create_index("ix_begun_update_begun_at", "begun_update", ["begun_at"])
    for old, new in TABLES.items():
        rename(old, new, *COLUMNS.get(new, ()))
    for table, column in FINGERPRINTS:
        name = f"ix_{table}_{column}"
        if name in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
            op.drop_index(name, table_name=table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)


def downgrade() -> None:
    op.drop_table("begun_update")
    for table, column in FINGERPRINTS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(column, sa.String(), nullable=True))
        if (table, column) != ("ticket_agent", "fingerprint_key"):
            op.create_index(f"ix_{table}_{column}", table, [column])
    for old, new in TABLES.items():
        rename(new, old, *reversed(COLUMNS.get(new, ())))


def rename(table: str, to: str, *column: str) -> None:
    """Renames a table, one of its columns, and its indexes with them."""
    indexes = [one for one in sa.inspect(op.get_bind()).get_indexes(table) if one["name"]]
    for index in indexes:
        op.drop_index(str(index["name"]), table_name=table)
    op.rename_table(table, to)
    if column:
        op.alter_column(to, column[0], new_column_name=column[1])
    for index in indexes:
        name = str(index["name"]).replace(f"ix_{table}", f"ix_{to}")
        names = [str(one) for one in index["column_names"]]
        if column:
            name = name.replace(column[0], column[1])
            names = [column[1] if one == column[0] else one for one in names]
        op.create_index(name, to, names, unique=bool(index["unique"]))
