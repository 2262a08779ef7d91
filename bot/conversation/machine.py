"""The machine: the transition table of the whole conversation, and `advance`, which applies it.

A row is a state; its columns are what can happen there: an event's type, a button's choice, or a
command. What holds in every state is the last row, `ANYWHERE`, looked up after the state's own.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation import states
from bot.conversation.accounts import table as accounts
from bot.conversation.accounts.states import ChoosingEmployer, EmployerState
from bot.conversation.accounts.steps.register import refuse_access
from bot.conversation.context import Context
from bot.conversation.events import (
    Attached,
    AttachmentFetched,
    AttachmentKept,
    CodeChecked,
    CodeSent,
    CodeUndelivered,
    Commanded,
    CorrectionAdded,
    Event,
    FromDesk,
    GivenElsewhere,
    Leaked,
    MessageAdded,
    MessageEdited,
    Notified,
    Opened,
    Picked,
    PressedStale,
    Replied,
    SimilarFound,
    TicketFiled,
    TicketOpened,
    TicketsListed,
    Typed,
    UnreadableSent,
    WindowJoined,
    WindowOffered,
)
from bot.conversation.flow import Step, TransitionRow, Turn, arrive, keys_of, refuse
from bot.conversation.questions import is_withdrawn
from bot.conversation.screens.layout import Choice
from bot.conversation.states import State
from bot.conversation.steps import (
    anywhere,
    description,
    form,
    own_requests,
    profile,
    review,
    search,
    tickets,
    triage,
    windows,
)
from bot.conversation.texts import text
from bot.domain.errors import InvalidAnswerError

QUESTION: TransitionRow = {
    Typed: own_requests.text_at_rest,
    Leaked: search.question_with_secret_asked,
    Attached: own_requests.file_at_rest,
}
"""Any text is a question, unless a request waits for an answer."""

IN_REQUEST: TransitionRow = {Attached: tickets.file_attached_to_draft}
"""A file goes to the request that is being written, whatever it asks meanwhile."""

CATALOGUE_CHOICE: TransitionRow = {
    **IN_REQUEST,
    Typed: triage.label_typed,
    Choice.SEARCH: search.searched_instead,
    Choice.CHOOSE_ALL: triage.all_themes_wanted,
    Choice.PAGE: triage.choice_page_turned,
    Choice.BACK: triage.went_up_a_level,
}
"""One of the three levels of the catalogue is chosen from."""

TRANSITIONS: Mapping[type[State], TransitionRow] = {
    # Asking and reading: any text is a question.
    states.Idle: {
        **QUESTION,
        PressedStale: review.request_sent_twice,
    },
    states.Browsing: {
        **QUESTION,
        Choice.READ: search.article_picked,
        Choice.MORE: search.more_results_wanted,
        Choice.THEME: search.theme_opened,
        Choice.NOT_FOUND: search.not_found_in_results,
    },
    states.Reading: {
        **QUESTION,
        Choice.READ: search.article_picked,
        Choice.READ_ON: search.rest_wanted,
        Choice.USEFUL: search.found_useful,
        Choice.USELESS: search.found_useless,
        Choice.NOT_FOUND: search.not_found_in_article,
        Choice.CONTACT: search.contact_from_article,
        Choice.BACK: anywhere.went_back_to_results,
    },
    states.BrowsingThemes: {
        **QUESTION,
        Choice.THEME: search.theme_opened,
        Choice.READ: search.article_picked,
        Choice.CONTACT: search.contact_from_theme,
        Choice.BACK: search.themes_wanted,
    },
    states.Asking: QUESTION,
    # On the way to the form.
    states.ChoosingSuggestion: {
        **IN_REQUEST,
        Typed: triage.label_typed,
        Choice.SUGGESTED: triage.sous_motif_picked,
        Choice.CHOOSE_ALL: triage.all_themes_wanted,
        Choice.SEARCH: search.searched_instead,
    },
    states.ChoosingTheme: {**CATALOGUE_CHOICE, Choice.THEME: triage.theme_picked},
    states.ChoosingMotif: {**CATALOGUE_CHOICE, Choice.MOTIF: triage.motif_picked},
    states.ChoosingSousMotif: {**CATALOGUE_CHOICE, Choice.SOUS_MOTIF: triage.sous_motif_picked},
    states.ConfirmingSousMotif: {
        **IN_REQUEST,
        Typed: triage.question_asked_on_the_way,
        Choice.READ: search.article_picked_on_the_way,
        Choice.CONTINUE: triage.context_confirmed,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.CHANGE_FUND: triage.fund_changed,
        Choice.CHOOSE_ALL: triage.all_themes_wanted,
        Choice.BACK: triage.went_up_a_level,
    },
    states.ReadingFirst: {
        **IN_REQUEST,
        Typed: triage.question_asked_on_the_way,
        Choice.READ: search.article_picked_on_the_way,
        Choice.CONTINUE: triage.help_passed,
        Choice.SOLVED: triage.solved_by_help,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.BACK: triage.went_up_a_level,
    },
    # The form.
    states.Filling: {
        **IN_REQUEST,
        Typed: form.answer_typed,
        GivenElsewhere: form.nir_given,
        Choice.LINE: review.line_picked,
        Choice.OPTION: form.option_picked,
        Choice.EMPLOYER: form.employer_picked,
        Choice.OTHER_EMPLOYER: review.other_employer_wanted,
        Choice.SKIP: form.field_skipped,
        Choice.NO_NIR: form.nir_missing,
        Choice.KEEP: form.answer_kept,
        Choice.CHANGE: form.doubt_reopened,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.READ: search.article_picked_on_the_way,
        Choice.BACK: form.previous_question_wanted,
    },
    states.Describing: {
        Typed: description.description_told,
        Choice.LINE: review.line_picked,
        Leaked: description.description_secret_withheld,
        **IN_REQUEST,
        Choice.KEEP: description.description_kept,
        Choice.SKIP: form.field_skipped,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.ASIDE: description.aside_wanted,
        Choice.EMPLOYER: review.request_employer_switched,
        Choice.OTHER_EMPLOYER: review.other_employer_wanted,
        Choice.READ: search.article_picked_on_the_way,
        Choice.BACK: form.previous_question_wanted,
    },
    states.AskingAside: {
        **IN_REQUEST,
        Typed: description.aside_asked,
        Choice.BACK: description.aside_left,
    },
    states.Reviewing: {
        Typed: review.typed_at_the_recap,
        Choice.LINE: review.line_picked,
        Choice.READ: search.article_picked_on_the_way,
        Choice.SEND: review.request_sent,
        TicketFiled: review.request_filed,
        SimilarFound: review.similar_found,
        **IN_REQUEST,
        Choice.CHANGE: review.change_wanted,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.ADD_AGENT: review.agent_added,
        Choice.CONFIRM_EMAIL: profile.confirmation_wanted,
        Choice.EMPLOYER: review.request_employer_switched,
        Choice.OTHER_EMPLOYER: review.other_employer_wanted,
        Choice.ABANDON: anywhere.cancel_commanded,
        Choice.BACK: form.previous_question_wanted,
    },
    states.ChoosingLine: {
        Choice.LINE: review.line_picked,
        Choice.REMOVE_AGENT: review.agent_removed,
        Choice.CHANGE_SOUS_MOTIF: triage.sous_motif_changed,
        Choice.BACK: review.went_back_to_form,
    },
    states.DecidingSimilar: {
        Choice.ADD_TO_SIMILAR: review.adding_to_similar,
        MessageAdded: review.added_to_similar,
        Choice.SEND_ANYWAY: review.request_sent_anyway,
        TicketFiled: review.request_filed,
        Choice.BACK: review.went_back_to_form,
    },
    states.Leaving: {
        Choice.RESUME: review.draft_resumed,
        Choice.ABANDON: review.draft_abandoned,
        Choice.BACK: review.draft_resumed,
    },
    states.Resuming: {
        Choice.RESUME: review.draft_resumed,
        Choice.ABANDON: review.draft_abandoned,
    },
    # Afterwards.
    states.BrowsingTickets: {
        **QUESTION,
        TicketsListed: own_requests.tickets_listed,
    },
    states.ReadingTicket: {
        Typed: own_requests.text_at_rest,
        Leaked: tickets.secret_typed_at_ticket,
        TicketOpened: tickets.ticket_opened,
        Attached: tickets.file_attached_to_ticket,
        Choice.ADD_MESSAGE: tickets.adding_wanted,
        Choice.WITHDRAW: tickets.withdrawal_wanted,
        Choice.BACK: tickets.went_back_to_tickets,
    },
    states.Addressing: {
        Typed: own_requests.text_joined,
        Choice.FOR_TICKET: own_requests.request_addressed,
        MessageAdded: tickets.message_added,
        Choice.OTHER_QUESTION: own_requests.question_meant,
        Choice.BACK: own_requests.addressing_left,
    },
    states.AddingMessage: {
        Typed: tickets.message_told,
        Attached: tickets.file_attached_to_ticket,
        MessageAdded: tickets.message_added,
        Choice.BACK: tickets.went_back_to_ticket,
    },
    states.Rating: {
        Typed: tickets.score_explained,
        Choice.SKIP: tickets.score_left,
        Choice.BACK: tickets.went_back_to_ticket,
    },
    states.Withdrawing: {
        Choice.WITHDRAW_SURELY: tickets.withdrawal_confirmed,
        TicketOpened: tickets.ticket_withdrawn,
        Choice.BACK: tickets.went_back_to_ticket,
    },
    # The profile.
    states.BrowsingProfile: {
        **QUESTION,
        Choice.EMPLOYER: profile.profile_employer_switched,
        Choice.ADD_EMPLOYER: profile.employer_wanted,
        Choice.CHANGE_EMAIL: profile.email_wanted,
        Choice.CONFIRM_EMAIL: profile.confirmation_wanted,
    },
    states.AddingEmployer: {
        Typed: profile.employer_told,
        Choice.BACK: profile.went_back_to_profile,
    },
    states.ChangingEmail: {
        Typed: profile.email_told,
        Choice.FORGET_EMAIL: profile.email_forgotten,
        Choice.BACK: profile.went_back_to_profile,
    },
    states.ConfirmingEmail: {
        CodeSent: profile.code_sent,
        Typed: profile.code_told,
        CodeChecked: profile.code_checked,
        CodeUndelivered: profile.code_lost,
        Choice.CONFIRM_EMAIL: profile.confirmation_wanted,
        Choice.BACK: profile.confirmation_left,
    },
    # The administrators' part.
    **accounts.ACCOUNT_ROWS,
}

ANYWHERE: TransitionRow = {
    "/start": anywhere.start_commanded,
    "/aide": anywhere.help_wanted,
    "/themes": search.themes_wanted,
    "/contact": search.contact_wanted,
    "/telephone": anywhere.phone_wanted,
    "/panne": anywhere.notices_wanted,
    "/demandes": own_requests.tickets_wanted,
    "/completer": own_requests.ticket_to_complete_wanted,
    "/retirer": own_requests.ticket_to_withdraw_wanted,
    "/profil": profile.profile_wanted,
    "/annuler": anywhere.cancel_commanded,
    "/retour": anywhere.nothing_to_go_back_to,
    "/confidentialite": anywhere.privacy_wanted,
    "/ailleurs": windows.window_wanted,
    "/relier": windows.joining_wanted,
    WindowOffered: windows.window_offered,
    WindowJoined: windows.window_joined,
    "/mes_donnees": anywhere.own_data_wanted,
    "/effacer_mes_donnees": anywhere.erasure_wanted,
    Choice.THEMES: search.themes_wanted,
    Choice.CONTACT: search.contact_wanted,
    Choice.PHONE: anywhere.phone_wanted,
    Choice.TICKETS: own_requests.tickets_wanted,
    Choice.TICKET: tickets.ticket_picked,
    Choice.ANSWER: tickets.answer_wanted,
    Choice.WITHDRAW_TICKET: own_requests.ticket_to_withdraw_wanted,
    Choice.RATE_TICKET: tickets.rating_wanted,
    Choice.RATE: tickets.score_picked,
    Choice.LEAVE: review.left_for_later,
    Choice.RESUME: review.draft_resumed,
    Notified: tickets.news_received,
    CodeUndelivered: profile.code_lost_elsewhere,
    Replied: own_requests.reply_given,
    MessageAdded: own_requests.reply_added,
    AttachmentFetched: tickets.file_fetched,
    AttachmentKept: tickets.file_kept,
    MessageEdited: tickets.message_edited,
    CorrectionAdded: tickets.correction_added,
    "/joindre": tickets.attaching_help_wanted,
    Opened: anywhere.conversation_opened,
    Choice.READING: anywhere.stale_button_pressed,  # in time its words are typed, see `interpret`
    Typed: anywhere.typed_beside,
    Picked: anywhere.stale_button_pressed,
    PressedStale: anywhere.stale_button_pressed,
    GivenElsewhere: anywhere.stale_button_pressed,
    Commanded: anywhere.unknown_command_given,
    UnreadableSent: anywhere.unreadable_sent,
    Leaked: anywhere.secret_withheld,
    **accounts.ACCOUNT_ANYWHERE,
}


FROM_BESIDE = FromDesk | AttachmentFetched | AttachmentKept
"""Events that come from outside the dialogue, at any time: news of a ticket, files that were
fetched.
"""


def advance(state: State, event: Event, context: Context) -> Turn[State]:
    """Apply one event to a state: the step of the table, and what it returns.

    Two checks come first, except for events from outside the dialogue: a draft whose sous-motif was
    removed from the catalogue needs another one, and who lost their access to an employer's
    register leaves it. If a step raises InvalidAnswerError, its fault is told and what is awaited
    is asked again.
    """
    if not isinstance(event, FROM_BESIDE):
        diverted = _divert(state, event, context)
        if diverted is not None:
            return diverted
    try:
        return step_for(state, event)(state, event, context)
    except InvalidAnswerError as error:
        if not isinstance(event, Typed | Replied):
            raise
        return refuse(state, error, context, length=len(event.text))


def _divert(state: State, event: Event, context: Context) -> Turn[State] | None:
    """The turn for whose sous-motif or register is no longer there; None for everybody else."""
    draft = state.draft
    if draft is not None and is_withdrawn(draft, context) and not isinstance(event, Leaked):
        fresh = states.ChoosingTheme(draft=replace(draft, path=""))
        return arrive(fresh, context, lead=text("choosing.withdrawn"))
    if isinstance(state, ChoosingEmployer | EmployerState):
        return refuse_access(state, event, context)
    return None


def step_for(state: State, event: Event) -> Step:
    """The step for an event: from the state's own row, else from `ANYWHERE`."""
    row = TRANSITIONS[type(state)]
    for key in keys_of(event):
        if key in row:
            return row[key]
        if key in ANYWHERE:
            return ANYWHERE[key]
    raise LookupError(f"{type(state).__name__} does not expect {type(event).__name__}")
