"""Reminders as an administrator reads them: one section an employer, most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.conversation.accounts.texts import countdown, expiry_date
from bot.conversation.choices import Choice, button
from bot.conversation.effects import Ask, Button
from bot.conversation.texts import Text, text
from bot.domain.account import Account
from bot.domain.people import Employer

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
    about = sirets[0] if len(sirets) == 1 else "all"
    reviews = [
        _review_button(one, alone=len(sections) == 1) for one in sections[:MAX_REVIEW_BUTTONS]
    ]
    last = (button(Choice.REMIND_LATER, about), button(Choice.CALENDAR, about))
    return Ask(body, (*((one,) for one in reviews), last), awaits_text=True)


def _review_button(section: Section, *, alone: bool) -> Button:
    return button(
        Choice.START_REVIEW,
        section.employer.siret,
        None if alone else text("button.review_of", employer=section.employer.name),
    )


def _section(section: Section, today: date) -> Text:
    ordered = sorted(section.expiring, key=lambda one: (one.expires, one.identifier))
    return text(
        "notice.section",
        employer=section.employer.name,
        count=len(section.expiring),
        lines=tuple(_line(one, today) for one in ordered[:ACCOUNTS_NAMED]) + _rest(len(ordered)),
        leaving=_leaving(section),
        only=text("notice.only") if section.only else text("layout.nothing"),
        advice=text("notice.advice") if section.advised else text("layout.nothing"),
    )


def _line(account: Account, today: date) -> Text:
    return text(
        "accounts.line",
        name=account.holder.name,
        identifier=account.identifier,
        role=text(f"role.{account.role}"),
        standing=countdown(
            account.days_left(today), expiry_date(account.expires, estimated=account.estimated)
        ),
    )


def _leaving(section: Section) -> Text:
    if not section.leaving:
        return text("layout.nothing")
    lines = tuple(
        text("notice.leaving_line", name=one.holder.name, identifier=one.identifier)
        for one in section.leaving[:ACCOUNTS_NAMED]
    )
    return text("notice.leaving", lines=lines + _rest(len(section.leaving)))


def _rest(count: int) -> tuple[Text, ...]:
    return (text("notice.rest", count=count - ACCOUNTS_NAMED),) if count > ACCOUNTS_NAMED else ()
