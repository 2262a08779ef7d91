"""The register: looking through the accounts, and what can be done with one."""

from dataclasses import replace

from bot.conversation.accounts.screens import account_of, register_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    ConfirmingRecycling,
    DeletingAccount,
    EditingAccount,
    Inviting,
    ReadingAccount,
    ReviewingAccounts,
)
from bot.conversation.context import Context
from bot.conversation.effects import ChangeRegister
from bot.conversation.events import Commanded, Picked, RegisterChanged
from bot.conversation.flow import arrive
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.account_changes import AnnounceDeparture


def page_turned(state: BrowsingAccounts, event: Picked, context: Context) -> Turn[BrowsingAccounts]:
    return arrive(replace(state, page=int(event.about)), context)


def account_picked(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[ReadingAccount | BrowsingAccounts]:
    if register_of(state, context).account(event.about) is None:
        return arrive(state, context, lead=text("refusal.gone"))
    reading = ReadingAccount(draft=state.draft, siret=state.siret, account=event.about)
    return arrive(reading, context)


def went_to_list(
    state: (ReadingAccount | Inviting | EditingAccount | DeletingAccount | ConfirmingRecycling),
    event: Picked | Commanded,
    context: Context,
) -> Turn[BrowsingAccounts]:
    return arrive(BrowsingAccounts(draft=state.draft, siret=state.siret), context)


def changed_elsewhere(
    state: BrowsingAccounts, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    """What was asked for on the way out is done."""
    return Turn(state)


def renewal_wanted(
    state: ReadingAccount, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    """One account renewed outside of a review: the same steps."""
    account = account_of(state, context)
    renewing = ReviewingAccounts(
        draft=state.draft,
        siret=state.siret,
        account=account.id,
        seen=account.version,
        stage="renewal",
    )
    return arrive(renewing, context)


def stays_after_all(state: ReadingAccount, event: Picked, context: Context) -> Turn[ReadingAccount]:
    change = AnnounceDeparture(account=state.account, leaving=False)
    return Turn(state, (ChangeRegister(state.siret, change),))


def stayed(state: ReadingAccount, event: RegisterChanged, context: Context) -> Turn[ReadingAccount]:
    return arrive(state, context, lead=text("departure.withdrawn"))
