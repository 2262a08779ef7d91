"""The way in: a command, for which employer, and what it opens."""

from bot.conversation.accounts.documents import CSV_KIND, XLSX_KIND
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    ChoosingEmployer,
    Departing,
    Importing,
    Inviting,
    ReviewingAccounts,
    TakingLeave,
)
from bot.conversation.accounts.steps.import_file import export_register
from bot.conversation.accounts.steps.review import begin_review
from bot.conversation.context import Context
from bot.conversation.events import Commanded, Picked
from bot.conversation.flow import arrive, worth_keeping
from bot.conversation.questions import Draft
from bot.conversation.states import Idle, State
from bot.conversation.texts import text
from bot.conversation.turn import Turn

Entered = BrowsingAccounts | ReviewingAccounts | Inviting | Departing | TakingLeave | Importing
Within = Idle | ChoosingEmployer | Entered


def wanted(state: State, event: Commanded, context: Context) -> Turn[Within]:
    """`/comptes`, `/revue`, `/inviter`, `/depart`, `/conges`, `/importer`, `/exporter`."""
    draft = worth_keeping(state.draft)
    if not context.houses:
        return arrive(Idle(draft=draft), context, lead=text("accounts.no_house"))
    purpose = f"{event.name} {event.payload.casefold()}".strip()
    if len(context.houses) > 1:
        return arrive(ChoosingEmployer(draft=draft, purpose=purpose), context)
    return enter(purpose, next(iter(context.houses)), draft, context)


def house_picked(state: ChoosingEmployer, event: Picked, context: Context) -> Turn[Entered | Idle]:
    if event.about not in context.houses:
        return arrive(Idle(draft=state.draft), context, lead=text("accounts.not_yours"))
    return enter(state.purpose, event.about, state.draft, context)


def page_turned(state: ChoosingEmployer, event: Picked, context: Context) -> Turn[ChoosingEmployer]:
    page = int(event.about)
    return arrive(ChoosingEmployer(draft=state.draft, purpose=state.purpose, page=page), context)


def enter(purpose: str, siret: str, draft: Draft | None, context: Context) -> Turn[Entered]:
    """What a command opens, once its employer is known."""
    command, _, wish = purpose.partition(" ")
    match command:
        case "revue":
            return begin_review(siret, draft, context)
        case "inviter":
            return arrive(Inviting(draft=draft, siret=siret), context)
        case "depart":
            return arrive(Departing(draft=draft, siret=siret), context)
        case "conges":
            return arrive(TakingLeave(draft=draft, siret=siret), context)
        case "importer":
            return arrive(Importing(draft=draft, siret=siret), context)
        case "exporter":
            kind = CSV_KIND if wish == CSV_KIND else XLSX_KIND
            return export_register(BrowsingAccounts(draft=draft, siret=siret), kind, context)
        case _:
            return arrive(BrowsingAccounts(draft=draft, siret=siret), context)


def review_started(
    state: State, event: Picked, context: Context
) -> Turn[Idle | ReviewingAccounts | BrowsingAccounts]:
    """« Faire la revue », under a reminder or a list."""
    draft = worth_keeping(state.draft)
    if event.about not in context.houses:
        return arrive(Idle(draft=draft), context, lead=text("accounts.not_yours"))
    return begin_review(event.about, draft, context)


def accounts_again(state: State, event: Picked, context: Context) -> Turn[Idle | BrowsingAccounts]:
    draft = worth_keeping(state.draft)
    if event.about not in context.houses:
        return arrive(Idle(draft=draft), context, lead=text("accounts.not_yours"))
    return arrive(BrowsingAccounts(draft=draft, siret=event.about), context)
