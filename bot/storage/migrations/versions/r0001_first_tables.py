"""The first tables: people, tickets, outbox, intake, journal."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# A migration stands on its own: what the code calls these types may change, what was made with
# them stays.
MOMENT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("sent_at IS NULL AND buried_at IS NULL")
SENT = sa.text("sent_at IS NOT NULL")
BURIED = sa.text("buried_at IS NOT NULL")

TABLES = (
    "person",
    "person_employer",
    "conversation",
    "vote",
    "ticket_year",
    "ticket",
    "ticket_agent",
    "ticket_message",
    "outbox",
    "received",
    "channel_offset",
    "kept_aside",
    "unanswered",
    "held_text",
    "audit",
    "lease",
)

# What was written in the journal stays as it was written, whoever is at the keyboard.
SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)
POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
)


def upgrade() -> None:
    create_people()
    create_tickets()
    create_ticket_parts()
    create_outbox()
    create_intake()
    create_unanswered()
    create_journal()
    guard_journal()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse")


def guard_journal() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for guard in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
        op.execute(guard)


def create_people() -> None:
    """Who writes, and where they stand."""
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("assurance", sa.String(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("unreachable_since", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("address", name="uq_person_address"),
    )
    op.create_table(
        "person_employer",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("siret", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_person_employer_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "siret", name="pk_person_employer"),
    )
    op.create_index("ix_person_employer_siret", "person_employer", ["siret"])
    op.create_table(
        "conversation",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("session_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("draft_identity", sa.String(), nullable=True),
        sa.Column("draft_since", MOMENT, nullable=True),
        sa.Column("nir_since", MOMENT, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_conversation_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_conversation"),
    )
    op.create_index("ix_conversation_draft_since", "conversation", ["draft_since"])
    op.create_index("ix_conversation_nir_since", "conversation", ["nir_since"])
    op.create_index("ix_conversation_updated_at", "conversation", ["updated_at"])
    op.create_table(
        "vote",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("voted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_vote_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", "version", "person_id", name="pk_vote"),
    )


def create_tickets() -> None:
    """What was asked."""
    op.create_table(
        "ticket_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_ticket_year"),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("siret", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("theme_label", sa.String(), nullable=False),
        sa.Column("motif_label", sa.String(), nullable=False),
        sa.Column("sous_motif_label", sa.String(), nullable=False),
        sa.Column("fund", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("assurance", sa.String(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ticket_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("reference", name="uq_ticket_reference"),
        sa.UniqueConstraint("year", "number", name="uq_ticket_year_number"),
    )
    op.create_index("ix_ticket_closed_at", "ticket", ["closed_at"])
    op.create_index("ix_ticket_filed_at", "ticket", ["filed_at"])
    op.create_index("ix_ticket_person_id_filed_at", "ticket", ["person_id", "filed_at"])
    op.create_index("ix_ticket_siret_filed_at", "ticket", ["siret", "filed_at"])
    op.create_index("ix_ticket_status_filed_at", "ticket", ["status", "filed_at"])


def create_ticket_parts() -> None:
    """Whom a ticket is about, and what was added to it."""
    op.create_table(
        "ticket_agent",
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answers_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("nir_fingerprint", sa.String(), nullable=True),
        sa.Column("fingerprint_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_ticket_agent_ticket_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "place", name="pk_ticket_agent"),
    )
    op.create_index("ix_ticket_agent_nir_fingerprint", "ticket_agent", ["nir_fingerprint"])
    op.create_table(
        "ticket_message",
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_ticket_message_ticket_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ticket_id", "place", name="pk_ticket_message"),
    )


def create_outbox() -> None:
    """What is to be delivered."""
    op.create_table(
        "outbox",
        sa.Column("id", COUNTER, nullable=False),
        sa.Column("seal_id", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("buried_at", MOMENT, nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_buried_at",
        "outbox",
        ["buried_at"],
        sqlite_where=BURIED,
        postgresql_where=BURIED,
    )
    op.create_index(
        "ix_outbox_lane", "outbox", ["lane", "id"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_index(
        "ix_outbox_sent_at", "outbox", ["sent_at"], sqlite_where=SENT, postgresql_where=SENT
    )
    op.create_index(
        "ix_outbox_waiting", "outbox", ["id"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def create_intake() -> None:
    """What came in."""
    op.create_table(
        "received",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("update_id", COUNTER, autoincrement=False, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "update_id", name="pk_received"),
    )
    op.create_index("ix_received_received_at", "received", ["received_at"])
    op.create_table(
        "channel_offset",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("next_update", COUNTER, nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_offset"),
    )
    op.create_table(
        "kept_aside",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("event_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("reference", name="pk_kept_aside"),
    )
    op.create_index("ix_kept_aside_kept_at", "kept_aside", ["kept_at"])
    op.create_table(
        "held_text",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_held_text"),
    )
    op.create_index("ix_held_text_held_until", "held_text", ["held_until"])


def create_unanswered() -> None:
    """What was asked in vain."""
    op.create_table(
        "unanswered",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unanswered"),
    )
    op.create_index("ix_unanswered_asked_at", "unanswered", ["asked_at"])


def create_journal() -> None:
    """Who did what; who holds what."""
    op.create_table(
        "audit",
        sa.Column("seq", COUNTER, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
