"""Screens: what the person sees of a state. A state alone decides it, so it can be shown again."""

from typing import assert_never

from bot.conversation import states
from bot.conversation.accounts import screens as accounts
from bot.conversation.accounts.states import AccountState
from bot.conversation.context import Context
from bot.conversation.effects import Effect
from bot.conversation.profile_states import ProfileState
from bot.conversation.screens import (
    article,
    choosing,
    profile,
    question,
    recap,
    resting,
    results,
    themes,
    tickets,
)
from bot.conversation.states import State

Screen = tuple[Effect, ...]


def show_screen(state: State, context: Context) -> Screen:
    """What a state shows when the conversation arrives at it."""
    if isinstance(state, AccountState):
        return accounts.show_accounts(state, context)
    if isinstance(state, ProfileState):
        return profile.profile_screen(state, context)
    match state:
        case states.Idle():
            return resting.idle_prompt()
        case states.Browsing():
            return results.results_list(state, context)
        case states.Reading():
            return article.article_page(state, context)
        case states.BrowsingThemes():
            return themes.themes_page(state, context)
        case states.Asking():
            return resting.question_prompt()
        case states.Leaving() | states.Resuming():
            return resting.open_draft(state, context)
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
            return choosing.suggestions(state, context)
        case states.ChoosingTheme():
            return choosing.theme_choice(state, context)
        case states.ChoosingMotif():
            return choosing.motif_choice(state, context)
        case states.ChoosingSousMotif():
            return choosing.sous_motif_choice(state, context)
        case states.ConfirmingSousMotif():
            return choosing.sous_motif_confirmation(state, context)
        case states.ReadingFirst():
            return choosing.first_help(state, context)
        case states.Filling():
            return question.field_question(state, context)
        case states.Describing():
            return question.description_question(state, context)
        case states.AskingAside():
            return question.aside_question()
        case states.Reviewing():
            return recap.recap_screen(state, context)
        case states.ChoosingLine():
            return recap.line_choice(state, context)
        case states.DecidingSimilar():
            return recap.similar_choice(state)
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


def show_again(state: State, context: Context) -> Screen:
    """What a state shows again after an interruption: the whole, but for long pages."""
    match state:
        case states.Reading():
            return article.closing_question()
        case states.Browsing():
            return results.results_again(state, context)
        case states.ReadingFirst():
            return choosing.first_help_again(state, context)
        case states.Reviewing():
            return recap.recap_again(state, context)
        case _:
            return show_screen(state, context)
