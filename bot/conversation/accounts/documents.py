"""Documents: review summaries, a calendar of expiry dates, the register, previews of imports."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time

from bot.conversation.context import Context
from bot.conversation.effects import Effect, GiveDocument, Say
from bot.conversation.screens.layout import NOTHING, bullet, shorten_list
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.account import Account
from bot.domain.account_changes import account_label
from bot.domain.account_columns import AccountSheet
from bot.domain.account_import import ImportPlan, RefusedLine, export_rows
from bot.domain.dates import format_date
from bot.domain.employer_accounts import EmployerAccounts, ReviewDecision, ReviewVerdict
from bot.domain.icalendar import CalendarDay, render_calendar
from bot.domain.spreadsheet import write_csv, write_xlsx

CSV_KIND, XLSX_KIND = "csv", "xlsx"

LINES_PREVIEWED = 15
"""Accounts named of each kind; the others are counted."""

LONGEST_HEADING = 60  # characters of a heading that are shown

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
        renewed=_decided("review.renewed_part", ReviewVerdict.RENEWED, decisions, most),
        deleted=_decided("review.deleted_part", ReviewVerdict.DELETED, decisions, most),
        later=_decided("review.later_part", ReviewVerdict.LATER, decisions, most),
    )


def _decided(
    key: str, verdict: ReviewVerdict, decisions: Iterable[ReviewDecision], most: int
) -> Text:
    lines = [
        text("review.until", name=one.name, day=format_date(one.until))
        if one.until
        else bullet(one.name)
        for one in decisions
        if one.verdict is verdict
    ]
    return _listed(key, lines, most, "review.rest")


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
    """The preview of an import: what was understood of the file, and what it would change."""
    return text(
        "sheet.preview",
        understood=_understood(plan.sheet),
        new=_previewed("sheet.new", map(_account, plan.new)),
        changed=_previewed("sheet.changed", map(_account, plan.changed)),
        missing=_previewed("sheet.missing", map(_account, plan.missing)),
        refused=_previewed("sheet.refused", map(refused_line, plan.refused)),
        left_out=_previewed("sheet.left_out", map(refused_line, plan.left_out)),
        unchanged=text("sheet.unchanged", count=plan.unchanged),
    )


def _understood(sheet: AccountSheet) -> Text:
    """Where the accounts stand, what each column is, and what is ignored."""
    columns = (
        text("sheet.column", heading=_cut(sheet.headings[place]), meaning=text(f"column.{column}"))
        for place, column in sheet.columns.items()
    )
    return text(
        "sheet.understood",
        name=text("sheet.name", name=sheet.name) if sheet.name else NOTHING,
        heading=text("sheet.heading", number=sheet.heading),
        columns=tuple(columns),
        doubled=_headings("sheet.doubled", sheet.doubled),
        unknown=_headings("sheet.unknown", sheet.unknown),
    )


def no_accounts(headings: Sequence[str]) -> Text:
    """Why a file names no accounts: the headings it has, and those that are understood."""
    return text("sheet.no_identifier", found=_headings("sheet.found", headings))


def _headings(key: str, names: Sequence[str]) -> Text:
    named = ", ".join(f"« {_cut(name)} »" for name in names[:LINES_PREVIEWED])
    return text(key, names=named) if named else NOTHING


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_HEADING else name[: LONGEST_HEADING - 1] + "…"


def _account(account: Account) -> Text:
    return bullet(account_label(account))


def _previewed(key: str, lines: Iterable[Text]) -> Text:
    return _listed(key, list(lines), LINES_PREVIEWED, "sheet.rest")


def _listed(key: str, lines: Sequence[Text], most: int, rest: str) -> Text:
    """A part with its lines counted, the first `most` of them named; nothing without lines."""
    if not lines:
        return NOTHING
    return text(key, count=len(lines), lines=shorten_list(lines, most, rest))


def refused_line(line: RefusedLine) -> Text:
    """One refused line: « ligne 4 : … »."""
    key = line.fault if line.fault.startswith(("line.", "refusal.")) else f"fault.{line.fault}"
    reason = text(key, name="", length="", about=line.about)
    return text("sheet.refused_line", number=line.number, reason=reason)
