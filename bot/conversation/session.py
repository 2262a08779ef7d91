"""Session: one person's state, and the buttons that their last turn offered."""

from dataclasses import dataclass, replace

from bot.conversation.questions import Draft
from bot.conversation.states import DraftState, Filling, Idle, Resuming, State


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of the last screen: its code, and its label as it was shown."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person's conversation as it is stored between two turns.

    `turn` counts the turns that offered buttons: a button is valid in its own turn only. `standing`
    are the buttons of the last reminder, valid in any turn. `asked` is the message on the channel
    in which the last question was written.
    """

    state: State = Idle()
    turn: int = 0
    offers: tuple[Offer, ...] = ()
    standing: tuple[Offer, ...] = ()
    asked: str = ""

    def with_standing(self, offers: tuple[Offer, ...]) -> "Session":
        """The session with the buttons of a newer reminder."""
        return replace(self, standing=offers)


def drafts(session: Session) -> tuple[Draft, ...]:
    """The drafts in the session's state: the open one, then the one that waits behind it."""
    state = session.state
    behind = state.next if isinstance(state, Resuming) else None
    return tuple(draft for draft in (state.draft, behind) if draft is not None)


def holds_nir(session: Session) -> bool:
    return any(draft.holds_nir for draft in drafts(session))


def session_without_draft(session: Session) -> Session:
    """The session after its draft has expired.

    The turn number stays and the offers go, so that buttons about the draft are stale.
    """
    if not drafts(session):
        return session
    return replace(session, state=_state_without_draft(session.state), offers=())


def _state_without_draft(state: State) -> State:
    """The same state without its draft; `Idle` where the state exists with a draft only."""
    return Idle() if isinstance(state, DraftState) else replace(state, draft=None)


def session_without_nirs(session: Session) -> Session:
    """The session after its NIRs have expired; the person stays in the same state.

    If the key of a NIR was being asked, the NIR is asked again.
    """
    state = session.state
    match state:
        case Resuming(draft=draft, next=behind):
            kept = behind.without_nirs() if behind else None
            return replace(session, state=Resuming(draft=draft.without_nirs(), next=kept))
        case Filling(draft=draft, key="nir_key", agent=agent):
            asked = Filling(draft=draft.without_nirs(), key="nir", agent=agent)
            return replace(session, state=asked)
        case _ if state.draft is not None:
            return replace(session, state=replace(state, draft=state.draft.without_nirs()))
        case _:
            return session
