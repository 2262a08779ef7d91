"""Screens: what the person sees of a state. A state alone decides it, so it can be shown again."""

from typing import assert_never

from bot.conversation import states
from bot.conversation.accounts import screens as accounts
from bot.conversation.accounts.states import AccountState
from bot.conversation.context import Context
from bot.conversation.effects import Effect
from bot.conversation.screens import form, profile, review, search, tickets, triage
from bot.conversation.states import ProfileState, State

Screen = tuple[Effect, ...]


def show(state: State, context: Context) -> Screen:
    """What a state shows when the conversation arrives at it."""
    if isinstance(state, AccountState):
        return accounts.show_accounts(state, context)
    if isinstance(state, ProfileState):
        return profile.profile_screen(state, context)
    match state:
        case states.Idle():
            return search.idle_prompt()
        case states.Browsing():
            return search.results_list(state, context)
        case states.Reading():
            return search.article_page(state, context)
        case states.BrowsingThemes():
            return search.themes_page(state, context)
        case states.Asking():
            return search.question_prompt()
        case states.Leaving() | states.Resuming():
            return search.open_draft(state, context)
        case states.BrowsingTickets() | states.ReadingTicket():
            return tickets.ask_for_tickets(state)
        case states.AddingMessage() | states.Withdrawing() | states.Rating():
            return tickets.ticket_action(state)
        case _:
            return _show_request(state, context)


def _show_request(state: "RequestState", context: Context) -> Screen:
    """The screens on the way from a question to a ticket."""
    match state:
        case states.ChoosingSuggestion():
            return triage.suggestions(state, context)
        case states.ChoosingTheme():
            return triage.theme_choice(state, context)
        case states.ChoosingMotif():
            return triage.motif_choice(state, context)
        case states.ChoosingSousMotif():
            return triage.sous_motif_choice(state, context)
        case states.ConfirmingSousMotif():
            return triage.sous_motif_confirmation(state, context)
        case states.ReadingFirst():
            return triage.first_help(state, context)
        case states.Filling():
            return form.field_question(state, context)
        case states.Describing():
            return form.description_question(state, context)
        case states.AskingAside():
            return form.aside_question()
        case states.Reviewing():
            return review.recap_screen(state, context)
        case states.ChoosingLine():
            return review.line_choice(state, context)
        case states.DecidingSimilar():
            return review.similar_choice(state)
        case _:
            assert_never(state)


RequestState = (
    states.ChoosingSuggestion
    | states.ChoosingTheme
    | states.ChoosingMotif
    | states.ChoosingSousMotif
    | states.ConfirmingSousMotif
    | states.ReadingFirst
    | states.Filling
    | states.Describing
    | states.AskingAside
    | states.Reviewing
    | states.ChoosingLine
    | states.DecidingSimilar
)


def remind(state: State, context: Context) -> Screen:
    """What a state shows again after an interruption: the whole, but for long pages."""
    match state:
        case states.Reading():
            return search.closing_question()
        case states.Browsing():
            return search.results_again(state, context)
        case states.ReadingFirst():
            return triage.first_help_again(state, context)
        case states.Reviewing():
            return review.recap_again(state, context)
        case _:
            return show(state, context)
