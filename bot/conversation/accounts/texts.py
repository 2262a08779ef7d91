"""Accounts in words: the status of one, the questions about its fields, a reminder of several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bot.conversation.accounts.states import EditingAccount, Entry
from bot.conversation.context import Context
from bot.conversation.effects import Ask
from bot.conversation.screens.layout import (
    NOTHING,
    Choice,
    button,
    button_column,
    button_row,
    shorten_list,
)
from bot.conversation.texts import Text, text
from bot.domain.account import (
    Account,
    AccountRole,
    AccountStanding,
    add_months,
    read_account_identifier,
)
from bot.domain.dates import format_date, read_event_date
from bot.domain.names import read_first_name, read_last_name
from bot.domain.people import Employer, read_email

ENTRY_QUESTIONS: Final = ("identifier", "last_name", "first_name", "email", "role", "expires")

RENEWED: Final = "renewed"
"""The key of the question for the last renewal, when nobody knows the expiry date."""

ESTIMATE: Final = "estimate"
"""The key of the question whether the date estimated from it is right."""


def account_standing(account: Account, context: Context) -> Text:
    """The status of an account: « expire dans 7 jours (30/11/2026) », or « date estimée »."""
    standing = account_state(account, context)
    if account.leaves is None or account.is_leaving(context.today):
        return standing
    return text("accounts.leaves", standing=standing, day=format_date(account.leaves))


def account_state(account: Account, context: Context) -> Text:
    """The same without a departure that is to come."""
    day = expiry_date(account)
    match account.standing(context.today, context.rules.calendar.horizon):
        case AccountStanding.LEAVING:
            return text("accounts.to_delete", day=day)
        case AccountStanding.EXPIRED:
            return text("accounts.expired", day=day)
        case AccountStanding.EXPIRING:
            return countdown(account, context.today)
        case AccountStanding.ACTIVE:
            return text("accounts.active", day=day)


def countdown(account: Account, today: date) -> Text:
    """The distance of an expiry date: past, today, tomorrow, or in so many days."""
    days, day = account.days_left(today), expiry_date(account)
    match days:
        case 0:
            return text("accounts.expires_today", day=day)
        case 1:
            return text("accounts.expires_tomorrow", day=day)
        case _ if days < 0:
            return text("accounts.expired", day=day)
        case _:
            return text("accounts.expires_in", days=days, day=day)


def expiry_date(account: Account) -> Text:
    """The expiry date, marked where it is estimated."""
    key = "accounts.estimated_day" if account.estimated else "accounts.day"
    return text(key, day=format_date(account.expires))


def account_line(account: Account, standing: Text) -> Text:
    """One account in one line."""
    return text(
        "accounts.line",
        name=account.holder.name,
        identifier=account.identifier,
        role=text(f"role.{account.role}"),
        standing=standing,
    )


def _expiring(entry: Entry, typed: str, context: Context) -> Entry:
    day = read_event_date(typed, context.today).value
    return replace(entry, expires=day, estimated=False)


ENTRY_PARSERS: Final[dict[str, Callable[[Entry, str, Context], Entry]]] = {
    "identifier": lambda entry, typed, _: replace(
        entry, identifier=read_account_identifier(typed).value
    ),
    "first_name": lambda entry, typed, _: replace(
        entry, first_name=read_first_name(typed, entry.last_name).value
    ),
    "last_name": lambda entry, typed, _: replace(
        entry, last_name=read_last_name(typed, entry.first_name).value
    ),
    "email": lambda entry, typed, _: replace(entry, email=read_email(typed).value),
    "expires": _expiring,
    "estimate": _expiring,
    "renewed": lambda entry, typed, context: replace(
        entry,
        expires=add_months(read_event_date(typed, context.today).value, context.rules.months),
        estimated=True,
    ),
}
"""By key: the entry with the typed text parsed into its field. Raises InvalidAnswerError."""


def next_entry_key(key: str) -> str:
    """The key of the question after another; empty after the last."""
    place = ENTRY_QUESTIONS.index(key) + 1 if key in ENTRY_QUESTIONS else len(ENTRY_QUESTIONS)
    return ENTRY_QUESTIONS[place] if place < len(ENTRY_QUESTIONS) else ""


def entry_question(state: EditingAccount, context: Context) -> Ask:
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
            expires = state.entry.expires
            assert expires is not None  # this question is asked of a date only
            label = text("button.estimated_date", day=format_date(expires))
            keep = button(Choice.DATE, expires.isoformat(), label)
            asked = text("entry.ask_estimate", day=format_date(expires))
            return Ask(asked, button_row(keep, back))
        case _:
            return Ask(text(f"entry.ask_{state.key}"), button_row(back), awaits_text=True)


ACCOUNTS_NAMED = 25
"""Accounts of an employer named in a reminder; the others are counted."""

MAX_REVIEW_BUTTONS = 20
"""Employers with a review button; more do not fit under a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The content of a reminder about one employer."""

    employer: Employer
    expiring: Sequence[Account] = ()
    leaving: Sequence[Account] = ()
    advised: bool = False
    only: str = ""
    """The account that is the only administrator's, when it is one of `expiring`."""


def reminder_message(sections: Sequence[Section], today: date) -> Ask:
    """Render the reminder of one administrator for one day, with its buttons."""
    body = text("notice.whole", sections=tuple(_section(one, today) for one in sections))
    sirets = [one.employer.siret for one in sections]
    if len(sections) == 1:
        about, reviews = sirets[0], [button(Choice.START_REVIEW, sirets[0])]
    else:
        about, reviews = "all", []
        for one in sections[:MAX_REVIEW_BUTTONS]:
            label = text("button.review_of", employer=one.employer.name)
            reviews.append(button(Choice.START_REVIEW, one.employer.siret, label))
    last = (button(Choice.REMIND_LATER, about), button(Choice.CALENDAR, about))
    return Ask(body, (*button_column(reviews), last), awaits_text=True)


def _section(section: Section, today: date) -> Text:
    by_date = sorted(section.expiring, key=lambda one: (one.expires, one.identifier))
    expiring = [account_line(one, countdown(one, today)) for one in by_date]
    leaving = [
        text("notice.leaving_line", name=one.holder.name, identifier=one.identifier)
        for one in section.leaving
    ]
    gone = shorten_list(leaving, ACCOUNTS_NAMED, "notice.rest")
    return text(
        "notice.section",
        employer=section.employer.name,
        count=len(expiring),
        lines=shorten_list(expiring, ACCOUNTS_NAMED, "notice.rest"),
        leaving=text("notice.leaving", lines=gone) if gone else NOTHING,
        only=text("notice.only") if section.only else NOTHING,
        advice=text("notice.advice") if section.advised else NOTHING,
    )
