"""Texts about an account: its status in words, and the questions about its fields."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

from bot.conversation.accounts.states import EditingAccount, Entry
from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask
from bot.conversation.screens.layout import button_column, button_row
from bot.conversation.texts import Text, text
from bot.domain.account import Account, AccountRole, AccountStanding, add_months, parse_identifier
from bot.domain.dates import format_date, parse_date
from bot.domain.people import parse_email, parse_name

ENTRY_QUESTIONS: Final = ("identifier", "first_name", "last_name", "email", "role", "expires")

RENEWED: Final = "renewed"
"""The key of the question for the last renewal, when nobody knows the expiry date."""

ESTIMATE: Final = "estimate"
"""The key of the question whether the date estimated from it is right."""


def account_standing(account: Account, context: Context) -> Text:
    """The status of an account: « expire dans 7 jours (30/11/2026) », or « date estimée »."""
    day = expiry_date(account.expires, estimated=account.estimated)
    match account.standing(context.today, context.rules.calendar.horizon):
        case AccountStanding.LEAVING:
            return text("accounts.to_delete", day=day)
        case AccountStanding.EXPIRED:
            return text("accounts.expired", day=day)
        case AccountStanding.EXPIRING:
            return countdown(account.days_left(context.today), day)
        case AccountStanding.ACTIVE:
            return text("accounts.active", day=day)


def countdown(days: int, day: Text) -> Text:
    """The distance of an expiry date: past, today, tomorrow, or in so many days."""
    match days:
        case 0:
            return text("accounts.expires_today", day=day)
        case 1:
            return text("accounts.expires_tomorrow", day=day)
        case _ if days < 0:
            return text("accounts.expired", day=day)
        case _:
            return text("accounts.expires_in", days=days, day=day)


def expiry_date(day: date, *, estimated: bool) -> Text:
    """The expiry date, marked where it is estimated."""
    key = "accounts.estimated_day" if estimated else "accounts.day"
    return text(key, day=format_date(day))


def account_line(account: Account, context: Context) -> Text:
    """One account in one line."""
    return text(
        "accounts.line",
        name=account.holder.name,
        identifier=account.identifier,
        role=text(f"role.{account.role}"),
        standing=account_standing(account, context),
    )


ENTRY_PARSERS: Final[dict[str, Callable[[Entry, str, Context], Entry]]] = {
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
"""By key: the entry with the typed text parsed into its field. Raises InvalidAnswerError."""


def next_entry_key(key: str) -> str:
    """The key of the question after another; empty after the last."""
    place = ENTRY_QUESTIONS.index(key) + 1 if key in ENTRY_QUESTIONS else len(ENTRY_QUESTIONS)
    return ENTRY_QUESTIONS[place] if place < len(ENTRY_QUESTIONS) else ""


def entry_question(state: EditingAccount) -> Ask:
    """The screen of a question, or the choice of the field to change."""
    back = button(Choice.BACK)
    match state.key:
        case "":
            fields = [
                button(Choice.FIELD, key, text("button.label", words=text(f"entry.{key}")))
                for key in ENTRY_QUESTIONS
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
