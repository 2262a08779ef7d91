"""Moving on: arriving at a state with its screen, and finding the next question of a draft."""

from dataclasses import replace
from typing import TypeVar

from bot.conversation import questions
from bot.conversation.accounts.states import BrowsingAccounts, ReadingAccount
from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, Say
from bot.conversation.questions import FROM_PROFILE, Draft
from bot.conversation.screens.form import privacy_notice
from bot.conversation.screens.layout import button_row, with_lead
from bot.conversation.screens.screen import show_again, show_screen
from bot.conversation.states import (
    Browsing,
    BrowsingProfile,
    BrowsingThemes,
    BrowsingTickets,
    ChoosingSuggestion,
    ChoosingTheme,
    Describing,
    Filling,
    Idle,
    Reading,
    ReadingTicket,
    Resuming,
    Reviewing,
    State,
)
from bot.conversation.texts import Text, text
from bot.conversation.turn import Turn

Resting = (
    Idle
    | Browsing
    | Reading
    | BrowsingThemes
    | BrowsingTickets
    | ReadingTicket
    | BrowsingProfile
    | BrowsingAccounts
    | ReadingAccount
)
"""The states in which any text is a question, and an open draft waits aside."""

Form = Filling | Describing | Reviewing

Beginning = ChoosingSuggestion | ChoosingTheme | Resuming
"""Where the way to a form begins."""

ArrivedT = TypeVar("ArrivedT", bound=State)


def arrive(
    state: ArrivedT, context: Context, *, lead: Text | None = None, before: tuple[Effect, ...] = ()
) -> Turn[ArrivedT]:
    """Come to a state: what went before, then its screen, begun by a word about the last step."""
    screen = with_resume(state, show_screen(state, context))
    return Turn(state, before + with_lead(screen, lead))


def stay(
    state: ArrivedT, context: Context, *, lead: Text | None = None, before: tuple[Effect, ...] = ()
) -> Turn[ArrivedT]:
    """Remain where one is, and be reminded of what is awaited."""
    screen = with_resume(state, show_again(state, context))
    return Turn(state, before + with_lead(screen, lead))


def mention(state: State, said: Text, context: Context) -> Turn[State]:
    """A word in passing; who is in the middle of something is reminded of it."""
    if isinstance(state, Resting):
        return Turn(state, with_resume(state, (Say(said),)))
    return stay(state, context, lead=said)


def with_resume(state: State, screen: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """A draft left open stays one tap away from every screen."""
    if not isinstance(state, Resting) or state.draft is None or not screen:
        return screen
    resume, last = button_row(button(Choice.RESUME)), screen[-1]
    if isinstance(last, Ask):
        return (*screen[:-1], replace(last, rows=last.rows + resume))
    if isinstance(last, Say):
        return (*screen[:-1], Ask(last.text, resume, shows=last.shows))
    return screen


def proceed(
    draft: Draft, context: Context, *, lead: Text | None = None, before: tuple[Effect, ...] = ()
) -> Turn[Form]:
    """The next open question of the form, or the recap when there is none."""
    if not draft.notice_seen:
        draft, before = replace(draft, notice_seen=True), (*before, privacy_notice(context))
    return arrive(next_state(draft, context), context, lead=lead, before=before)


def next_state(draft: Draft, context: Context) -> Form:
    open_questions = questions.pending(draft, context)
    return state_of(draft, open_questions[0]) if open_questions else Reviewing(draft=draft)


def state_of(draft: Draft, question: questions.Question) -> Filling | Describing:
    """The state in which a question of the form is asked."""
    if question.field.kind == "description":
        return Describing(draft=draft)
    return Filling(draft=draft, key=question.field.key, agent=question.agent)


def begin(draft: Draft, state: State, context: Context) -> Turn[Beginning]:
    """Start on the way to a form, unless another draft lies open: then that one comes first."""
    if state.draft is not None:
        return arrive(Resuming(draft=state.draft, next=draft), context)
    if not context.knowledge.suggest(draft.question):
        return arrive(ChoosingTheme(draft=draft), context, lead=text("choosing.begin"))
    return arrive(ChoosingSuggestion(draft=draft), context)


def worth_keeping(draft: Draft | None) -> Draft | None:
    """A draft in which something was answered; less is no loss."""
    if draft is None or not draft.path:
        return None
    given = [answer for answer in draft.answers if answer.note != FROM_PROFILE]
    return draft if given or any(agent.answers for agent in draft.agents) else None
