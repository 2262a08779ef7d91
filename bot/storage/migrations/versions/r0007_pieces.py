"""Pieces of tickets, and which message on a channel became which message of a ticket."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The code before leaves the new column empty and knows no piece."""
    op.create_table(
        "piece",
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("about_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("identity", "number", name="pk_piece"),
    )
    op.add_column("ticket_message", sa.Column("source", sa.String(), nullable=True))
    op.create_index("ix_ticket_message_source", "ticket_message", ["source"])


def downgrade() -> None:
    op.drop_index("ix_ticket_message_source", table_name="ticket_message")
    op.drop_column("ticket_message", "source")
    op.drop_table("piece")
