"""Absences: from when to when an administrator is away, and who stands in."""

from dataclasses import replace

from bot.conversation.accounts.screens import register_of, stand_ins
from bot.conversation.accounts.states import BrowsingAccounts, TakingLeave
from bot.conversation.accounts.steps.departures import holder_named
from bot.conversation.accounts.steps.edit import write_change
from bot.conversation.context import Context
from bot.conversation.events import Picked, RegisterChanged, Typed
from bot.conversation.flow import Turn, arrive, refuse, show_account_list, stay
from bot.conversation.questions import Draft
from bot.conversation.texts import text
from bot.domain.account_changes import TakeLeave
from bot.domain.dates import spell_date
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.periods import read_absence


def absence_told(
    siret: str, words: str, draft: Draft | None, context: Context
) -> Turn[TakingLeave]:
    """« Je pars en congés du 20 décembre au 3 janvier », or no more than `/conges`."""
    leave = TakingLeave(draft=draft, siret=siret)
    try:
        return _absence_read(leave, words, context)
    except InvalidAnswerError as error:
        is_silent = error.fault in (Fault.DATE_FORM, Fault.PERIOD_FORM) and not error.readings
        return arrive(leave, context) if is_silent else refuse(leave, error, context)


def absence_date_told(state: TakingLeave, event: Typed, context: Context) -> Turn[TakingLeave]:
    """Take the first day of the absence, then the last, or both from one sentence; then the name
    of who stands in."""
    if state.last is not None:
        named = holder_named(register_of(state, context), event.text, context)
        if named is None:
            return stay(state, context, lead=text("anywhere.buttons_awaited"))
        return _absence_taken(state, named.id, context)
    return _absence_read(state, event.text, context)


def _absence_read(state: TakingLeave, words: str, context: Context) -> Turn[TakingLeave]:
    """Read days among words, as of the first day where it is known. Raises InvalidAnswerError."""
    understood = read_absence(words, state.first or context.today)
    days = understood.value
    is_one_day = days.start == days.end
    if state.first is None and is_one_day:
        return arrive(replace(state, first=days.start), context)
    first = state.first if state.first is not None and is_one_day else days.start
    if days.end < first or days.end < context.today:
        return stay(state, context, lead=text("leave.backwards"))
    told = replace(state, first=first, last=days.end)
    named = holder_named(register_of(state, context), understood.aside, context)
    return _absence_taken(told, named.id, context) if named else arrive(told, context)


def _absence_taken(state: TakingLeave, stand_in: str, context: Context) -> Turn[TakingLeave]:
    """Record the absence if that account can stand in; else ask who does."""
    if stand_in not in {account.id for account in stand_ins(register_of(state, context), context)}:
        return arrive(state, context, lead=text("leave.cannot_stand_in"))
    return write_change(state, TakeLeave(first=state.first, last=state.last, stand_in=stand_in))


def stand_in_picked(state: TakingLeave, event: Picked, context: Context) -> Turn[TakingLeave]:
    if state.last is None:
        return stay(state, context, lead=text("anywhere.stale"))
    known = {account.id for account in stand_ins(register_of(state, context), context)}
    stand_in = event.about if event.about in known else ""
    return write_change(state, TakeLeave(first=state.first, last=state.last, stand_in=stand_in))


def absence_ended(state: TakingLeave, event: Picked, context: Context) -> Turn[TakingLeave]:
    """Record that the person is back."""
    cleared = replace(state, first=None, last=None)
    return write_change(cleared, TakeLeave(first=None, last=None))


def absence_recorded(
    state: TakingLeave, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    """Say who stands in; advise a second administrator where there is none."""
    if state.first is None or state.last is None:
        return show_account_list(state, context, lead=text("leave.returned"))
    key = "leave.noted" if stand_ins(register_of(state, context), context) else "leave.alone"
    lead = text(key, first=spell_date(state.first), last=spell_date(state.last))
    return show_account_list(state, context, lead=lead)
