"""The first tables: everything, for nothing was released before."""

from functools import partial
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

# What was written in the audit log stays as it was written, whoever is at the keyboard. Only what
# the newest cut by retention names, an entry of the log itself, may be taken away.
LAST_CUT = """
    COALESCE((SELECT CAST(subject AS bigint) FROM audit WHERE what = 'audit.cut'
    ORDER BY seq DESC LIMIT 1), 0)
"""
SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit {condition} "
    "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    for verb, condition in (("UPDATE", ""), ("DELETE", f"WHEN OLD.seq > {LAST_CUT}"))
)
POSTGRESQL_GUARDS = (
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_no_change BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
    f"""
    CREATE FUNCTION audit_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
    IF OLD.seq > {LAST_CUT} THEN RAISE EXCEPTION 'audit is append-only'; END IF;
    RETURN OLD;
    END $$
    """,
    """
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_delete()
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
        op.execute("DROP FUNCTION audit_refuse_delete")


def columns(kind: Any, *names: str, **options: Any) -> list[sa.Column[Any]]:
    """Columns of one kind, that always hold something unless the options say otherwise."""
    return [sa.Column(name, kind, **{"nullable": False, **options}) for name in names]


texts = partial(columns, sa.String)
numbers = partial(columns, sa.Integer)
big_numbers = partial(columns, sa.BigInteger)
counters = partial(columns, sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
flags = partial(columns, sa.Boolean)
days = partial(columns, sa.Date)
moments = partial(columns, sa.DateTime(timezone=True))
sealed = partial(columns, sa.LargeBinary)


def part_of(whole: str) -> sa.ForeignKeyConstraint:
    """The row is deleted with the row of the other table that it belongs to."""
    return sa.ForeignKeyConstraint([f"{whole}_id"], [f"{whole}.id"], ondelete="CASCADE")


def only_where(condition: str) -> dict[str, Any]:
    """The rows that an index holds."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


WAITING = only_where("sent_at IS NULL AND buried_at IS NULL")


def table(name: str, key: list[str], *parts: sa.schema.SchemaItem, **options: Any) -> None:
    """A table, the columns of its primary key, and what it is made of."""
    sa.Table(name, TABLES, *parts, sa.PrimaryKeyConstraint(*key), **options)


table(
    "attachment",
    ["identity", "number"],
    *texts("identity", "type", "mac"),
    *numbers("number", "size"),
    *numbers("place", nullable=True),
    *sealed("about_sealed", "content_sealed"),
    *moments("sent_at"),
)
table(
    "audit",
    ["seq"],
    *counters("seq", autoincrement=False),
    *moments("at"),
    *texts("who", "what", "detail", "previous", "hash"),
    *texts("subject", index=True),
)
table(
    "begun_update",
    ["channel", "update_id"],
    *texts("channel", "life"),
    *counters("update_id"),
    *numbers("times"),
    *moments("begun_at", index=True),
)
table("channel_offset", ["channel"], *texts("channel"), *counters("next_update"))
table("connector_mark", ["connector"], *texts("connector", "mark"))
table("employer", ["siret"], *texts("siret"), *sealed("name_sealed"), *moments("created_at"))
table("erasure", ["person_id"], *texts("person_id", "tickets", "mac"), *moments("at"))
table(
    "failed_update",
    ["reference"],
    *texts("reference", "address", "error", "mac"),
    *sealed("event_sealed"),
    *moments("failed_at", index=True),
)
table(
    "held_text",
    ["address"],
    *texts("address"),
    *sealed("text_sealed"),
    *moments("held_until", index=True),
)
table("key_check", ["id"], *numbers("id", autoincrement=False), *sealed("value_sealed"))
table("lease", ["name"], *texts("name", "holder"), *moments("held_until"))
table("mark", ["name"], *texts("name"), *moments("at"))
table(
    "outbox",
    ["id"],
    *counters("id"),
    *texts("seal_id", "lane", "kind"),
    *sealed("payload_sealed", nullable=True),
    *texts("key", nullable=True, unique=True),
    *moments("created_at", "due_at"),
    *numbers("attempts"),
    *texts("leased_by", "failure", nullable=True),
    *moments("leased_until", "sent_at", "buried_at", nullable=True),
    *numbers("priority", server_default="1"),
    sa.Index("ix_outbox_buried_at", "buried_at", **only_where("buried_at IS NOT NULL")),
    sa.Index("ix_outbox_lane", "lane", "priority", "id", **WAITING),
    sa.Index("ix_outbox_sent_at", "sent_at", **only_where("sent_at IS NOT NULL")),
    sa.Index("ix_outbox_waiting", "id", **WAITING),
    sqlite_autoincrement=True,
)
table(
    "person",
    ["id"],
    *texts("id", "mac"),
    *texts("home", unique=True),
    *sealed("email_sealed", nullable=True),
    *flags("email_confirmed"),
    *moments("unreachable_since", nullable=True),
    *moments("created_at"),
    *moments("seen_at", nullable=True, index=True),
)
table(
    "received",
    ["channel", "update_id"],
    *texts("channel"),
    *counters("update_id"),
    *moments("received_at", index=True),
)
table(
    "received_event",
    ["source", "event_id"],
    *texts("source", "event_id"),
    *moments("received_at", index=True),
)
table(
    "reminder",
    ["subject", "occasion", "told_on"],
    *texts("subject", "occasion", "messages"),
    *days("told_on", index=True),
)
table(
    "rights_request",
    ["number"],
    *numbers("number", autoincrement=False),
    *texts("kind", "mac"),
    *sealed("asker_sealed"),
    *days("received_on"),
    *days("due_on", index=True),
    *texts("outcome", nullable=True),
    *sealed("words_sealed", nullable=True),
    *moments("closed_at", nullable=True, index=True),
)
table(
    "service_notice",
    ["number"],
    *numbers("number", autoincrement=False),
    *texts("words", "mac"),
    *moments("starts_at"),
    *moments("ends_at", index=True),
)
table(
    "staff",
    ["address"],
    *texts("address", "name", "role", "mac"),
    *moments("added_at"),
    *moments("removed_at", nullable=True),
)
table(
    "statistic",
    ["id"],
    *counters("id"),
    *texts("seal_id", "kind", "subject"),
    *sealed("words_sealed", nullable=True),
    *moments("at"),
    sa.Index("ix_statistic_kind_at", "kind", "at"),
    sqlite_autoincrement=True,
)
table("ticket_year", ["year"], *numbers("year", autoincrement=False), *numbers("last_number"))
table("unanswered", ["id"], *texts("id", "question", "outcome"), *moments("asked_at", index=True))
table(
    "account",
    ["id"],
    *texts("id", "siret", "identifier", "role", "mac"),
    *days("expires", index=True),
    *days("leaves", nullable=True),
    *flags("estimated"),
    *numbers("version"),
    *sealed("holder_sealed", nullable=True),
    *moments("deleted_at", nullable=True),
    sa.ForeignKeyConstraint(["siret"], ["employer.siret"]),
    sa.UniqueConstraint("siret", "identifier"),
)
table(
    "conversation",
    ["person_id"],
    *texts("person_id"),
    *sealed("session_sealed"),
    *numbers("turn"),
    *texts("draft_identity", nullable=True),
    *moments("draft_since", "nir_since", nullable=True, index=True),
    *moments("updated_at", index=True),
    part_of("person"),
)
table(
    "email_code",
    ["id"],
    *texts("id", "mac"),
    *texts("person_id", "email_print", index=True),
    *moments("sent_at", index=True),
    *numbers("tries"),
    *moments("used_at", nullable=True),
    part_of("person"),
)
table(
    "person_address",
    ["address"],
    *texts("address", "mac"),
    *texts("person_id", index=True),
    *moments("since"),
    part_of("person"),
)
table(
    "join_code",
    ["code_print"],
    *texts("code_print", "mac"),
    *texts("person_id", index=True),
    *moments("expires_at", index=True),
    *moments("used_at", nullable=True),
    part_of("person"),
)
table(
    "one_time_page",
    ["token_print"],
    *texts("token_print", "address", "identity", "mac"),
    *texts("person_id", index=True),
    *numbers("agent"),
    *moments("expires_at", index=True),
    *moments("used_at", nullable=True),
    part_of("person"),
)
table(
    "person_employer",
    ["person_id", "siret"],
    *texts("person_id"),
    *texts("siret", index=True),
    *numbers("place"),
    *sealed("name_sealed"),
    part_of("person"),
)
table(
    "review",
    ["id"],
    *texts("id", "mac"),
    *texts("siret", index=True),
    *sealed("content_sealed"),
    *moments("begun_at"),
    *moments("finished_at", nullable=True),
    sa.ForeignKeyConstraint(["siret"], ["employer.siret"]),
)
table(
    "ticket",
    ["id"],
    *texts("id", "person_id", "siret", "path", "status", "assurance", "mac"),
    *texts("theme_label", "motif_label", "sous_motif_label"),
    *texts("reference", unique=True),
    *numbers("year", "number"),
    *texts("fund", "queue", "taken_by", "follows", nullable=True),
    *moments("filed_at", index=True),
    *moments("updated_at"),
    *moments("closed_at", nullable=True, index=True),
    *sealed("content_sealed"),
    *numbers("score", nullable=True),
    *sealed("score_words_sealed", nullable=True),
    *moments("scored_at", "restricted_at", nullable=True),
    sa.ForeignKeyConstraint(["person_id"], ["person.id"]),
    sa.UniqueConstraint("year", "number"),
    sa.Index("ix_ticket_person_id_filed_at", "person_id", "filed_at"),
    sa.Index("ix_ticket_siret_filed_at", "siret", "filed_at"),
    sa.Index("ix_ticket_status_filed_at", "status", "filed_at"),
)
table(
    "upload",
    ["id"],
    *texts("id", "person_id", "siret", "mac"),
    *sealed("content_sealed"),
    *moments("sent_at", index=True),
    part_of("person"),
)
table(
    "vote",
    ["slug", "version", "person_id"],
    *texts("slug", "version", "person_id"),
    *flags("useful"),
    *moments("voted_at"),
    part_of("person"),
)
table(
    "administrator_link",
    ["account_id"],
    *texts("account_id", "stand_in", "mac"),
    *texts("person_id", "siret", index=True),
    *moments("linked_at"),
    *days("away_from", "away_until", nullable=True),
    *days("snoozed_until", nullable=True, index=True),
    part_of("account"),
    part_of("person"),
)
table(
    "invitation",
    ["code_print"],
    *texts("code_print", "invited_by", "mac"),
    *texts("account_id", index=True),
    *moments("expires_at", index=True),
    *moments("used_at", "revoked_at", nullable=True),
    part_of("account"),
)
table(
    "staff_post",
    ["chat_id", "message_id"],
    *big_numbers("chat_id", "message_id"),
    *texts("ticket_id", index=True),
    *texts("mac"),
    *numbers("place", nullable=True),
    part_of("ticket"),
)
table(
    "staff_group",
    ["chat_id"],
    *texts("mac"),
    *big_numbers("chat_id", "became"),
)
table(
    "staff_topic",
    ["ticket_id"],
    *texts("ticket_id", "title", "mac"),
    *big_numbers("chat_id", "thread_id"),
    *flags("closed"),
    part_of("ticket"),
    sa.Index("ix_staff_topic_thread", "chat_id", "thread_id", unique=True),
)
table(
    "ticket_agent",
    ["ticket_id", "place"],
    *texts("ticket_id", "mac"),
    *numbers("place"),
    *sealed("answers_sealed"),
    part_of("ticket"),
)
table(
    "ticket_copy",
    ["connector", "ticket_id", "part"],
    *texts("connector", "ticket_id", "part", "their_id", "mac"),
    *texts("status", nullable=True),
    *moments("at"),
    part_of("ticket"),
    sa.Index("ix_ticket_copy_their_id", "connector", "their_id"),
)
table(
    "ticket_happening",
    ["ticket_id", "place"],
    *texts("ticket_id", "what", "who", "detail", "mac"),
    *numbers("place"),
    *moments("at", index=True),
    part_of("ticket"),
)
table(
    "ticket_message",
    ["ticket_id", "place"],
    *texts("ticket_id", "author", "mac"),
    *numbers("place"),
    *sealed("text_sealed"),
    *moments("written_at"),
    *texts("by", nullable=True),
    *flags("internal", nullable=True),
    *texts("source", nullable=True, index=True),
    part_of("ticket"),
)
table(
    "web_line",
    ["id"],
    *counters("id"),
    *texts("seal_id", "address", "key", "kind"),
    *sealed("content_sealed"),
    *moments("at", index=True),
    sa.Index("ix_web_line_address_id", "address", "id"),
    sqlite_autoincrement=True,
)
table(
    "web_session",
    ["secret_print"],
    *texts("secret_print"),
    *texts("address", index=True),
    *moments("began_at"),
    *moments("seen_at", index=True),
)
