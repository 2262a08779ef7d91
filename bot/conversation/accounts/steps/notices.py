"""The buttons under a reminder: hear of it later, have the dates in one's agenda."""

from datetime import timedelta

from bot.conversation.accounts.documents import expiry_calendar
from bot.conversation.context import Context
from bot.conversation.effects import RemindAgain, Say
from bot.conversation.events import Picked
from bot.conversation.flow import stay
from bot.conversation.states import State
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.dates import format_date

ALL = "all"
LATER = timedelta(days=7)


def snoozed(state: State, event: Picked, context: Context) -> Turn[State]:
    """« Me le rappeler dans une semaine »."""
    sirets = _meant(event.about, context)
    if not sirets:
        return stay(state, context, lead=text("accounts.not_yours"))
    until = context.today + LATER
    again = tuple(RemindAgain(siret, until) for siret in sirets)
    said = Say(text("notice.snoozed", day=format_date(until)))
    shown = stay(state, context, before=(said,))
    return Turn(state, (*again, *shown.effects))


def calendar_wanted(state: State, event: Picked, context: Context) -> Turn[State]:
    sirets = _meant(event.about, context)
    if not sirets:
        return stay(state, context, lead=text("accounts.not_yours"))
    document = expiry_calendar([context.houses[siret] for siret in sirets], context)
    return stay(state, context, before=(document,))


def _meant(about: str, context: Context) -> list[str]:
    """The employers that a button is about; never one that is not the person's."""
    if about == ALL:
        return list(context.houses)
    return [about] if about in context.houses else []
