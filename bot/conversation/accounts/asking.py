"""The questions about one account: in which order, how each is put, how its answer is read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.conversation.accounts.states import EditingAccount, Entry
from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask
from bot.conversation.screens.layout import button_column, button_row
from bot.conversation.texts import text
from bot.domain.account import AccountRole, add_months, parse_identifier
from bot.domain.dates import format_date, parse_date
from bot.domain.people import parse_email, parse_name

QUESTIONS: Final = ("identifier", "first_name", "last_name", "email", "role", "expires")
RENEWED: Final = "renewed"
"""Asked in place of an expiry date that nobody knows: the last renewal."""
ESTIMATE: Final = "estimate"
"""The date reckoned from it, to be agreed to."""

PARSERS: Final[dict[str, Callable[[Entry, str, Context], Entry]]] = {
    "identifier": lambda entry, typed, _: replace(entry, identifier=parse_identifier(typed)),
    "first_name": lambda entry, typed, _: replace(entry, first_name=parse_name(typed)),
    "last_name": lambda entry, typed, _: replace(entry, last_name=parse_name(typed)),
    "email": lambda entry, typed, _: replace(entry, email=parse_email(typed)),
    "expires": lambda entry, typed, _: replace(entry, expires=parse_date(typed), estimated=False),
    "estimate": lambda entry, typed, _: replace(entry, expires=parse_date(typed), estimated=False),
    "renewed": lambda entry, typed, context: replace(
        entry, expires=add_months(parse_date(typed), context.rules.months), estimated=True
    ),
}


def next_key(key: str) -> str:
    """The question after another; empty behind the last."""
    place = QUESTIONS.index(key) + 1 if key in QUESTIONS else len(QUESTIONS)
    return QUESTIONS[place] if place < len(QUESTIONS) else ""


def entry_question(state: EditingAccount) -> Ask:
    """The question that is asked, or which line to change."""
    back = button(Choice.BACK)
    match state.key:
        case "":
            fields = [
                button(Choice.FIELD, key, text("button.label", words=text(f"entry.{key}")))
                for key in QUESTIONS
            ]
            return Ask(text("accounts.which_field"), button_column(fields) + button_row(back))
        case "role":
            roles = [button(Choice.ROLE, role, text(f"button.role_{role}")) for role in AccountRole]
            return Ask(text("entry.ask_role"), button_row(*roles) + button_row(back))
        case "email":
            ways = button_row(button(Choice.SKIP), back)
            return Ask(text("entry.ask_email"), ways, awaits_text=True)
        case "expires":
            ways = button_row(button(Choice.UNKNOWN_DATE), back)
            return Ask(text("entry.ask_expires"), ways, awaits_text=True)
        case "estimate":
            return _estimate(state)
        case _:
            return Ask(text(f"entry.ask_{state.key}"), button_row(back), awaits_text=True)


def _estimate(state: EditingAccount) -> Ask:
    expires = state.entry.expires
    assert expires is not None  # this question is asked of a date only
    day = format_date(expires)
    keep = button(Choice.DATE, expires.isoformat(), text("button.estimated_date", day=day))
    return Ask(text("entry.ask_estimate", day=day), button_row(keep, button(Choice.BACK)))
