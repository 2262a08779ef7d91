"""Documents: review summaries, a calendar of expiry dates, the register, previews of imports."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from bot.conversation.context import Context
from bot.conversation.effects import Effect, GiveDocument, Say
from bot.conversation.screens.layout import NOTHING, bullet, shorten_list
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.account import Account
from bot.domain.account_changes import account_label
from bot.domain.account_import import ImportPlan, RefusedLine, export_rows
from bot.domain.dates import format_date
from bot.domain.employer_accounts import EmployerAccounts, ReviewDecision, ReviewVerdict
from bot.domain.icalendar import CalendarDay, render_calendar
from bot.domain.spreadsheet import write_csv, write_xlsx

CSV_KIND, XLSX_KIND = "csv", "xlsx"

LINES_PREVIEWED = 15
"""Accounts named of each kind; the others are counted."""


DECISIONS_NAMED = 25
"""Accounts that the summary names in the chat; the document names all."""


def review_summary(register: EmployerAccounts, context: Context) -> tuple[Effect, ...]:
    """The decisions of a review, as a message and as a text file."""
    said = _summary(register, context, DECISIONS_NAMED)
    name = f"revue-{register.employer.siret}-{context.today.isoformat()}.txt"
    whole = _summary(register, context, len(register.accounts) + len(register.retired))
    content = unescape(fill(whole)).encode()
    return (Say(said), GiveDocument(name, content, text("review.document")))


def _summary(register: EmployerAccounts, context: Context, most: int) -> Text:
    decisions = register.review.decisions if register.review else ()
    return text(
        "review.summary",
        employer=register.employer.name,
        day=format_date(context.today),
        renewed=_part("review.renewed_part", decisions, ReviewVerdict.RENEWED, most),
        deleted=_part("review.deleted_part", decisions, ReviewVerdict.DELETED, most),
        later=_part("review.later_part", decisions, ReviewVerdict.LATER, most),
    )


def _part(key: str, decisions: Iterable[ReviewDecision], verdict: ReviewVerdict, most: int) -> Text:
    ours = [one for one in decisions if one.verdict is verdict]
    if not ours:
        return NOTHING
    lines = [
        text("review.until", name=one.name, day=format_date(one.until))
        if one.until
        else bullet(one.name)
        for one in ours
    ]
    return text(key, count=len(ours), lines=shorten_list(lines, most, "review.rest"))


def expiry_calendar(registers: Iterable[EmployerAccounts], context: Context) -> GiveDocument:
    """The expiry dates of all accounts as a calendar file, one event an account."""
    days = [
        CalendarDay(
            uid=account.id,
            day=account.expires,
            summary=f"PEP's : le compte de {account_label(account)} expire",
            description=f"{register.employer.name}\nRenouvelez-le avant : « Gestion des comptes ».",
        )
        for register in registers
        for account in register.accounts
        if not account.is_expired(context.today)
    ]
    midnight = datetime.combine(context.today, time(), UTC)
    caption = text("notice.calendar", count=len(days))
    return GiveDocument("comptes-peps.ics", render_calendar(days, midnight), caption)


def register_file(register: EmployerAccounts, kind: str, context: Context) -> GiveDocument:
    """The register as a spreadsheet that can be imported again, CSV or XLSX."""
    write = write_csv if kind == CSV_KIND else write_xlsx
    name = f"comptes-{register.employer.siret}-{context.today.isoformat()}.{kind}"
    caption = text(f"sheet.exported_{kind}", count=len(register.accounts))
    return GiveDocument(name, write(export_rows(register)), caption)


def import_preview(plan: ImportPlan) -> Text:
    """The preview of an import: new, changed, missing, unknown and refused."""
    names = ", ".join(plan.unknown_columns[:LINES_PREVIEWED])
    return text(
        "sheet.preview",
        new=_listed("sheet.new", _accounts(plan.new)),
        changed=_listed("sheet.changed", _accounts(plan.changed)),
        missing=_listed("sheet.missing", _accounts(plan.missing)),
        unknown=text("sheet.unknown", names=names) if names else NOTHING,
        refused=_listed("sheet.refused", [refused_line(one) for one in plan.refused]),
        unchanged=text("sheet.unchanged", count=plan.unchanged),
    )


def _accounts(accounts: Sequence[Account]) -> list[Text]:
    return [bullet(account_label(one)) for one in accounts]


def _listed(key: str, lines: Sequence[Text]) -> Text:
    if not lines:
        return NOTHING
    return text(key, count=len(lines), lines=shorten_list(lines, LINES_PREVIEWED, "sheet.rest"))


def refused_line(line: RefusedLine) -> Text:
    """One refused line: « ligne 4 : … »."""
    key = line.fault if line.fault.startswith(("line.", "refusal.")) else f"fault.{line.fault}"
    return text("sheet.refused_line", number=line.number, reason=text(key, name="", length=""))
