"""Reminders as an administrator reads them: a section an employer, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.conversation.accounts.texts import countdown, expiry_date
from bot.conversation.choices import Choice, button
from bot.conversation.effects import Ask, Button
from bot.conversation.texts import Text, text
from bot.domain.account import Account
from bot.domain.people import Employer

MOST_BUTTONS = 20
"""Employers with a review button of their own; more would not fit under a message."""


SHOWN = 25
"""Accounts of an employer named in one message; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What there is to say about one employer."""

    employer: Employer
    expiring: Sequence[Account] = ()
    leaving: Sequence[Account] = ()
    advised: bool = False
    only: str = ""
    """The account that is the only administrator's, when it is one of `expiring`."""


def reminder(sections: Sequence[Section], today: date) -> Ask:
    """One message for one administrator and day, with its standing buttons."""
    body = text("notice.whole", sections=tuple(_section(one, today) for one in sections))
    sirets = [one.employer.siret for one in sections]
    about = sirets[0] if len(sirets) == 1 else "all"
    reviews = [_review_button(one, alone=len(sections) == 1) for one in sections[:MOST_BUTTONS]]
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
        lines=tuple(_line(one, today) for one in ordered[:SHOWN]) + _rest(len(ordered)),
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
        for one in section.leaving[:SHOWN]
    )
    return text("notice.leaving", lines=lines + _rest(len(section.leaving)))


def _rest(count: int) -> tuple[Text, ...]:
    return (text("notice.rest", count=count - SHOWN),) if count > SHOWN else ()
