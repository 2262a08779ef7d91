"""Documents to keep: the summary of a review, the agenda of the coming dates, the register."""

from collections.abc import Iterable
from datetime import UTC, datetime, time

from bot.conversation.context import Context
from bot.conversation.effects import Effect, GiveDocument, Say
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.account_changes import account_label
from bot.domain.account_import import export_rows
from bot.domain.dates import format_date
from bot.domain.employer_accounts import EmployerAccounts, ReviewDecision, ReviewVerdict
from bot.domain.icalendar import CalendarDay, render_calendar
from bot.domain.spreadsheet import write_csv, write_xlsx

SHOWN = 25
"""Accounts that the summary says; the document has them all."""


def review_summary(house: EmployerAccounts, context: Context) -> tuple[Effect, ...]:
    """What was decided, said, and as a text file."""
    said = _summary(house, context, SHOWN)
    name = f"revue-{house.employer.siret}-{context.today.isoformat()}.txt"
    whole = _summary(house, context, len(house.accounts) + len(house.retired))
    content = unescape(fill(whole)).encode()
    return (Say(said), GiveDocument(name, content, text("review.document")))


def _summary(house: EmployerAccounts, context: Context, most: int) -> Text:
    decisions = house.review.decisions if house.review else ()
    return text(
        "review.summary",
        employer=house.employer.name,
        day=format_date(context.today),
        renewed=_part("review.renewed_part", decisions, ReviewVerdict.RENEWED, most),
        deleted=_part("review.deleted_part", decisions, ReviewVerdict.DELETED, most),
        later=_part("review.later_part", decisions, ReviewVerdict.LATER, most),
    )


def _part(key: str, decisions: Iterable[ReviewDecision], verdict: ReviewVerdict, most: int) -> Text:
    ours = [one for one in decisions if one.verdict is verdict]
    if not ours:
        return text("layout.nothing")
    lines = tuple(
        text("review.until", name=one.name, day=format_date(one.until))
        if one.until
        else text("layout.bullet", words=one.name)
        for one in ours[:most]
    )
    if len(ours) > most:
        lines += (text("review.rest", count=len(ours) - most),)
    return text(key, count=len(ours), lines=lines)


def agenda(houses: Iterable[EmployerAccounts], context: Context) -> GiveDocument:
    """The coming dates of every account, one event an account."""
    days = [
        CalendarDay(
            uid=account.id,
            day=account.expires,
            summary=f"PEP's : le compte de {account_label(account)} expire",
            description=f"{house.employer.name}\nRenouvelez-le avant : « Gestion des comptes ».",
        )
        for house in houses
        for account in house.accounts
        if not account.is_expired(context.today)
    ]
    midnight = datetime.combine(context.today, time(), UTC)
    caption = text("notice.calendar", count=len(days))
    return GiveDocument("comptes-peps.ics", render_calendar(days, midnight), caption)


CSV, XLSX = "csv", "xlsx"


def register_file(house: EmployerAccounts, kind: str, context: Context) -> GiveDocument:
    """The register as a sheet that can be imported again, in one of both kinds."""
    write = write_csv if kind == CSV else write_xlsx
    name = f"comptes-{house.employer.siret}-{context.today.isoformat()}.{kind}"
    caption = text(f"sheet.exported_{kind}", count=len(house.accounts))
    return GiveDocument(name, write(export_rows(house)), caption)
