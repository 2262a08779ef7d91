"""Sheets: a file of accounts sent, previewed, and written only when that is confirmed."""

from dataclasses import replace

from bot.conversation.accounts.documents import CSV_KIND, XLSX_KIND, import_preview, register_file
from bot.conversation.accounts.screens import register_of
from bot.conversation.accounts.states import BrowsingAccounts, Importing
from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, FetchDocument, PlanImport, WriteImport
from bot.conversation.events import (
    Attached,
    Commanded,
    DocumentFetched,
    ImportPlanned,
    ImportWritten,
    Picked,
)
from bot.conversation.flow import arrive, stay
from bot.conversation.screens.layout import button_row
from bot.conversation.states import State
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.spreadsheet import LARGEST_FILE

ENDINGS = (".csv", ".xlsx", ".txt")


def attached(state: Importing, event: Attached, context: Context) -> Turn[Importing]:
    """A document that the channel has yet to fetch."""
    if not event.name.lower().endswith(ENDINGS):
        return stay(state, context, lead=text("sheet.unreadable"))
    if event.size > LARGEST_FILE:
        return stay(state, context, lead=text("sheet.too_large"))
    return Turn(state, (FetchDocument(event.document, event.name),))


def received(state: Importing, event: DocumentFetched, context: Context) -> Turn[Importing]:
    return Turn(replace(state, upload=""), (PlanImport(state.siret, event.content),))


def attached_beside(state: State, event: Attached, context: Context) -> Turn[State]:
    """A document where none is awaited: an administrator is told how to have it read."""
    key = "sheet.say_so_first" if context.houses else "sent.file"
    return stay(state, context, lead=text(key))


def received_beside(
    state: State, event: DocumentFetched, context: Context
) -> Turn[State | Importing]:
    """A document came late, or before anybody said for which employer."""
    if len(context.houses) == 1:
        siret = next(iter(context.houses))
        importing = Importing(draft=state.draft, siret=siret)
        return Turn(importing, (PlanImport(siret, event.content),))
    key = "sheet.say_so_first" if context.houses else "sent.file"
    return stay(state, context, lead=text(key))


def planned(state: Importing, event: ImportPlanned, context: Context) -> Turn[Importing]:
    """What the file would change, and the question whether it shall."""
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


def confirmed(state: Importing, event: Picked, context: Context) -> Turn[Importing]:
    return Turn(state, (WriteImport(state.siret, state.upload),))


def written(
    state: Importing, event: ImportWritten, context: Context
) -> Turn[Importing | BrowsingAccounts]:
    if event.plan is None:
        return arrive(replace(state, upload=""), context, lead=text("sheet.gone"))
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    new, changed = len(event.plan.new), len(event.plan.changed)
    return arrive(accounts, context, lead=text("sheet.written", new=new, changed=changed))


def left(state: Importing, event: Picked | Commanded, context: Context) -> Turn[BrowsingAccounts]:
    return arrive(BrowsingAccounts(draft=state.draft, siret=state.siret), context)


def export(state: BrowsingAccounts, kind: str, context: Context) -> Turn[BrowsingAccounts]:
    document = register_file(register_of(state, context), kind, context)
    return arrive(state, context, before=(document,))


def export_wanted(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[BrowsingAccounts]:
    return export(state, CSV_KIND if event.about == CSV_KIND else XLSX_KIND, context)
