"""Tables under plain names, and no fingerprint of a NIR any more."""

import sqlalchemy as sa
from alembic import op

from bot.storage.base import Base

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

RENAMED = {
    "seat": "administrator_link",
    "piece": "attachment",
    "kept_aside": "failed_update",
    "figure": "statistic",
    "heard_event": "received_event",
}
FINGERPRINTS = {
    "ticket_agent": ("nir_fingerprint", "fingerprint_key"),
    "ticket_copy": ("fingerprint_key",),
}


def upgrade() -> None:
    for old, new in RENAMED.items():
        op.drop_table(old)
        Base.metadata.tables[new].create(op.get_bind())
    for table, columns in FINGERPRINTS.items():
        indexed = sa.inspect(op.get_bind()).get_indexes(table)
        for index in indexed:
            if set(index["column_names"]) & set(columns):
                op.drop_index(str(index["name"]), table_name=table)
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def downgrade() -> None:
    raise NotImplementedError
