"""Windows: one conversation in a chat and in a browser, joined by a code and never by a claim."""

from bot.conversation.context import Context
from bot.conversation.effects import JoinWindow, OfferWindow, Say
from bot.conversation.events import Commanded, Joining, WindowJoined, WindowOffered
from bot.conversation.flow import Turn, arrive, mention, stay, worth_keeping
from bot.conversation.screens.form import recap_lines
from bot.conversation.states import Resuming, State
from bot.conversation.texts import text

JOIN_LINK = "l_"
"""How the payload of a link begins that joins the chat with another window."""


def window_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/ailleurs`: a code, and the links that hold it."""
    return Turn(state, (OfferWindow(),))


def window_offered(state: State, event: WindowOffered, context: Context) -> Turn[State]:
    """Say where the conversation can go on, and how."""
    rules, code = context.rules, event.code
    web = telegram = text("window.typed", code=code)
    if rules.web:
        web = text("window.offer_web", link=f"{rules.web}/rejoindre/{code}")
    if rules.link:
        link = f"{rules.link}?start={JOIN_LINK}{code}"
        telegram = text("window.offer_telegram", link=link, code=code)
    return mention(state, text("window.offer", web=web, telegram=telegram, code=code), context)


def joining_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/relier` and a code."""
    if not event.payload:
        return mention(state, text("window.which"), context)
    return join(state, event.payload)


def join(state: State, code: str) -> Turn[State]:
    return Turn(state, (JoinWindow(code),))


def window_joined(state: State, event: WindowJoined, context: Context) -> Turn[State | Resuming]:
    """Say what came of the code; of two open requests the one of this window goes on."""
    if event.joining is not Joining.JOINED:
        is_same = event.joining is Joining.SAME
        return mention(state, text("window.same" if is_same else "window.unknown"), context)
    lead, other = text("window.joined"), worth_keeping(event.draft)
    if other is None:
        return mention(state, lead, context)
    if worth_keeping(state.draft) is None:
        return arrive(Resuming(draft=other), context, lead=lead)
    lines = tuple(text("recap.line", line=line) for line in recap_lines(other, context))
    said = Say(text("window.joined_other", lead=lead, lines=lines))
    return stay(state, context, before=(said,))
