"""Advisors, the history of tickets, their places in other systems, and what is counted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

TABLES = (
    "staff",
    "ticket_happening",
    "ticket_copy",
    "heard_event",
    "connector_mark",
    "staff_topic",
    "staff_post",
    "figure",
)
TICKET_COLUMNS = ("queue", "taken_by", "follows", "score", "score_words_sealed", "scored_at")
MESSAGE_COLUMNS = ("by", "internal")


def upgrade() -> None:
    complete_tickets()
    create_staff()
    create_history()
    create_copies()
    create_topics()
    create_figures()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for table, columns in (("ticket_message", MESSAGE_COLUMNS), ("ticket", TICKET_COLUMNS)):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def complete_tickets() -> None:
    """Columns that the code before this one does not know stay empty."""
    op.add_column("ticket", sa.Column("queue", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("taken_by", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("follows", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("score", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("score_words_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("ticket", sa.Column("scored_at", MOMENT, nullable=True))
    op.add_column("ticket_message", sa.Column("by", sa.String(), nullable=True))
    op.add_column("ticket_message", sa.Column("internal", sa.Boolean(), nullable=True))


def create_staff() -> None:
    op.create_table(
        "staff",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("address", name="pk_staff"),
    )


def create_history() -> None:
    """What happened to a ticket."""
    op.create_table(
        "ticket_happening",
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        of_ticket("ticket_happening"),
        sa.PrimaryKeyConstraint("ticket_id", "place", name="pk_ticket_happening"),
    )
    op.create_index("ix_ticket_happening_at", "ticket_happening", ["at"])


def create_copies() -> None:
    """Tickets as other systems know them."""
    op.create_table(
        "ticket_copy",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("their_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        of_ticket("ticket_copy"),
        sa.PrimaryKeyConstraint("connector", "ticket_id", "part", name="pk_ticket_copy"),
    )
    op.create_index("ix_ticket_copy_their_id", "ticket_copy", ["connector", "their_id"])
    op.create_table(
        "heard_event",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name="pk_heard_event"),
    )
    op.create_index("ix_heard_event_heard_at", "heard_event", ["heard_at"])
    op.create_table(
        "connector_mark",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connector", name="pk_connector_mark"),
    )


def create_topics() -> None:
    """Tickets in the groups of the advisors."""
    op.create_table(
        "staff_topic",
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        of_ticket("staff_topic"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_staff_topic"),
    )
    op.create_index("ix_staff_topic_thread", "staff_topic", ["chat_id", "thread_id"], unique=True)
    op.create_table(
        "staff_post",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        of_ticket("staff_post"),
        sa.PrimaryKeyConstraint("chat_id", "message_id", name="pk_staff_post"),
    )
    op.create_index("ix_staff_post_ticket_id", "staff_post", ["ticket_id"])


def create_figures() -> None:
    op.create_table(
        "figure",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("seal_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("words_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_figure"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_figure_kind_at", "figure", ["kind", "at"])


def of_ticket(table: str) -> sa.ForeignKeyConstraint:
    """What belongs to a ticket goes with it."""
    return sa.ForeignKeyConstraint(
        ["ticket_id"], ["ticket.id"], name=f"fk_{table}_ticket_id", ondelete="CASCADE"
    )
