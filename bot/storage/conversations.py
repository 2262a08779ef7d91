"""Conversations: where each person stands, and how long a draft and its NIRs are kept."""

from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import col, select

from bot.conversation.session import (
    Session,
    drafts,
    holds_nir,
    session_without_draft,
    session_without_nirs,
)
from bot.storage.base import Row
from bot.storage.codec import UnreadableSessionError, session_from_json, session_to_json
from bot.storage.people import Acquaintances, Standing
from bot.storage.tables_requests import ConversationRow, PersonRow


class Kept(Protocol):
    """What is known of a conversation without opening it; a row of the table has it too."""

    @property
    def session_sealed(self) -> bytes: ...
    @property
    def turn(self) -> int: ...
    @property
    def draft_identity(self) -> str | None: ...
    @property
    def draft_since(self) -> datetime | None: ...
    @property
    def nir_since(self) -> datetime | None: ...


class Conversations(Acquaintances):
    """Sessions, sealed."""

    def load_session(
        self, person_id: str, now: datetime, *, draft_ttl: timedelta, nir_ttl: timedelta
    ) -> Session:
        """Where the person stands, less what is past its time, be it still on disk or not.

        What another version wrote and this one cannot read is a fresh session; its buttons
        stay stale, and `lost_session` tells.
        """
        kept = self._standing(person_id)
        if kept is None:
            return Session()
        draft_before, nir_before = now - draft_ttl, now - nir_ttl
        session = self._read(person_id, kept) or Session(turn=kept.turn)
        return less_what_is_past(session, kept, draft_before=draft_before, nir_before=nir_before)

    def left_open(
        self, channel: str, before: datetime, after: str, limit: int
    ) -> tuple[tuple[str, str], ...]:
        """Who has a draft open, did nothing since a moment, and can be written to, as identity and
        address: so many, in the order of their identities, `after` one of these."""
        found = (
            select(PersonRow.id, PersonRow.address)
            .join(ConversationRow, col(ConversationRow.person_id) == col(PersonRow.id))
            .where(
                col(ConversationRow.draft_since).is_not(None),
                col(ConversationRow.updated_at) < before,
                col(PersonRow.unreachable_since).is_(None),
                col(PersonRow.address).startswith(f"{channel}:", autoescape=True),
                col(PersonRow.id) > after,
            )
        )
        return tuple(self._session.exec(found.order_by(col(PersonRow.id)).limit(limit)).all())

    def lost_session(self, person_id: str) -> bool:
        """Whether what is stored for this person cannot be read by the present code."""
        kept = self._standing(person_id)
        return kept is not None and self._read(person_id, kept) is None

    def save_session(self, person_id: str, session: Session, now: datetime) -> None:
        """Keeps where the person stands, and since when a draft and a NIR are in it."""
        known = self._known(person_id)
        assert known is not None, "only who was met can have a conversation"
        values = self._written(person_id, known.standing, session, now)
        known.standing = Standing(**values)
        row = {"person_id": person_id, "updated_at": now, **values}
        self._later(ConversationRow, self._put_sessions, row)

    def _put_sessions(self, rows: list[Row]) -> None:
        self._put_all(ConversationRow, rows)

    def _standing(self, person_id: str) -> Standing | None:
        known = self._known(person_id)
        return None if known is None else known.standing

    def _written(
        self, person_id: str, before: Kept | None, session: Session, now: datetime
    ) -> dict[str, Any]:
        """A session as it is kept, following what was kept before."""
        identity = next((draft.identity for draft in drafts(session)), None)
        same = before is not None and before.draft_identity == identity
        since = before.draft_since if before is not None and same else now
        nir_since = before.nir_since if before is not None else None
        return {
            "session_sealed": self._seal(session_to_json(session), *_session_of(person_id)),
            "turn": session.turn,
            "draft_identity": identity,
            "draft_since": None if identity is None else since,
            "nir_since": (nir_since or now) if holds_nir(session) else None,
        }

    def _read(self, person_id: str, kept: Kept) -> Session | None:
        text = self._open(kept.session_sealed, *_session_of(person_id))
        try:
            return session_from_json(text)
        except UnreadableSessionError:
            return None


def less_what_is_past(
    session: Session, kept: Kept, *, draft_before: datetime, nir_before: datetime
) -> Session:
    """The session without a draft, or the NIRs of one, that began too long ago."""
    if kept.draft_since is not None and kept.draft_since <= draft_before:
        session = session_without_draft(session)
    if kept.nir_since is not None and kept.nir_since <= nir_before:
        session = session_without_nirs(session)
    return session


def _session_of(person_id: str) -> tuple[str, str, str]:
    return "conversation", person_id, "session"
