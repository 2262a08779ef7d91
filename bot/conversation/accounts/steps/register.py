"""The register: its commands, access to it, browsing its accounts, the buttons of a reminder."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

from bot.conversation.accounts.documents import CSV_KIND, XLSX_KIND, expiry_calendar
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
from bot.conversation.accounts.steps.import_file import export_register
from bot.conversation.accounts.steps.review import begin_review
from bot.conversation.context import Context
from bot.conversation.effects import ChangeRegister, RemindAgain, Say
from bot.conversation.events import AccountEvent, Commanded, Event, Picked, RegisterChanged
from bot.conversation.flow import Turn, arrive, show_account_list, stay, worth_keeping
from bot.conversation.questions import Draft
from bot.conversation.states import Idle, State
from bot.conversation.texts import text
from bot.domain.account_changes import AnnounceDeparture
from bot.domain.dates import format_date

ANSWERS = get_args(AccountEvent)

ALL_EMPLOYERS = "all"

SNOOZE_DELAY = timedelta(days=7)


Entered = BrowsingAccounts | ReviewingAccounts | Inviting | Departing | TakingLeave | Importing
Within = Idle | ChoosingEmployer | Entered


def accounts_command_given(state: State, event: Commanded, context: Context) -> Turn[Within]:
    """Begin `/comptes`, `/revue`, `/inviter`, `/depart`, `/conges`, `/importer` or `/exporter`."""
    draft = worth_keeping(state.draft)
    if not context.registers:
        return arrive(Idle(draft=draft), context, lead=text("accounts.no_employer"))
    purpose = f"{event.name} {event.payload.casefold()}".strip()
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


def registers_page_turned(
    state: ChoosingEmployer, event: Picked, context: Context
) -> Turn[ChoosingEmployer]:
    page = int(event.about)
    return arrive(ChoosingEmployer(draft=state.draft, purpose=state.purpose, page=page), context)


def enter_register(
    purpose: str, siret: str, draft: Draft | None, context: Context
) -> Turn[Entered]:
    """Go to the state in which a command begins for an employer."""
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
    if event.about not in context.registers:
        return _leave_register(draft, context)
    return begin_review(event.about, draft, context)


def accounts_wanted(state: State, event: Picked, context: Context) -> Turn[Idle | BrowsingAccounts]:
    draft = worth_keeping(state.draft)
    if event.about not in context.registers:
        return _leave_register(draft, context)
    return arrive(BrowsingAccounts(draft=draft, siret=event.about), context)


def refuse_access(
    state: State, event: Event, context: Context
) -> Turn[Idle | BrowsingAccounts] | None:
    """The turn for who lost access to the register, or whose account is gone; else None."""
    if isinstance(state, ChoosingEmployer):
        return None if context.registers else _leave_register(state.draft, context)
    if not isinstance(state, EmployerState):
        return None
    if state.siret not in context.registers:
        return _leave_register(state.draft, context)
    account = getattr(state, "account", "")
    is_gone = bool(account) and context.registers[state.siret].account(account) is None
    if not is_gone or isinstance(event, ANSWERS):
        return None
    return show_account_list(state, context, lead=text("refusal.gone"))


def _leave_register(draft: Draft | None, context: Context) -> Turn[Idle]:
    return arrive(Idle(draft=draft), context, lead=text("accounts.not_yours"))


def accounts_page_turned(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[BrowsingAccounts]:
    return arrive(replace(state, page=int(event.about)), context)


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
    renewing = ReviewingAccounts(
        draft=state.draft,
        siret=state.siret,
        account=account.id,
        seen=account.version,
        stage="renewal",
    )
    return arrive(renewing, context)


def departure_withdrawal_wanted(
    state: ReadingAccount, event: Picked, context: Context
) -> Turn[ReadingAccount]:
    change = AnnounceDeparture(account=state.account, leaving=False)
    return Turn(state, (ChangeRegister(state.siret, change),))


def departure_withdrawn(
    state: ReadingAccount, event: RegisterChanged, context: Context
) -> Turn[ReadingAccount]:
    return arrive(state, context, lead=text("departure.withdrawn"))


def reminder_snoozed(state: State, event: Picked, context: Context) -> Turn[State]:
    """« Me le rappeler dans une semaine »."""
    sirets = _meant(event.about, context)
    if not sirets:
        return stay(state, context, lead=text("accounts.not_yours"))
    until = context.today + SNOOZE_DELAY
    again = tuple(RemindAgain(siret, until) for siret in sirets)
    said = Say(text("notice.snoozed", day=format_date(until)))
    shown = stay(state, context, before=(said,))
    return Turn(state, (*again, *shown.effects))


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
