"""The one-time page for a NIR: offered by a question in a chat, given here, never seen there.

`GET` uses nothing up: previews and mail scanners fetch every link. The token leaves the address at
once for a short-lived cookie, so that it stands in no history and no proxy's later logs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.app import App
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Say
from bot.conversation.events import GivenElsewhere
from bot.conversation.machine import advance
from bot.conversation.questions import NIR_KINDS
from bot.conversation.screens.form import asked_question
from bot.conversation.states import Filling
from bot.conversation.texts import Text, fill, unescape
from bot.services.helpdesk_config import IncomingEvent
from bot.storage.one_time_codes import OneTimePage
from bot.storage.store import Database

COOKIE: Final = "__Host-nir"
LASTS: Final = 15 * 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class NirAsked:
    """What the page asks: for which agent (from 1, of so many), or, with `is_key`, the key alone;
    `fault` says why the last try was refused."""

    agent: int
    agents: int
    is_key: bool = False
    fault: str = ""


class NirPages:
    """Used in the database thread alone; each method is one transaction."""

    def __init__(self, app: App) -> None:
        self._store = app.store
        self._helpdesk = app.helpdesk

    def asked(self, token: str, now: datetime) -> NirAsked | None:
        """What a page asks; None where the question waits for it no more."""
        with self._store.transaction() as db:
            found = self._find(db, token, now)
            return None if found is None else _asked(*found[1:])

    def give(self, token: str, value: str, now: datetime) -> NirAsked | None:
        """Takes a NIR as a turn of its chat, exactly once; what is still asked where it is refused,
        by the rules and with the sentences of the chat.

        Raises:
            LookupError: the question waits for it no more.
        """
        with self._store.transaction() as db:
            found = self._find(db, token, now)
            if found is None:
                raise LookupError
            page, state, context = found
            turn = advance(state, GivenElsewhere(value), context)
            after = turn.state
            if isinstance(after, Filling) and (after.key, after.agent) == (state.key, state.agent):
                said = next(one.text for one in turn.effects if isinstance(one, Say | Ask))
                return _asked(state, context, fault=_lead(said))
            db.one_time_codes.use_page(token, now)
            given = IncomingEvent(address=page.address, event=GivenElsewhere(value))
            self._helpdesk.receive_one(db, given, now)
            return None

    def _find(
        self, db: Database, token: str, now: datetime
    ) -> tuple[OneTimePage, Filling, Context] | None:
        page = db.one_time_codes.page(token, now)
        if page is None:
            return None
        session, context = self._helpdesk.look(db, page.address, now)
        state = session.state
        if not isinstance(state, Filling) or state.draft.identity != page.identity:
            return None
        is_asked = asked_question(state, context).field.kind in NIR_KINDS
        return (page, state, context) if is_asked and state.agent == page.agent else None


def _asked(state: Filling, context: Context, fault: str = "") -> NirAsked:
    kind = asked_question(state, context).field.kind
    agents = len(state.draft.agents)
    return NirAsked(
        agent=(state.agent or 0) + 1, agents=agents, is_key=kind == "nir_key", fault=fault
    )


def _lead(said: Text) -> str:
    """The sentence that introduces a screen: here, why the answer was refused."""
    lead = said.values.get("lead", said)
    return unescape(fill(lead if isinstance(lead, Text) else said))
