"""The register: its commands and access to it, its accounts, reminders, import and export."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

from bot.conversation.accounts.documents import (
    CSV_KIND,
    XLSX_KIND,
    expiry_calendar,
    import_preview,
    no_accounts,
    register_file,
)
from bot.conversation.accounts.screens import account_of, register_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    ChoosingEmployer,
    Departing,
    EmployerState,
    Importing,
    Inviting,
    ReadingAccount,
    ReviewingAccounts,
    TakingLeave,
)
from bot.conversation.accounts.steps.absences import absence_told
from bot.conversation.accounts.steps.departures import departure_told
from bot.conversation.accounts.steps.review import begin_review
from bot.conversation.context import Context
from bot.conversation.effects import (
    Ask,
    FetchDocument,
    PlanImport,
    RemindAgain,
    Say,
    WriteImport,
)
from bot.conversation.events import (
    AccountEvent,
    Attached,
    Commanded,
    DocumentFetched,
    Event,
    ImportPlanned,
    ImportWritten,
    Picked,
    RegisterChanged,
)
from bot.conversation.flow import Turn, arrive, show_account_list, stay, worth_keeping
from bot.conversation.questions import Draft
from bot.conversation.screens.layout import Choice, button, button_row
from bot.conversation.states import Idle, State
from bot.conversation.texts import text
from bot.domain.dates import format_date
from bot.domain.spreadsheet import LARGEST_FILE

ANSWERS = get_args(AccountEvent)

ALL_EMPLOYERS = "all"

SNOOZE_DELAY = timedelta(days=7)

Entered = (
    BrowsingAccounts
    | ReadingAccount
    | ReviewingAccounts
    | Inviting
    | Departing
    | TakingLeave
    | Importing
)
Within = Idle | ChoosingEmployer | Entered


def accounts_command_given(state: State, event: Commanded, context: Context) -> Turn[Within]:
    """Begin `/comptes`, `/revue`, `/inviter`, `/depart`, `/conges`, `/importer` or `/exporter`."""
    draft = worth_keeping(state.draft)
    if not context.registers:
        return arrive(Idle(draft=draft), context, lead=text("accounts.no_employer"))
    purpose = f"{event.name} {event.payload}".strip()
    if isinstance(state, EmployerState) and event.payload:  # « elle part lundi », of who is shown
        near = getattr(state, "account", "")
        return enter_register(purpose, state.siret, draft, context, near=near)
    if len(context.registers) > 1:
        return arrive(ChoosingEmployer(draft=draft, purpose=purpose), context)
    return enter_register(purpose, next(iter(context.registers)), draft, context)


def register_picked(
    state: ChoosingEmployer, event: Picked, context: Context
) -> Turn[Entered | Idle]:
    """Go on with the command for the chosen employer."""
    if event.about not in context.registers:
        return _leave_register(state.draft, context)
    return enter_register(state.purpose, event.about, state.draft, context)


def accounts_page_turned(
    state: ChoosingEmployer | BrowsingAccounts, event: Picked, context: Context
) -> Turn[ChoosingEmployer | BrowsingAccounts]:
    return arrive(replace(state, page=int(event.about)), context)


def enter_register(
    purpose: str, siret: str, draft: Draft | None, context: Context, *, near: str = ""
) -> Turn[Entered]:
    """Go to the state in which a command begins for an employer; words may stand behind it."""
    command, _, words = purpose.partition(" ")
    match command:
        case "revue":
            return begin_review(siret, draft, context)
        case "inviter":
            return arrive(Inviting(draft=draft, siret=siret), context)
        case "depart":
            return departure_told(siret, words, draft, context, near=near)
        case "conges":
            return absence_told(siret, words, draft, context)
        case "importer":
            return arrive(Importing(draft=draft, siret=siret), context)
        case "exporter":
            kind = CSV_KIND if CSV_KIND in words.casefold() else XLSX_KIND
            return export_register(BrowsingAccounts(draft=draft, siret=siret), kind, context)
        case _:
            return arrive(BrowsingAccounts(draft=draft, siret=siret), context)


def review_started(
    state: State, event: Picked, context: Context
) -> Turn[Idle | ReviewingAccounts | BrowsingAccounts]:
    """« Faire la revue », under a reminder or a list."""
    draft = worth_keeping(state.draft)
    if event.about not in context.registers:
        return _leave_register(draft, context)
    return begin_review(event.about, draft, context)


def accounts_wanted(state: State, event: Picked, context: Context) -> Turn[Idle | BrowsingAccounts]:
    draft = worth_keeping(state.draft)
    if event.about not in context.registers:
        return _leave_register(draft, context)
    return arrive(BrowsingAccounts(draft=draft, siret=event.about), context)


def refuse_access(
    state: ChoosingEmployer | EmployerState, event: Event, context: Context
) -> Turn[Idle | BrowsingAccounts] | None:
    """The turn for who lost access to the register, or whose account is gone; else None."""
    if isinstance(state, ChoosingEmployer):
        return None if context.registers else _leave_register(state.draft, context)
    if state.siret not in context.registers:
        return _leave_register(state.draft, context)
    account = getattr(state, "account", "")
    is_gone = bool(account) and context.registers[state.siret].account(account) is None
    if not is_gone or isinstance(event, ANSWERS):
        return None
    return show_account_list(state, context, lead=text("refusal.gone"))


def _leave_register(draft: Draft | None, context: Context) -> Turn[Idle]:
    return arrive(Idle(draft=draft), context, lead=text("accounts.not_yours"))


def account_opened(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[ReadingAccount | BrowsingAccounts]:
    if register_of(state, context).account(event.about) is None:
        return arrive(state, context, lead=text("refusal.gone"))
    reading = ReadingAccount(draft=state.draft, siret=state.siret, account=event.about)
    return arrive(reading, context)


def went_back_to_accounts(
    state: EmployerState, event: Picked | Commanded, context: Context
) -> Turn[BrowsingAccounts]:
    return show_account_list(state, context)


def change_acknowledged(
    state: BrowsingAccounts, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    """A change asked for before is recorded: nothing more to show."""
    return Turn(state)


def renewal_wanted(
    state: ReadingAccount, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    """Renew one account outside of a review, with the same steps."""
    account = account_of(state, context)
    renewing = ReviewingAccounts(draft=state.draft, siret=state.siret, account=account.id)
    return arrive(replace(renewing, seen=account.version, stage="renewal"), context)


def reminder_snoozed(state: State, event: Picked, context: Context) -> Turn[State]:
    """« Me le rappeler dans une semaine »."""
    sirets = _meant(event.about, context)
    if not sirets:
        return stay(state, context, lead=text("accounts.not_yours"))
    until = context.today + SNOOZE_DELAY
    again = [RemindAgain(siret, until) for siret in sirets]
    said = Say(text("notice.snoozed", day=format_date(until)))
    return stay(state, context, before=(*again, said))


def calendar_wanted(state: State, event: Picked, context: Context) -> Turn[State]:
    """Give the expiry dates as a calendar file."""
    sirets = _meant(event.about, context)
    if not sirets:
        return stay(state, context, lead=text("accounts.not_yours"))
    document = expiry_calendar([context.registers[siret] for siret in sirets], context)
    return stay(state, context, before=(document,))


def _meant(about: str, context: Context) -> list[str]:
    """The SIRETs that a button is about, only among the employers that the person administers."""
    if about == ALL_EMPLOYERS:
        return list(context.registers)
    return [about] if about in context.registers else []


def sheet_attached(state: Importing, event: Attached, context: Context) -> Turn[Importing]:
    """Have the announced spreadsheet fetched."""
    if event.size > LARGEST_FILE:
        return stay(state, context, lead=text("sheet.too_large"))
    return Turn(state, (FetchDocument(event.document, event.name),))


def sheet_received(state: Importing, event: DocumentFetched, context: Context) -> Turn[Importing]:
    if event.fault:
        return stay(state, context, lead=text(f"sheet.{event.fault}", line=event.line))
    return Turn(replace(state, upload=""), (PlanImport(state.siret, event.sheets),))


def sheet_attached_elsewhere(state: State, event: Attached, context: Context) -> Turn[State]:
    """A file outside of an import: say how an import begins, once an album."""
    if event.follows:
        return Turn(state, ())
    key = "sheet.say_so_first" if context.registers else "sent.file"
    return stay(state, context, lead=text(key))


def sheet_received_elsewhere(
    state: State, event: DocumentFetched, context: Context
) -> Turn[State | Importing]:
    """A file was fetched after the import was left: preview it if the employer is clear."""
    if len(context.registers) == 1:
        siret = next(iter(context.registers))
        importing = Importing(draft=state.draft, siret=siret)
        return sheet_received(importing, event, context)
    key = "sheet.say_so_first" if context.registers else "sent.file"
    return stay(state, context, lead=text(key))


def import_planned(state: Importing, event: ImportPlanned, context: Context) -> Turn[Importing]:
    """Show what the spreadsheet would change, and ask whether to write it."""
    if event.plan is None:
        return stay(state, context, lead=no_accounts(event.headings))
    shown = import_preview(event.plan)
    if event.plan.is_empty:
        return stay(state, context, lead=shown)
    label = text("button.write_good") if event.plan.refused else None
    ways = button_row(button(Choice.WRITE, "", label), button(Choice.BACK))
    return Turn(replace(state, upload=event.upload), (Ask(shown, ways),))


def import_confirmed(state: Importing, event: Picked, context: Context) -> Turn[Importing]:
    return Turn(state, (WriteImport(state.siret, state.upload),))


def import_written(
    state: Importing, event: ImportWritten, context: Context
) -> Turn[Importing | BrowsingAccounts]:
    if event.plan is None:
        return arrive(replace(state, upload=""), context, lead=text("sheet.gone"))
    new, changed = len(event.plan.new), len(event.plan.changed)
    return show_account_list(state, context, lead=text("sheet.written", new=new, changed=changed))


def export_register(state: BrowsingAccounts, kind: str, context: Context) -> Turn[BrowsingAccounts]:
    """Give the register as a spreadsheet: XLSX unless CSV is asked for."""
    kind = CSV_KIND if kind == CSV_KIND else XLSX_KIND
    document = register_file(register_of(state, context), kind, context)
    return arrive(state, context, before=(document,))


def export_wanted(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[BrowsingAccounts]:
    return export_register(state, event.about, context)
