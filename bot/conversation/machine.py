"""The machine: the whole conversation as one table, and the function that follows it.

A row is a state; its columns are what can happen there: an event's type, a button's choice, or a
command. What holds in every state is the last row, `ANYWHERE`, looked up after the state's own.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation import profile_states, states
from bot.conversation.accounts import table as accounts
from bot.conversation.accounts.events import Attached
from bot.conversation.accounts.steps.guard import shown_out
from bot.conversation.choice import Choice
from bot.conversation.context import Context
from bot.conversation.events import (
    CodeChecked,
    CodeSent,
    Commanded,
    Corrected,
    Event,
    Leaked,
    MessageAdded,
    MessageCorrected,
    Notified,
    Opened,
    Picked,
    PieceCame,
    PieceKept,
    PressedStale,
    Returned,
    Sent,
    SimilarFound,
    TicketFiled,
    TicketOpened,
    TicketsListed,
    Typed,
)
from bot.conversation.flow import arrive
from bot.conversation.questions import is_withdrawn
from bot.conversation.rows import Key, Row, Step
from bot.conversation.states import State
from bot.conversation.steps import (
    anywhere,
    confirmation,
    corrections,
    description,
    follow,
    form,
    pieces,
    profile,
    reading,
    review,
    search,
    triage,
)
from bot.conversation.text import text
from bot.conversation.turn import Turn

TRANSITIONS: Mapping[type[State], Row] = {
    # Asking and reading: any text is a question.
    states.Idle: {
        Typed: search.asked,
        Leaked: search.asked_with_a_secret,
        PressedStale: review.sent_twice,
    },
    states.Browsing: {
        Typed: search.asked,
        Leaked: search.asked_with_a_secret,
        Choice.READ: reading.article_picked,
        Choice.MORE: search.more_wanted,
        Choice.NOT_FOUND: search.not_found,
    },
    states.Reading: {
        Typed: search.asked,
        Leaked: search.asked_with_a_secret,
        Choice.READ: reading.article_picked,
        Choice.USEFUL: reading.found_useful,
        Choice.USELESS: reading.found_useless,
        Choice.NOT_FOUND: reading.not_found,
        Choice.CONTACT: reading.contact_from_article,
        "/retour": anywhere.went_back_to_results,
    },
    states.BrowsingThemes: {
        Typed: search.asked,
        Leaked: search.asked_with_a_secret,
        Choice.THEME: search.theme_opened,
        Choice.READ: reading.article_picked,
        Choice.CONTACT: reading.contact_from_theme,
        "/retour": search.themes_wanted,
    },
    states.Asking: {
        Typed: search.asked,
        Leaked: search.asked_with_a_secret,
    },
    # On the way to the form.
    states.ChoosingSuggestion: {
        Typed: triage.label_typed,
        Choice.SUGGESTED: triage.sous_motif_picked,
        Choice.CHOOSE_ALL: triage.all_wanted,
        Choice.SEARCH: search.searched_instead,
    },
    states.ChoosingTheme: {
        Typed: triage.label_typed,
        Choice.THEME: triage.theme_picked,
        Choice.PAGE: triage.page_turned,
        Choice.SEARCH: search.searched_instead,
        Choice.CHOOSE_ALL: triage.all_wanted,
        "/retour": triage.went_back,
    },
    states.ChoosingMotif: {
        Typed: triage.label_typed,
        Choice.MOTIF: triage.motif_picked,
        Choice.PAGE: triage.page_turned,
        Choice.SEARCH: search.searched_instead,
        Choice.CHOOSE_ALL: triage.all_wanted,
        Choice.BACK: triage.went_back,
        "/retour": triage.went_back,
    },
    states.ChoosingSousMotif: {
        Typed: triage.label_typed,
        Choice.SOUS_MOTIF: triage.sous_motif_picked,
        Choice.PAGE: triage.page_turned,
        Choice.SEARCH: search.searched_instead,
        Choice.CHOOSE_ALL: triage.all_wanted,
        Choice.BACK: triage.went_back,
        "/retour": triage.went_back,
    },
    states.ConfirmingSousMotif: {
        Typed: triage.asked_on_the_way,
        Choice.READ: reading.article_picked_on_the_way,
        Choice.CONTINUE: triage.context_confirmed,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.CHANGE_FUND: triage.fund_changed,
        Choice.CHOOSE_ALL: triage.all_wanted,
        "/retour": triage.went_back,
    },
    states.ReadingFirst: {
        Typed: triage.asked_on_the_way,
        Choice.READ: reading.article_picked_on_the_way,
        Choice.CONTINUE: triage.help_passed,
        Choice.SOLVED: triage.solved,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.BACK: triage.went_back,
        "/retour": triage.went_back,
    },
    # The form.
    states.Filling: {
        Typed: form.answered,
        Choice.OPTION: form.option_picked,
        Choice.EMPLOYER: form.employer_picked,
        Choice.SKIP: form.skipped,
        Choice.NO_NIR: form.nir_missing,
        Choice.KEEP: form.kept,
        Choice.CHANGE: form.doubt_reopened,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.READ: reading.article_picked_on_the_way,
        Choice.BACK: form.went_back,
        "/retour": form.went_back,
    },
    states.Describing: {
        Typed: description.told,
        Leaked: description.secret_withheld,
        Attached: pieces.attached,
        Choice.KEEP: description.kept,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.ASIDE: description.aside_wanted,
        Choice.READ: reading.article_picked_on_the_way,
        Choice.BACK: form.went_back,
        "/retour": form.went_back,
    },
    states.AskingAside: {
        Typed: description.aside_asked,
        Choice.BACK: description.aside_left,
        "/retour": description.aside_left,
    },
    states.Reviewing: {
        Typed: review.asked_at_the_recap,
        Choice.READ: reading.article_picked_on_the_way,
        Choice.SEND: review.sent,
        TicketFiled: review.filed,
        SimilarFound: review.similar_found,
        Attached: pieces.attached,
        Choice.CHANGE: review.change_wanted,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.ADD_AGENT: review.agent_added,
        Choice.CONFIRM_EMAIL: confirmation.confirmation_wanted,
        Choice.EMPLOYER: review.employer_switched,
        Choice.ABANDON: anywhere.cancelled,
        "/retour": form.went_back,
    },
    states.ChoosingLine: {
        Choice.LINE: review.line_picked,
        Choice.REMOVE_AGENT: review.agent_removed,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.BACK: review.went_back,
        "/retour": review.went_back,
    },
    states.DecidingSimilar: {
        Choice.ADD_TO_SIMILAR: review.adding_to_similar,
        MessageAdded: review.added_to_similar,
        Choice.SEND_ANYWAY: review.sent_anyway,
        TicketFiled: review.filed,
        Choice.BACK: review.went_back,
        "/retour": review.went_back,
    },
    states.Leaving: {
        Choice.RESUME: review.resumed,
        Choice.ABANDON: review.abandoned,
        "/retour": review.resumed,
    },
    states.Resuming: {
        Choice.RESUME: review.resumed,
        Choice.ABANDON: review.abandoned,
    },
    # Afterwards.
    states.BrowsingTickets: {
        Typed: search.asked,
        Leaked: search.asked_with_a_secret,
        TicketsListed: follow.tickets_listed,
    },
    states.ReadingTicket: {
        Typed: search.asked,
        Leaked: pieces.secret_on_the_page,
        TicketOpened: follow.ticket_opened,
        Attached: pieces.attached_to_ticket,
        Choice.ADD_MESSAGE: follow.adding_wanted,
        Choice.WITHDRAW: follow.withdrawal_wanted,
        "/retour": follow.went_back_to_list,
    },
    states.AddingMessage: {
        Typed: follow.message_told,
        Attached: pieces.attached_to_ticket,
        MessageAdded: follow.message_added,
        Choice.BACK: follow.went_back,
        "/retour": follow.went_back,
    },
    states.Rating: {
        Typed: follow.score_explained,
        Choice.SKIP: follow.score_left,
        Choice.BACK: follow.went_back,
        "/retour": follow.went_back,
    },
    states.Withdrawing: {
        Choice.WITHDRAW_SURELY: follow.withdrawal_confirmed,
        TicketOpened: follow.withdrawn,
        Choice.BACK: follow.went_back,
        "/retour": follow.went_back,
    },
    # The profile.
    profile_states.BrowsingProfile: {
        Typed: search.asked,
        Leaked: search.asked_with_a_secret,
        Choice.EMPLOYER: profile.employer_switched,
        Choice.ADD_EMPLOYER: profile.employer_wanted,
        Choice.CHANGE_EMAIL: profile.email_wanted,
        Choice.CONFIRM_EMAIL: confirmation.confirmation_wanted,
    },
    profile_states.AddingEmployer: {
        Typed: profile.employer_told,
        Choice.BACK: profile.went_back,
        "/retour": profile.went_back,
    },
    profile_states.ChangingEmail: {
        Typed: profile.email_told,
        Choice.FORGET_EMAIL: profile.email_forgotten,
        Choice.BACK: profile.went_back,
        "/retour": profile.went_back,
    },
    profile_states.ConfirmingEmail: {
        CodeSent: confirmation.code_sent,
        Typed: confirmation.code_told,
        CodeChecked: confirmation.code_checked,
        Choice.CONFIRM_EMAIL: confirmation.confirmation_wanted,
        Choice.BACK: confirmation.went_back,
        "/retour": confirmation.went_back,
    },
    # The administrators' room.
    **accounts.ROWS,
}

ANYWHERE: Row = {
    "/start": anywhere.started,
    "/aide": anywhere.help_wanted,
    "/themes": search.themes_wanted,
    "/contact": search.contact_wanted,
    "/demandes": follow.tickets_wanted,
    "/profil": profile.profile_wanted,
    "/annuler": anywhere.cancelled,
    "/retour": anywhere.went_back,
    "/confidentialite": anywhere.privacy_wanted,
    Choice.THEMES: search.themes_wanted,
    Choice.TICKETS: follow.tickets_wanted,
    Choice.TICKET: follow.ticket_picked,
    Choice.ANSWER: follow.answer_wanted,
    Choice.RATE_TICKET: follow.rating_wanted,
    Choice.RATE: follow.score_picked,
    Choice.RESUME: review.resumed,
    Notified: follow.notified,
    PieceCame: pieces.came,
    PieceKept: pieces.kept,
    Corrected: corrections.corrected,
    MessageCorrected: corrections.message_corrected,
    "/joindre": pieces.how_wanted,
    Opened: anywhere.opened,
    Returned: anywhere.returned,
    Typed: anywhere.typed_beside,
    Picked: anywhere.pressed_stale,
    PressedStale: anywhere.pressed_stale,
    Commanded: anywhere.unknown_command,
    Sent: anywhere.could_not_read,
    Leaked: anywhere.secret_withheld,
    **accounts.ANYWHERE,
}


FROM_BESIDE = Notified | PieceCame | PieceKept
"""News of a ticket, and files that were sent a while ago: they come when they come."""


def advance(state: State, event: Event, context: Context) -> Turn[State]:
    """The step for what happened, from where the conversation stands.

    A sous-motif may have left the catalogue while its draft was open: the person is told, and
    chooses again. What comes from beside is heard before that, and before anybody is shown out.
    """
    draft = state.draft
    if (
        draft is not None
        and is_withdrawn(draft, context)
        and not isinstance(event, Leaked | FROM_BESIDE)
    ):
        fresh = states.ChoosingTheme(draft=replace(draft, path=""))
        return arrive(fresh, context, lead=text("choosing.withdrawn"))
    out = None if isinstance(event, FROM_BESIDE) else shown_out(state, event, context)
    if out is not None:
        return out
    return step_for(state, event)(state, event, context)


def step_for(state: State, event: Event) -> Step:
    """The step that the table names: the state's own, else that of everywhere."""
    row = TRANSITIONS[type(state)]
    for key in keys_of(event):
        if key in row:
            return row[key]
        if key in ANYWHERE:
            return ANYWHERE[key]
    raise LookupError(f"{type(state).__name__} does not expect {type(event).__name__}")


def keys_of(event: Event) -> tuple[Key, ...]:
    """The columns in which an event may stand, the most particular first."""
    match event:
        case Picked():
            return (event.choice, Picked)
        case Commanded():
            return (f"/{event.name}", Commanded)
        case _:
            return (type(event),)
