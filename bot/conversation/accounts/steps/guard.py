"""The guard of the administrators' room: who is not of the house any more is shown out."""

from typing import get_args

from bot.conversation.accounts.states import BrowsingAccounts, ChoosingEmployer, EmployerState
from bot.conversation.context import Context
from bot.conversation.events import AccountEvent, Event
from bot.conversation.flow import arrive
from bot.conversation.states import Idle, State
from bot.conversation.texts import text
from bot.conversation.turn import Turn

ANSWERS = get_args(AccountEvent)


def shown_out(state: State, event: Event, context: Context) -> Turn[Idle | BrowsingAccounts] | None:
    """Where a person goes whose link has ended, or whose account was deleted meanwhile."""
    if isinstance(state, ChoosingEmployer):
        return None if context.houses else _out(state, context)
    if not isinstance(state, EmployerState):
        return None
    if state.siret not in context.houses:
        return _out(state, context)
    account = getattr(state, "account", "")
    is_gone = bool(account) and context.houses[state.siret].account(account) is None
    if not is_gone or isinstance(event, ANSWERS):
        return None
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text("refusal.gone"))


def _out(state: State, context: Context) -> Turn[Idle]:
    return arrive(Idle(draft=state.draft), context, lead=text("accounts.not_yours"))
