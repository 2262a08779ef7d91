"""The first tables: everything, for nothing was released before."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

# A migration stands on its own: what the code calls these types may change, what was made with
# them stays.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
TABLES = sa.MetaData(naming_convention=NAMES)
MOMENT = sa.DateTime(timezone=True)
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What was written in the audit log stays as it was written, whoever is at the keyboard.
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
    TABLES.create_all(op.get_bind(), checkfirst=False)
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for guard in POSTGRESQL_GUARDS if on_postgresql else SQLITE_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    TABLES.drop_all(op.get_bind(), checkfirst=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse")


def table(name: str, *parts: sa.schema.SchemaItem, **options: Any) -> None:
    sa.Table(name, TABLES, *parts, **options)


def column(name: str, kind: Any, *parts: sa.schema.SchemaItem, **options: Any) -> sa.Column[Any]:
    """A column that always holds something, unless it says otherwise."""
    return sa.Column(name, kind, *parts, **{"nullable": False, **options})


def only_where(condition: str) -> dict[str, Any]:
    """The rows that an index holds."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


WAITING = only_where("sent_at IS NULL AND buried_at IS NULL")
SENT = only_where("sent_at IS NOT NULL")
BURIED = only_where("buried_at IS NOT NULL")


table(
    "attachment",
    column("identity", sa.String, primary_key=True),
    column("number", sa.Integer, primary_key=True, autoincrement=False),
    column("place", sa.Integer, nullable=True),
    column("type", sa.String),
    column("size", sa.Integer),
    column("about_sealed", sa.LargeBinary),
    column("content_sealed", sa.LargeBinary),
    column("sent_at", MOMENT),
)
table(
    "audit",
    column("seq", COUNTER, primary_key=True, autoincrement=False),
    column("at", MOMENT),
    column("who", sa.String),
    column("what", sa.String),
    column("subject", sa.String, index=True),
    column("detail", sa.String),
    column("previous", sa.String),
    column("hash", sa.String),
)
table(
    "begun_update",
    column("channel", sa.String, primary_key=True),
    column("update_id", COUNTER, primary_key=True, autoincrement=False),
    column("life", sa.String),
    column("times", sa.Integer),
    column("begun_at", MOMENT, index=True),
)
table(
    "channel_offset",
    column("channel", sa.String, primary_key=True),
    column("next_update", COUNTER),
)
table(
    "connector_mark",
    column("connector", sa.String, primary_key=True),
    column("mark", sa.String),
)
table(
    "employer",
    column("siret", sa.String, primary_key=True),
    column("name_sealed", sa.LargeBinary),
    column("created_at", MOMENT),
)
table(
    "failed_update",
    column("reference", sa.String, primary_key=True),
    column("address", sa.String),
    column("event_sealed", sa.LargeBinary),
    column("error", sa.String),
    column("failed_at", MOMENT, index=True),
)
table(
    "held_text",
    column("address", sa.String, primary_key=True),
    column("text_sealed", sa.LargeBinary),
    column("held_until", MOMENT, index=True),
)
table(
    "key_check",
    column("id", sa.Integer, primary_key=True, autoincrement=False),
    column("value_sealed", sa.LargeBinary),
)
table(
    "lease",
    column("name", sa.String, primary_key=True),
    column("holder", sa.String),
    column("held_until", MOMENT),
)
table(
    "mark",
    column("name", sa.String, primary_key=True),
    column("at", MOMENT),
)
table(
    "outbox",
    column("id", COUNTER, primary_key=True),
    column("seal_id", sa.String),
    column("lane", sa.String),
    column("kind", sa.String),
    column("payload_sealed", sa.LargeBinary),
    column("key", sa.String, nullable=True, unique=True),
    column("created_at", MOMENT),
    column("due_at", MOMENT),
    column("attempts", sa.Integer),
    column("leased_by", sa.String, nullable=True),
    column("leased_until", MOMENT, nullable=True),
    column("sent_at", MOMENT, nullable=True),
    column("buried_at", MOMENT, nullable=True),
    column("failure", sa.String, nullable=True),
    column("priority", sa.Integer, server_default="1"),
    sa.Index("ix_outbox_buried_at", "buried_at", **BURIED),
    sa.Index("ix_outbox_lane", "lane", "priority", "id", **WAITING),
    sa.Index("ix_outbox_sent_at", "sent_at", **SENT),
    sa.Index("ix_outbox_waiting", "id", **WAITING),
    sqlite_autoincrement=True,
)
table(
    "person",
    column("id", sa.String, primary_key=True),
    column("address", sa.String, unique=True),
    column("assurance", sa.String),
    column("email_sealed", sa.LargeBinary, nullable=True),
    column("unreachable_since", MOMENT, nullable=True),
    column("created_at", MOMENT),
)
table(
    "received",
    column("channel", sa.String, primary_key=True),
    column("update_id", COUNTER, primary_key=True, autoincrement=False),
    column("received_at", MOMENT, index=True),
)
table(
    "received_event",
    column("source", sa.String, primary_key=True),
    column("event_id", sa.String, primary_key=True),
    column("received_at", MOMENT, index=True),
)
table(
    "reminder",
    column("subject", sa.String, primary_key=True),
    column("occasion", sa.String, primary_key=True),
    column("told_on", sa.Date, primary_key=True, index=True),
    column("messages", sa.String),
)
table(
    "staff",
    column("address", sa.String, primary_key=True),
    column("name", sa.String),
    column("role", sa.String),
    column("added_at", MOMENT),
    column("removed_at", MOMENT, nullable=True),
)
table(
    "statistic",
    column("id", COUNTER, primary_key=True),
    column("seal_id", sa.String),
    column("kind", sa.String),
    column("subject", sa.String),
    column("words_sealed", sa.LargeBinary, nullable=True),
    column("at", MOMENT),
    sa.Index("ix_statistic_kind_at", "kind", "at"),
    sqlite_autoincrement=True,
)
table(
    "ticket_year",
    column("year", sa.Integer, primary_key=True, autoincrement=False),
    column("last_number", sa.Integer),
)
table(
    "unanswered",
    column("id", sa.String, primary_key=True),
    column("question", sa.String),
    column("outcome", sa.String),
    column("asked_at", MOMENT, index=True),
)
table(
    "account",
    column("id", sa.String, primary_key=True),
    column("siret", sa.String, sa.ForeignKey("employer.siret")),
    column("identifier", sa.String),
    column("role", sa.String),
    column("expires", sa.Date, index=True),
    column("estimated", sa.Boolean),
    column("leaving", sa.Boolean),
    column("version", sa.Integer),
    column("holder_sealed", sa.LargeBinary, nullable=True),
    column("deleted_at", MOMENT, nullable=True),
    sa.UniqueConstraint("siret", "identifier"),
)
table(
    "conversation",
    column(
        "person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    ),
    column("session_sealed", sa.LargeBinary),
    column("turn", sa.Integer),
    column("draft_identity", sa.String, nullable=True),
    column("draft_since", MOMENT, nullable=True, index=True),
    column("nir_since", MOMENT, nullable=True, index=True),
    column("updated_at", MOMENT, index=True),
)
table(
    "email_code",
    column("id", sa.String, primary_key=True),
    column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), index=True),
    column("email_print", sa.String, index=True),
    column("sent_at", MOMENT, index=True),
    column("tries", sa.Integer),
    column("used_at", MOMENT, nullable=True),
)
table(
    "person_employer",
    column(
        "person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    ),
    column("siret", sa.String, primary_key=True, index=True),
    column("place", sa.Integer),
    column("name_sealed", sa.LargeBinary),
)
table(
    "review",
    column("id", sa.String, primary_key=True),
    column("siret", sa.String, sa.ForeignKey("employer.siret"), index=True),
    column("content_sealed", sa.LargeBinary),
    column("begun_at", MOMENT),
    column("finished_at", MOMENT, nullable=True),
)
table(
    "ticket",
    column("id", sa.String, primary_key=True),
    column("reference", sa.String, unique=True),
    column("year", sa.Integer),
    column("number", sa.Integer),
    column("person_id", sa.String, sa.ForeignKey("person.id")),
    column("siret", sa.String),
    column("path", sa.String),
    column("theme_label", sa.String),
    column("motif_label", sa.String),
    column("sous_motif_label", sa.String),
    column("fund", sa.String, nullable=True),
    column("status", sa.String),
    column("assurance", sa.String),
    column("filed_at", MOMENT, index=True),
    column("updated_at", MOMENT),
    column("closed_at", MOMENT, nullable=True, index=True),
    column("content_sealed", sa.LargeBinary),
    column("queue", sa.String, nullable=True),
    column("taken_by", sa.String, nullable=True),
    column("follows", sa.String, nullable=True),
    column("score", sa.Integer, nullable=True),
    column("score_words_sealed", sa.LargeBinary, nullable=True),
    column("scored_at", MOMENT, nullable=True),
    sa.UniqueConstraint("year", "number"),
    sa.Index("ix_ticket_person_id_filed_at", "person_id", "filed_at"),
    sa.Index("ix_ticket_siret_filed_at", "siret", "filed_at"),
    sa.Index("ix_ticket_status_filed_at", "status", "filed_at"),
)
table(
    "upload",
    column("id", sa.String, primary_key=True),
    column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE")),
    column("siret", sa.String),
    column("content_sealed", sa.LargeBinary),
    column("sent_at", MOMENT, index=True),
)
table(
    "vote",
    column("slug", sa.String, primary_key=True),
    column("version", sa.String, primary_key=True),
    column(
        "person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    ),
    column("useful", sa.Boolean),
    column("voted_at", MOMENT),
)
table(
    "administrator_link",
    column(
        "account_id", sa.String, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    ),
    column("person_id", sa.String, sa.ForeignKey("person.id", ondelete="CASCADE"), index=True),
    column("siret", sa.String, index=True),
    column("linked_at", MOMENT),
    column("away_from", sa.Date, nullable=True),
    column("away_until", sa.Date, nullable=True),
    column("stand_in", sa.String),
    column("snoozed_until", sa.Date, nullable=True, index=True),
)
table(
    "invitation",
    column("code_print", sa.String, primary_key=True),
    column("account_id", sa.String, sa.ForeignKey("account.id", ondelete="CASCADE"), index=True),
    column("invited_by", sa.String),
    column("expires_at", MOMENT, index=True),
    column("used_at", MOMENT, nullable=True),
    column("revoked_at", MOMENT, nullable=True),
)
table(
    "staff_post",
    column("chat_id", sa.BigInteger, primary_key=True, autoincrement=False),
    column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    column("ticket_id", sa.String, sa.ForeignKey("ticket.id", ondelete="CASCADE"), index=True),
    column("place", sa.Integer, nullable=True),
)
table(
    "staff_topic",
    column(
        "ticket_id", sa.String, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    ),
    column("chat_id", sa.BigInteger),
    column("thread_id", sa.BigInteger),
    column("title", sa.String),
    column("closed", sa.Boolean),
    sa.Index("ix_staff_topic_thread", "chat_id", "thread_id", unique=True),
)
table(
    "ticket_agent",
    column(
        "ticket_id", sa.String, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    ),
    column("place", sa.Integer, primary_key=True, autoincrement=False),
    column("answers_sealed", sa.LargeBinary),
)
table(
    "ticket_copy",
    column("connector", sa.String, primary_key=True),
    column(
        "ticket_id", sa.String, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    ),
    column("part", sa.String, primary_key=True),
    column("their_id", sa.String),
    column("status", sa.String, nullable=True),
    column("at", MOMENT),
    sa.Index("ix_ticket_copy_their_id", "connector", "their_id"),
)
table(
    "ticket_happening",
    column(
        "ticket_id", sa.String, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    ),
    column("place", sa.Integer, primary_key=True, autoincrement=False),
    column("what", sa.String),
    column("who", sa.String),
    column("detail", sa.String),
    column("at", MOMENT, index=True),
)
table(
    "ticket_message",
    column(
        "ticket_id", sa.String, sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    ),
    column("place", sa.Integer, primary_key=True, autoincrement=False),
    column("author", sa.String),
    column("text_sealed", sa.LargeBinary),
    column("written_at", MOMENT),
    column("by", sa.String, nullable=True),
    column("internal", sa.Boolean, nullable=True),
    column("source", sa.String, nullable=True, index=True),
)
