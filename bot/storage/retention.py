"""Removes what is past its date, by the rules of `bot.domain.retention`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session as DatabaseSession
from sqlmodel import col, delete, func, or_, select

from bot.conversation.session import Session, abandoned_count, drafts
from bot.domain.delivery import TICKET_RESTRICTED
from bot.domain.retention import Retention
from bot.storage.attachments import Attachments
from bot.storage.base import Repository
from bot.storage.conversations import Conversations
from bot.storage.encryption import Encryption
from bot.storage.statistics import Statistics
from bot.storage.tables_accounts import (
    AccountRow,
    AdministratorLinkRow,
    InvitationRow,
    ReminderRow,
    UploadRow,
)
from bot.storage.tables_operations import (
    BegunUpdateRow,
    EmailCodeRow,
    FailedUpdateRow,
    HeldTextRow,
    OutboxEntry,
    ReceivedRow,
    RightsRequestRow,
    StatisticRow,
    UnansweredRow,
    WebLineRow,
    WebSessionRow,
)
from bot.storage.tables_requests import (
    ConversationRow,
    JoinCodeRow,
    OneTimePageRow,
    PersonRow,
    ReceivedEventRow,
    TicketRow,
    VoteRow,
)
from bot.storage.ticket_links import ALBUMS, ERRANDS
from bot.storage.web_transcript import WebTranscript


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How many of each were removed."""

    drafts: int
    nirs: int
    sessions: int
    outbox: int
    received: int
    held_texts: int
    kept_aside: int
    tickets: int
    unanswered: int
    uploads: int
    codes: int
    invitations: int
    pieces: int
    figures: int
    votes: int
    persons: int
    accounts: int
    web_lines: int
    rights: int


class PastDates(Repository):
    """The removal of what is past its date."""

    def __init__(
        self,
        session: DatabaseSession,
        encryption: Encryption,
        conversations: Conversations,
        attachments: Attachments,
        statistics: Statistics,
    ) -> None:
        super().__init__(session, encryption)
        self._conversations = conversations
        self._attachments = attachments
        self._statistics = statistics
        self._web = WebTranscript(session, encryption)

    def apply(self, now: datetime, rules: Retention) -> Removed:
        """Removes what is past its date; run again, it finds nothing more."""
        sessions = self._forget_sessions(now, now - rules.session)
        drafts, nirs = self._forget_drafts(now, rules)
        sent = self._delete(OutboxEntry.sent_at, now - rules.sent)
        other = col(OutboxEntry.failure).is_distinct_from(TICKET_RESTRICTED)
        buried = self._delete(OutboxEntry.buried_at, now - rules.buried, other)
        tickets = self._delete(
            TicketRow.closed_at, now - rules.ticket, col(TicketRow.restricted_at).is_(None)
        )
        return Removed(
            drafts=drafts,
            nirs=nirs,
            sessions=sessions,
            outbox=sent + buried,
            received=self._forget_received(now - rules.received),
            held_texts=self._delete(HeldTextRow.held_until, now - rules.held_text),
            kept_aside=self._delete(FailedUpdateRow.failed_at, now - rules.kept_aside),
            tickets=tickets,
            unanswered=self._delete(UnansweredRow.asked_at, now - rules.unanswered),
            codes=self._delete(EmailCodeRow.sent_at, now - rules.code)
            + self._delete(JoinCodeRow.expires_at, now - rules.code)
            + self._delete(OneTimePageRow.expires_at, now - rules.code),
            uploads=self._delete(UploadRow.sent_at, now - rules.upload),
            invitations=self._delete(InvitationRow.expires_at, now - rules.invitation),
            pieces=self._attachments.delete_orphans(),
            figures=self._delete(StatisticRow.at, now - rules.figure),
            votes=self._delete(VoteRow.voted_at, now - rules.vote),
            persons=self._forget_silent(now - rules.silent),  # behind their last ticket
            accounts=self._forget_accounts(now - rules.deleted_account),
            web_lines=self._web.forget(
                lines_before=now - rules.web, sessions_before=now - rules.session
            ),
            rights=self._delete(RightsRequestRow.closed_at, now - rules.rights),
        )

    def _forget_drafts(self, now: datetime, rules: Retention) -> tuple[int, int]:
        """Returns how many drafts went, and how many lost their NIRs only."""
        draft_before, nir_before = now - rules.draft, now - rules.nir
        past = or_(
            col(ConversationRow.draft_since) <= draft_before,
            col(ConversationRow.nir_since) <= nir_before,
        )
        rows = self._session.exec(select(ConversationRow).where(past).with_for_update()).all()
        gone = 0
        for row in rows:
            before = self._conversations.read(row)
            kept = self._conversations.without_past(
                row, draft_before=draft_before, nir_before=nir_before
            )
            self._conversations.write(row, kept, now)
            if row.draft_since is None:
                gone += 1
                self._count_expired(before, now)
        return gone, len(rows) - gone

    def _count_expired(self, session: Session, now: datetime) -> None:
        """Counts a form that was left and never taken up again as abandoned where it stood."""
        for draft in drafts(session):
            if draft.path:
                left = abandoned_count(draft, session.state)
                self._statistics.count(left.what, left.subject, now)

    def _forget_sessions(self, now: datetime, before: datetime) -> int:
        """Empties the sessions of people who did nothing for long; their turns count on."""
        silent = col(ConversationRow.updated_at) <= before
        rows = self._session.exec(select(ConversationRow).where(silent).with_for_update()).all()
        for row in rows:
            self._conversations.write(row, Session(turn=row.turn), now)
            row.updated_at = now
        return len(rows)

    def _forget_silent(self, before: datetime) -> int:
        """Erases who did nothing for long, of whom no ticket is left, and who is linked to no
        account (whoever is gets reminders); they are told nothing."""
        last = func.coalesce(PersonRow.seen_at, PersonRow.created_at)
        silent = select(PersonRow).where(
            last <= before,
            col(PersonRow.id).not_in(select(TicketRow.person_id)),
            col(PersonRow.id).not_in(select(AdministratorLinkRow.person_id)),
        )
        rows = self._session.exec(silent.with_for_update()).all()
        addresses = [one.address for row in rows for one in row.addresses]
        for column in (
            *(OutboxEntry.lane, HeldTextRow.address, FailedUpdateRow.address),
            *(WebLineRow.address, WebSessionRow.address),
        ):
            self._run(delete(column.class_).where(col(column).in_(addresses)))  # type: ignore[attr-defined]  # a column of a table
        self._run(delete(PersonRow).where(col(PersonRow.id).in_([row.id for row in rows])))
        return len(rows)

    def _forget_accounts(self, before: datetime) -> int:
        """Deletes what is left of accounts that were deleted long ago: identifier and reminders."""
        past = select(AccountRow.id).where(col(AccountRow.deleted_at) <= before)
        ids = self._session.exec(past).all()
        self._run(delete(ReminderRow).where(col(ReminderRow.subject).in_(ids)))
        self._run(delete(AccountRow).where(col(AccountRow.id).in_(ids)))
        return len(ids)

    def _forget_received(self, before: datetime) -> int:
        """Deletes marks of what was handled; what another system sends may come again years later,
        and its marks stay."""
        ours = col(ReceivedEventRow.source).in_((ERRANDS, ALBUMS))
        errands = delete(ReceivedEventRow).where(ours, col(ReceivedEventRow.received_at) <= before)
        gone = self._session.exec(errands).rowcount
        gone += self._delete(BegunUpdateRow.begun_at, before)
        return gone + self._delete(ReceivedRow.received_at, before)

    def _delete(self, moment: Any, before: datetime, *also: Any) -> int:
        """Deletes the rows in whose column `moment` nothing later stands than `before`, of those
        that are `also` so."""
        return self._session.exec(delete(moment.class_).where(moment <= before, *also)).rowcount
