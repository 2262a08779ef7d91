"""Deletion: the steps in PEP's first, then that they were taken."""

from bot.conversation.accounts.screens import account_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    DeletingAccount,
    ReadingAccount,
)
from bot.conversation.accounts.steps.edit import change_refused
from bot.conversation.context import Context
from bot.conversation.effects import ChangeRegister
from bot.conversation.events import Picked, RegisterChanged
from bot.conversation.flow import arrive, stay
from bot.conversation.questions import Draft
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.account import Account
from bot.domain.account_changes import DeleteAccount, Refusal


def deletion_wanted(
    state: ReadingAccount, event: Picked, context: Context
) -> Turn[DeletingAccount | ReadingAccount]:
    account = account_of(state, context)
    refusal = deletion_refusal(account, state.siret, context)
    if refusal is not None:
        return stay(state, context, lead=text(f"refusal.{refusal}", name=""))
    return arrive(deleting(state.siret, account, state.draft), context)


def deletion_refusal(account: Account, siret: str, context: Context) -> Refusal | None:
    """Why an account cannot be deleted yet; known before anybody does it in PEP's."""
    house = context.houses[siret]
    if not account.is_administrator:
        return None
    if not house.others_in_charge(account.id, context.today):
        return Refusal.ONE_LEFT
    return Refusal.BY_SUCCESSOR if account.id == house.me else None


def deleting(siret: str, account: Account, draft: Draft | None) -> DeletingAccount:
    return DeletingAccount(draft=draft, siret=siret, account=account.id, seen=account.version)


def deletion_done(state: DeletingAccount, event: Picked, context: Context) -> Turn[DeletingAccount]:
    change = DeleteAccount(account=state.account, seen=state.seen)
    return Turn(state, (ChangeRegister(state.siret, change),))


def deleted(
    state: DeletingAccount, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    if event.refusal is not None:
        return change_refused(state, event.refusal, context)
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text("accounts.deleted"))


def not_deleted(state: DeletingAccount, event: Picked, context: Context) -> Turn[BrowsingAccounts]:
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text("accounts.not_done"))
