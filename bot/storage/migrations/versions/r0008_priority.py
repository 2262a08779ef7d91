"""What goes first: a priority for the rows of the outbox, and their order within a lane."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WAITING = sa.text("sent_at IS NULL AND buried_at IS NULL")
WHERE: dict[str, Any] = {"sqlite_where": WAITING, "postgresql_where": WAITING}


def upgrade() -> None:
    op.add_column("outbox", sa.Column("priority", sa.Integer(), nullable=False, server_default="1"))
    op.drop_index("ix_outbox_lane", "outbox")
    op.create_index("ix_outbox_lane", "outbox", ["lane", "priority", "id"], **WHERE)


def downgrade() -> None:
    op.drop_index("ix_outbox_lane", "outbox")
    op.create_index("ix_outbox_lane", "outbox", ["lane", "id"], **WHERE)
    op.drop_column("outbox", "priority")
