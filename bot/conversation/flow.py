"""Flow: what a step returns; how it moves to a state, stays there, or finds the next question."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from bot.conversation import questions, states
from bot.conversation.accounts.screens import ACCOUNT_SCREENS
from bot.conversation.accounts.states import BrowsingAccounts, EmployerState, ReadingAccount
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, FetchAttachment, Say
from bot.conversation.events import Commanded, Event, Picked
from bot.conversation.questions import FROM_PROFILE, Draft
from bot.conversation.screens import form, profile, search, tickets, triage
from bot.conversation.screens.layout import (
    WAYS_OUT_AFTER,
    Choice,
    ScreenEffects,
    button,
    button_column,
    button_row,
    ways_out,
    with_lead,
)
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
from bot.domain.errors import InvalidAnswerError

StateT_co = TypeVar("StateT_co", bound=State, covariant=True)
ArrivedT = TypeVar("ArrivedT", bound=State)


@dataclass(frozen=True, slots=True)
class Turn(Generic[StateT_co]):
    """The result of a step: the next state, and the effects that the help desk performs."""

    state: StateT_co
    effects: tuple[Effect, ...] = ()


TransitionKey = type[Event] | Choice | str
"""A column of the table: the type of an event, the choice of a button, or a command (`/aide`)."""
Step = Callable[[Any, Any, Context], Turn[State]]
"""A function from a state, an event and the context to a turn; its annotations are its contract."""
TransitionRow = Mapping[TransitionKey, Step]
"""What can happen in one state, and the step that handles each of it."""


def keys_of(event: Event) -> tuple[TransitionKey, ...]:
    """The columns that an event may stand in, the most specific first."""
    match event:
        case Picked():
            return (event.choice, Picked)
        case Commanded(name="retour"):  # the button « Retour », also where it is not shown
            return (Choice.BACK, "/retour")
        case Commanded():
            return (f"/{event.name}", Commanded)
        case _:
            return (type(event),)


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
"""The states in which any text is a question; an open draft waits meanwhile."""

Form = Filling | Describing | Reviewing
"""The states of a form."""

Beginning = ChoosingSuggestion | ChoosingTheme | Resuming
"""The states in which the way to a form begins."""

SCREENS: Mapping[type, Callable[[Any, Context], ScreenEffects]] = {
    states.Idle: search.idle_prompt,
    states.Browsing: search.results_list,
    states.Reading: search.article_page,
    states.BrowsingThemes: search.themes_page,
    states.Asking: search.question_prompt,
    states.ChoosingSuggestion: triage.suggestions,
    states.ChoosingTheme: triage.theme_choice,
    states.ChoosingMotif: triage.motif_choice,
    states.ChoosingSousMotif: triage.sous_motif_choice,
    states.ConfirmingSousMotif: triage.sous_motif_confirmation,
    states.ReadingFirst: triage.first_help,
    states.Filling: form.field_question,
    states.Describing: form.description_question,
    states.AskingAside: form.aside_question,
    states.Reviewing: form.recap_screen,
    states.ChoosingLine: form.line_choice,
    states.DecidingSimilar: form.similar_choice,
    states.Leaving: search.open_draft,
    states.Resuming: search.open_draft,
    states.BrowsingTickets: tickets.ask_for_list,
    states.ReadingTicket: tickets.ask_for_ticket,
    states.Addressing: tickets.addressee_question,
    states.AddingMessage: tickets.message_question,
    states.Rating: tickets.rating_question,
    states.Withdrawing: tickets.withdrawal_question,
    states.BrowsingProfile: profile.profile_page,
    states.AddingEmployer: profile.employer_question,
    states.ChangingEmail: profile.email_question,
    states.ConfirmingEmail: profile.code_question,
    **ACCOUNT_SCREENS,
}
"""The screen of each state. It depends on state and context only, so it can be shown again."""

SHORT_SCREENS: Mapping[type, Callable[[Any, Context], ScreenEffects]] = {
    states.Reading: search.closing_question,
    states.Browsing: search.results_again,
    states.ReadingFirst: triage.first_help_again,
    states.Reviewing: form.recap_again,
}
"""The screens after an interruption, where the long page need not be repeated."""


def arrive(
    state: ArrivedT, context: Context, *, lead: Text | None = None, before: tuple[Effect, ...] = ()
) -> Turn[ArrivedT]:
    """Move to a state: the effects `before`, then its screen, introduced by `lead`."""
    return _show(SCREENS[type(state)](state, context), state, lead, before)


def stay(
    state: ArrivedT, context: Context, *, lead: Text | None = None, before: tuple[Effect, ...] = ()
) -> Turn[ArrivedT]:
    """Stay in the state: the effects `before`, then what is awaited, introduced by `lead`."""
    screen = SHORT_SCREENS.get(type(state), SCREENS[type(state)])
    return _show(screen(state, context), state, lead, before)


def stay_aside(state: ArrivedT, context: Context, answer: Effect) -> Turn[ArrivedT]:
    """Stay in the state behind an answer; its button comes last, so that those of the screen keep
    their numbers (« Lire 1 » is the first)."""
    if not isinstance(answer, Ask):
        return stay(state, context, before=(answer,))
    turn = stay(state, context, before=(Say(answer.text),))
    last = turn.effects[-1]
    if not isinstance(last, Ask):
        return stay(state, context, before=(answer,))
    return Turn(state, (*turn.effects[:-1], replace(last, rows=last.rows + answer.rows)))


def refuse(
    state: ArrivedT,
    error: InvalidAnswerError,
    context: Context,
    *,
    length: int = 0,
    before: tuple[Effect, ...] = (),
) -> Turn[ArrivedT]:
    """Stay in the state and say why its answer cannot be taken; offer its readings, if several."""
    lead = readings_told(error.readings) or text(f"fault.{error.fault}", length=length)
    turn = ask_again(state, lead, context, before=before)
    return replace(turn, effects=offer_readings(turn.effects, error.readings))


def ask_again(
    state: ArrivedT, fault: Text, context: Context, *, before: tuple[Effect, ...] = ()
) -> Turn[ArrivedT]:
    """Stay in the state and say why the last text cannot be taken.

    The second time in a row a button is named, from the third on the ways to a person and out are
    shown: nobody reads the same refusal again and again.
    """
    if isinstance(state, Resting):
        return stay(state, context, lead=fault, before=before)
    state = replace(state, refused=state.refused + 1)
    *others, screen = stay(state, context).effects
    rows = screen.rows if isinstance(screen, Ask) else ()
    is_choice = fault.key == "anywhere.buttons_awaited"
    if state.refused >= WAYS_OUT_AFTER and isinstance(screen, Say | Ask):
        fault = text("stuck.choice_ways_out") if is_choice else text("stuck.leave", fault=fault)
        screen = Ask(screen.text, rows + ways_out(), getattr(screen, "awaits_text", True))
    elif state.refused > 1 and is_choice and rows:
        fault = text("stuck.choice", label=rows[0][0].label)
    return Turn(state, before + with_lead((*others, screen), fault))


def readings_told(readings: tuple[str, ...]) -> Text | None:
    """The sentence that asks which reading is meant; None without any."""
    if not readings:
        return None
    return text("fault.reading" if len(readings) == 1 else "fault.readings")


def offer_readings(screen: tuple[Effect, ...], readings: tuple[str, ...]) -> tuple[Effect, ...]:
    """The screen with a button for each reading of the last text: pressed, it is typed."""
    buttons = [
        button(Choice.READING, place, text("button.label", words=reading))
        for place, reading in enumerate(readings)
    ]
    if not buttons or not isinstance(screen[-1], Ask):
        return screen
    return (*screen[:-1], replace(screen[-1], rows=button_column(buttons) + screen[-1].rows))


def _show(
    screen: ScreenEffects, state: ArrivedT, lead: Text | None, before: tuple[Effect, ...]
) -> Turn[ArrivedT]:
    shown = screen if isinstance(screen, tuple) else (screen,)
    return Turn(state, before + with_lead(with_resume(state, shown), lead))


def mention(
    state: ArrivedT, said: Text, context: Context, before: tuple[Effect, ...] = ()
) -> Turn[ArrivedT]:
    """Say something without moving; outside the resting states what is awaited is shown again."""
    if isinstance(state, Resting):
        return Turn(state, before + with_resume(state, (Say(said),)))
    return stay(state, context, lead=said, before=before)


def with_resume(state: State, screen: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The screen with a button to resume the open draft, in the resting states."""
    if not isinstance(state, Resting) or state.draft is None or not screen:
        return screen
    resume, last = button_row(button(Choice.RESUME)), screen[-1]
    if isinstance(last, Ask):
        return (*screen[:-1], replace(last, rows=last.rows + resume))
    if isinstance(last, Say):
        return (*screen[:-1], Ask(last.text, resume))
    return screen


def show_account_list(
    state: EmployerState,
    context: Context,
    *,
    lead: Text | None = None,
    before: tuple[Effect, ...] = (),
) -> Turn[BrowsingAccounts]:
    """Move to the list of the employer's accounts."""
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=lead, before=before)


def proceed(
    draft: Draft, context: Context, *, lead: Text | None = None, before: tuple[Effect, ...] = ()
) -> Turn[Form]:
    """Move to the next open question of the form, or to the recap."""
    if not draft.notice_seen:
        before = (*before, *form.privacy_notice(context), *fetched_for(draft))
        draft = replace(draft, notice_seen=True, files=())
    open_questions = questions.pending(draft, context)
    state = state_of(draft, open_questions[0]) if open_questions else Reviewing(draft=draft)
    return arrive(state, context, lead=lead, before=before)


def fetched_for(draft: Draft) -> Iterator[FetchAttachment]:
    """The files that came with the question are fetched when its form begins."""
    for file in draft.files:
        yield FetchAttachment(
            document=file.document,
            name=file.name,
            caption=file.caption,
            identity=draft.identity,
            follows=True,
        )


def enter_questions(draft: Draft, context: Context) -> Turn[Form]:
    """Begin or go on with the questions of a form; the employer whom it is for is said first."""
    filled = questions.prefill(draft, context)
    employer = filled.answer("employer_name")
    if employer is None or employer.note != FROM_PROFILE or draft.answer("employer_name"):
        return proceed(filled, context)
    return proceed(filled, context, lead=text("noted.for_employer", name=employer.value))


def state_of(draft: Draft, question: questions.Question) -> Filling | Describing:
    """The state in which a question of the form is asked."""
    if question.field.kind == "description":
        return Describing(draft=draft)
    return Filling(draft=draft, key=question.field.key, agent=question.agent)


def begin(draft: Draft, state: State, context: Context) -> Turn[Beginning]:
    """Begin the way to a form; another open draft is offered first."""
    if state.draft is not None:
        return arrive(Resuming(draft=state.draft, next=draft), context)
    if not search.suggested(draft.question, context):
        return arrive(ChoosingTheme(draft=draft), context, lead=text("choosing.begin"))
    return arrive(ChoosingSuggestion(draft=draft), context)


def worth_keeping(draft: Draft | None) -> Draft | None:
    """The draft if the person has answered something in it, else None."""
    if draft is None or not draft.path:
        return None
    given = [answer for answer in draft.answers if answer.note != FROM_PROFILE]
    return draft if given or any(agent.answers for agent in draft.agents) else None
