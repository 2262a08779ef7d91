"""Conversations: where each person stands, and how long a draft and its NIRs are kept."""

from datetime import datetime, timedelta

from bot.conversation.session import Session, drafts, holds_nir, without_draft, without_nirs
from bot.storage.codec import UnreadableSessionError, session_from_json, session_to_json
from bot.storage.desk import Desk
from bot.storage.tables import ConversationRow


class Conversations(Desk):
    """Sessions, sealed."""

    def load_session(
        self, person_id: str, now: datetime, *, draft_ttl: timedelta, nir_ttl: timedelta
    ) -> Session:
        """Where the person stands, less what is past its time, be it still on disk or not.

        What another version wrote and this one cannot read is a fresh session; its buttons
        stay stale, and `lost_session` tells.
        """
        row = self._session.get(ConversationRow, person_id)
        if row is None:
            return Session()
        return self._less_what_is_past(row, draft_before=now - draft_ttl, nir_before=now - nir_ttl)

    def lost_session(self, person_id: str) -> bool:
        """Whether what is stored for this person cannot be read by the present code."""
        row = self._session.get(ConversationRow, person_id)
        return row is not None and self._read(row) is None

    def save_session(self, person_id: str, session: Session, now: datetime) -> None:
        """Keeps where the person stands, and since when a draft and a NIR are in it."""
        row = self._session.get(ConversationRow, person_id)
        if row is None:
            row = ConversationRow(person_id=person_id, session_sealed=b"", turn=0, updated_at=now)
            self._session.add(row)
        self._write(row, session, now)
        row.updated_at = now
        self._session.flush()

    def _write(self, row: ConversationRow, session: Session, now: datetime) -> None:
        held = drafts(session)
        identity = held[0].identity if held else None
        if identity != row.draft_identity:
            row.draft_identity, row.draft_since = identity, now if held else None
        row.nir_since = (row.nir_since or now) if holds_nir(session) else None
        row.turn = session.turn
        row.session_sealed = self._seal(session_to_json(session), *_session_of(row.person_id))

    def _less_what_is_past(
        self, row: ConversationRow, *, draft_before: datetime, nir_before: datetime
    ) -> Session:
        session = self._read(row) or Session(turn=row.turn)
        if row.draft_since is not None and row.draft_since <= draft_before:
            session = without_draft(session)
        if row.nir_since is not None and row.nir_since <= nir_before:
            session = without_nirs(session)
        return session

    def _read(self, row: ConversationRow) -> Session | None:
        text = self._open(row.session_sealed, *_session_of(row.person_id))
        try:
            return session_from_json(text)
        except UnreadableSessionError:
            return None


def _session_of(person_id: str) -> tuple[str, str, str]:
    return "conversation", person_id, "session"
