"""Conversations: where each person stands, and how long a draft and its NIRs are kept."""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from bot.conversation.session import (
    PARTS_WITHIN,
    PRESSED_WITHIN,
    NumberPart,
    Offer,
    Session,
    drafts,
    holds_nir,
    session_without_draft,
    session_without_nirs,
)
from bot.conversation.states import State
from bot.storage.base import Repository
from bot.storage.tables_requests import ConversationRow, PersonRow


class UnreadableSessionError(Exception):
    """A stored session does not fit the present code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredSession:
    state: Annotated[State, Field(discriminator="kind")]
    turn: int
    offers: tuple[Offer, ...]
    standing: tuple[Offer, ...] = ()
    asked: str = ""
    number_part: NumberPart | None = None
    pressed: str = ""


_SESSIONS = TypeAdapter(_StoredSession)


class Conversations(Repository):
    """Sessions, sealed; read and written by every turn."""

    def load(
        self, person_id: str, now: datetime, *, draft_ttl: timedelta, nir_ttl: timedelta
    ) -> Session:
        """Returns where the person stands, less what is past its time, be it still on disk or not.

        What another version wrote and this one cannot read is a fresh session; its buttons
        stay stale.
        """
        row = self._session.get_one(PersonRow, person_id).conversation
        if row is None:
            return Session()
        draft_before, nir_before = now - draft_ttl, now - nir_ttl
        session = self.without_past(row, draft_before=draft_before, nir_before=nir_before)
        if row.updated_at < now - PRESSED_WITHIN:
            session = replace(session, pressed="")
        is_late = row.updated_at < now - PARTS_WITHIN
        return replace(session, number_part=None) if is_late else session

    def save(self, person_id: str, session: Session, now: datetime) -> None:
        """Keeps where the person stands, and since when a draft and a NIR are in it."""
        person = self._session.get_one(PersonRow, person_id)
        if person.conversation is None:
            person.conversation = ConversationRow(
                person_id=person_id, session_sealed=b"", turn=0, updated_at=now
            )
        self.write(person.conversation, session, now)
        person.conversation.updated_at = now

    def write(self, row: ConversationRow, session: Session, now: datetime) -> None:
        """Puts a session into its row; a draft and a NIR that were there before keep their age."""
        identity = next((draft.identity for draft in drafts(session)), None)
        if identity is None:
            row.draft_since = None
        elif row.draft_identity != identity or row.draft_since is None:
            row.draft_since = now
        row.draft_identity = identity
        if holds_nir(session):
            row.nir_since = row.nir_since or now
        else:
            row.nir_since = now if session.number_part else None
        row.turn = session.turn
        row.session_sealed = self._seal(session_to_json(session), *_session_of(row.person_id))

    def read(self, row: ConversationRow) -> Session:
        """Returns the whole session of a row; a fresh one where the present code cannot read it."""
        text = self._open(row.session_sealed, *_session_of(row.person_id))
        try:
            return session_from_json(text)
        except UnreadableSessionError:
            return Session(turn=row.turn)

    def without_past(
        self, row: ConversationRow, *, draft_before: datetime, nir_before: datetime
    ) -> Session:
        """Returns a row's session without a draft, or the NIRs of one, that began too long ago."""
        session = self.read(row)
        if row.draft_since is not None and row.draft_since <= draft_before:
            session = session_without_draft(session)
        if row.nir_since is not None and row.nir_since <= nir_before:
            session = session_without_nirs(session)
        return session


def _session_of(person_id: str) -> tuple[str, str, str]:
    return "conversation", person_id, "session"


def session_to_json(session: Session) -> str:
    """States are told apart by their `kind`."""
    return _SESSIONS.dump_json(_StoredSession(**_parts(session))).decode()


def session_from_json(text: str) -> Session:
    """Raises UnreadableSessionError: another version of the desk wrote it, and it does not fit."""
    try:
        stored = _SESSIONS.validate_json(text)
    except ValidationError:
        # Its message quotes what was typed: it must not reach a log.
        raise UnreadableSessionError from None
    return Session(**_parts(stored))


def _parts(session: Session | _StoredSession) -> dict[str, Any]:
    return {field.name: getattr(session, field.name) for field in fields(Session)}
