"""The tables of the register of accounts: employers, accounts, who is linked, what was told.

An account that is deleted keeps its row for three years, without its holder: its identifier is not
given again.
"""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Relationship

from bot.storage.base import Base, day, moment
from bot.storage.row_mac import ProtectedRow


class EmployerRow(Base, table=True):
    """An employer whose accounts are kept; its row is the lock of who changes them."""

    __tablename__ = "employer"

    siret: str = Field(primary_key=True)
    name_sealed: bytes
    created_at: datetime = moment()


class AccountRow(Base, ProtectedRow, table=True):
    """An account; `holder_sealed` holds whose it is, and whose it was first."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("siret", "identifier"),)

    id: str = Field(primary_key=True)
    siret: str = Field(foreign_key="employer.siret")
    identifier: str
    role: str
    expires: date = day(index=True)
    estimated: bool
    leaves: date | None = None
    version: int
    holder_sealed: bytes | None
    deleted_at: datetime | None = moment(default=None)
    mac: str = ""

    employer: EmployerRow = Relationship()


class AdministratorLinkRow(Base, ProtectedRow, table=True):
    """A person linked to the account that they hold; an account has one person at most."""

    __tablename__ = "administrator_link"

    account_id: str = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    person_id: str = Field(foreign_key="person.id", ondelete="CASCADE", index=True)
    siret: str = Field(index=True)
    linked_at: datetime = moment()
    away_from: date | None = day(default=None)
    away_until: date | None = day(default=None)
    stand_in: str = ""
    snoozed_until: date | None = day(default=None, index=True)
    mac: str = ""

    account: AccountRow = Relationship()


class InvitationRow(Base, ProtectedRow, table=True):
    """An invitation to be linked to an account; only a hash of its code is kept."""

    __tablename__ = "invitation"

    code_print: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", ondelete="CASCADE", index=True)
    invited_by: str
    expires_at: datetime = moment(index=True)
    used_at: datetime | None = moment(default=None)
    revoked_at: datetime | None = moment(default=None)
    mac: str = ""


class ReviewRow(Base, ProtectedRow, table=True):
    """A review of an employer's accounts; only one is open at a time."""

    __tablename__ = "review"

    id: str = Field(primary_key=True)
    siret: str = Field(foreign_key="employer.siret", index=True)
    content_sealed: bytes
    begun_at: datetime = moment()
    finished_at: datetime | None = moment(default=None)
    mac: str = ""


class ReminderRow(Base, table=True):
    """A reminder sent about an account (or an employer, by its SIRET); `messages` are the ids of
    its outbox rows, with commas between, empty where nobody could be told."""

    __tablename__ = "reminder"

    subject: str = Field(primary_key=True)
    occasion: str = Field(primary_key=True)
    told_on: date = day(primary_key=True, index=True)
    messages: str = ""


class UploadRow(Base, ProtectedRow, table=True):
    """A sheet that somebody sent, until they confirm its import."""

    __tablename__ = "upload"

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", ondelete="CASCADE")
    siret: str
    content_sealed: bytes
    sent_at: datetime = moment(index=True)
    mac: str = ""
