"""The register of accounts: employers, accounts, seats, invitations, reviews, reminders."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)

TABLES = ("employer", "account", "seat", "invitation", "review", "reminder", "upload")


def upgrade() -> None:
    create_accounts()
    create_links()
    create_reviews()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def create_accounts() -> None:
    op.create_table(
        "employer",
        sa.Column("siret", sa.String(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("siret", name="pk_employer"),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("siret", sa.String(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("leaving", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("holder_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.ForeignKeyConstraint(["siret"], ["employer.siret"], name="fk_account_siret"),
        sa.UniqueConstraint("siret", "identifier", name="uq_account_siret_identifier"),
    )
    op.create_index("ix_account_expires", "account", ["expires"])


def create_links() -> None:
    op.create_table(
        "seat",
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("siret", sa.String(), nullable=False),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("stand_in", sa.String(), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_seat"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_seat_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_seat_person_id", ondelete="CASCADE"
        ),
    )
    for column in ("person_id", "siret", "snoozed_until"):
        op.create_index(f"ix_seat_{column}", "seat", [column])
    op.create_table(
        "invitation",
        sa.Column("code_print", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("code_print", name="pk_invitation"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_invitation_account_id", ondelete="CASCADE"
        ),
    )
    for column in ("account_id", "expires_at"):
        op.create_index(f"ix_invitation_{column}", "invitation", [column])


def create_reviews() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("siret", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.ForeignKeyConstraint(["siret"], ["employer.siret"], name="fk_review_siret"),
    )
    op.create_index("ix_review_siret", "review", ["siret"])
    op.create_table(
        "reminder",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("messages", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "occasion", "told_on", name="pk_reminder"),
    )
    op.create_index("ix_reminder_told_on", "reminder", ["told_on"])
    op.create_table(
        "upload",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("siret", sa.String(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_upload_person_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_upload_sent_at", "upload", ["sent_at"])
