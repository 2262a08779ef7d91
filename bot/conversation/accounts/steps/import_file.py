"""Import: a spreadsheet is sent, previewed, and written only when confirmed. Export."""

from dataclasses import replace

from bot.conversation.accounts.documents import CSV_KIND, XLSX_KIND, import_preview, register_file
from bot.conversation.accounts.screens import register_of
from bot.conversation.accounts.states import BrowsingAccounts, Importing
from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, FetchDocument, PlanImport, WriteImport
from bot.conversation.events import (
    Attached,
    DocumentFetched,
    ImportPlanned,
    ImportWritten,
    Picked,
)
from bot.conversation.flow import Turn, arrive, show_account_list, stay
from bot.conversation.screens.layout import button_row
from bot.conversation.states import State
from bot.conversation.texts import text
from bot.domain.spreadsheet import LARGEST_FILE

SHEET_ENDINGS = (".csv", ".xlsx", ".txt")


def sheet_attached(state: Importing, event: Attached, context: Context) -> Turn[Importing]:
    """Have the announced spreadsheet fetched."""
    if not event.name.lower().endswith(SHEET_ENDINGS):
        return stay(state, context, lead=text("sheet.unreadable"))
    if event.size > LARGEST_FILE:
        return stay(state, context, lead=text("sheet.too_large"))
    return Turn(state, (FetchDocument(event.document, event.name),))


def sheet_received(state: Importing, event: DocumentFetched, context: Context) -> Turn[Importing]:
    return Turn(replace(state, upload=""), (PlanImport(state.siret, event.content),))


def sheet_attached_elsewhere(state: State, event: Attached, context: Context) -> Turn[State]:
    """A file outside of an import: say how an import begins."""
    key = "sheet.say_so_first" if context.registers else "sent.file"
    return stay(state, context, lead=text(key))


def sheet_received_elsewhere(
    state: State, event: DocumentFetched, context: Context
) -> Turn[State | Importing]:
    """A file was fetched after the import was left: preview it if the employer is clear."""
    if len(context.registers) == 1:
        siret = next(iter(context.registers))
        importing = Importing(draft=state.draft, siret=siret)
        return Turn(importing, (PlanImport(siret, event.content),))
    key = "sheet.say_so_first" if context.registers else "sent.file"
    return stay(state, context, lead=text(key))


def import_planned(state: Importing, event: ImportPlanned, context: Context) -> Turn[Importing]:
    """Show what the spreadsheet would change, and ask whether to write it."""
    if event.plan is None:
        return stay(state, context, lead=text(f"sheet.{event.fault}"))
    shown = import_preview(event.plan)
    if event.plan.is_empty:
        return stay(state, context, lead=shown)
    write = button(Choice.WRITE)
    if event.plan.refused:
        write = button(Choice.WRITE, "", text("button.write_good"))
    ways = button_row(write, button(Choice.BACK))
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
    """Give the register as a spreadsheet."""
    document = register_file(register_of(state, context), kind, context)
    return arrive(state, context, before=(document,))


def export_wanted(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[BrowsingAccounts]:
    return export_register(state, CSV_KIND if event.about == CSV_KIND else XLSX_KIND, context)
