"""Refusing: a change that is not made leads back to the accounts, and says why."""

from bot.conversation.accounts.states import (
    BrowsingAccounts,
    ConfirmingRecycling,
    DeletingAccount,
    EditingAccount,
)
from bot.conversation.context import Context
from bot.conversation.flow import arrive
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.account_changes import Refusal


def refused(
    state: EditingAccount | ConfirmingRecycling | DeletingAccount,
    refusal: Refusal,
    context: Context,
) -> Turn[BrowsingAccounts]:
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text(f"refusal.{refusal}", name=""))
