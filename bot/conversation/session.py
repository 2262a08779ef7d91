"""A session: where one person stands, and which buttons their last turn offered."""

from dataclasses import dataclass, replace

from bot.conversation.accounts.states import (
    BrowsingAccounts,
    ChoosingEmployer,
    ConfirmingRecycling,
    DeletingAccount,
    Departing,
    EditingAccount,
    Importing,
    Inviting,
    ReadingAccount,
    RenewingAll,
    ReviewingAccounts,
    TakingLeave,
)
from bot.conversation.questions import Draft
from bot.conversation.states import (
    AddingEmployer,
    AddingMessage,
    Asking,
    Browsing,
    BrowsingProfile,
    BrowsingThemes,
    BrowsingTickets,
    ChangingEmail,
    ConfirmingEmail,
    Filling,
    Idle,
    Rating,
    Reading,
    ReadingTicket,
    Resuming,
    State,
    Withdrawing,
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A button on offer: its code, and its label as it was shown."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`turn` counts the turns that offered buttons: a button belongs to its turn.

    `standing` are the buttons of the last reminder, which belong to none; `asked` names the message
    in which the last question was written.
    """

    state: State = Idle()
    turn: int = 0
    offers: tuple[Offer, ...] = ()
    standing: tuple[Offer, ...] = ()
    asked: str = ""

    def with_standing(self, offers: tuple[Offer, ...]) -> "Session":
        """The session once another reminder is the last one."""
        return replace(self, standing=offers)


def drafts(session: Session) -> tuple[Draft, ...]:
    """The drafts that the state holds, the one at work first."""
    state = session.state
    behind = state.next if isinstance(state, Resuming) else None
    return tuple(draft for draft in (state.draft, behind) if draft is not None)


def holds_nir(session: Session) -> bool:
    return any(draft.holds_nir for draft in drafts(session))


def without_draft(session: Session) -> Session:
    """The session once its draft is past its time: a state that needs one falls to `Idle`.

    The turn stays and the offers go, so that the buttons about the draft are stale.
    """
    if not drafts(session):
        return session
    return replace(session, state=_state_without_draft(session.state), offers=())


def _state_without_draft(state: State) -> State:
    match state:
        case (
            Idle()
            | Browsing()
            | Reading()
            | BrowsingThemes()
            | Asking()
            | BrowsingTickets()
            | ReadingTicket()
            | AddingMessage()
            | Rating()
            | Withdrawing()
            | BrowsingProfile()
            | AddingEmployer()
            | ChangingEmail()
            | ConfirmingEmail()
            | ChoosingEmployer()
            | BrowsingAccounts()
            | ReadingAccount()
            | EditingAccount()
            | ConfirmingRecycling()
            | DeletingAccount()
            | ReviewingAccounts()
            | RenewingAll()
            | Departing()
            | Inviting()
            | TakingLeave()
            | Importing()
        ):
            return replace(state, draft=None)
        case _:
            return Idle()


def without_nirs(session: Session) -> Session:
    """The session once the NIRs in it are past their time; the person stays where they stand.

    Who was asked for a NIR's key is asked for the NIR again.
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
