"""Departures: a user's account becomes a task; an administrator first has a successor."""

from dataclasses import replace

from bot.conversation.accounts.screens import account_of, register_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    DeletingAccount,
    Departing,
    EditingAccount,
    Inviting,
)
from bot.conversation.accounts.steps.edit import deletion_refusal, deletion_state, new_account
from bot.conversation.context import Context
from bot.conversation.effects import ChangeRegister, Invite, TellOthers
from bot.conversation.events import Commanded, Picked, RegisterChanged
from bot.conversation.flow import arrive, stay
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.account import AccountRole
from bot.domain.account_changes import AnnounceDeparture, EditAccount, account_label


def administrator_leaves(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return arrive(replace(state, stage="administrator"), context)


def user_leaves(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return arrive(replace(state, stage="user"), context)


def i_leave(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return _announce(state, register_of(state, context).me, context)


def account_picked(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    """Who leaves; or who comes after."""
    account = register_of(state, context).account(event.about)
    if account is None:
        return stay(state, context, lead=text("refusal.gone"))
    if state.stage == "promotion":
        promoted = replace(state, stage="promoted", account=account.id, seen=account.version)
        return arrive(promoted, context)
    return _announce(state, account.id, context)


def _announce(state: Departing, account: str, context: Context) -> Turn[Departing]:
    change = AnnounceDeparture(account=account)
    return Turn(replace(state, account=account), (ChangeRegister(state.siret, change),))


def announced(
    state: Departing, event: RegisterChanged, context: Context
) -> Turn[Departing | DeletingAccount | BrowsingAccounts | Inviting]:
    """It is on record, the others know; now the deletion, if it may be, or a successor first."""
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    if event.refusal is not None:
        return arrive(accounts, context, lead=text(f"refusal.{event.refusal}", name=""))
    if state.stage == "promoted":
        inviting = Inviting(draft=state.draft, siret=state.siret, account=state.account)
        return Turn(inviting, (Invite(state.siret, state.account),))
    account = account_of(state, context)
    house = register_of(state, context)
    news = text("departure.news", name=account_label(account), employer=house.employer.name)
    tell = (TellOthers(state.siret, news),)
    if account.is_administrator and not house.others_in_charge(account.id, context.today):
        successor = replace(state, stage="successor", account="")
        key = "departure.only_you" if account.id == house.me else "departure.only_they"
        lead = text(key, employer=house.employer.name)
        return arrive(successor, context, lead=lead, before=tell)
    if deletion_refusal(account, state.siret, context) is not None:
        others = house.others_in_charge(account.id, context.today)
        names = ", ".join(other.holder.name for other in others)
        lead = text("departure.others_confirm", names=names)
        return arrive(accounts, context, lead=lead, before=tell)
    task = deletion_state(state.siret, account, state.draft)
    return arrive(
        task, context, lead=text("departure.announced", name=account_label(account)), before=tell
    )


def promotion_wanted(
    state: Departing | Inviting, event: Picked, context: Context
) -> Turn[Departing]:
    promoting = Departing(draft=state.draft, siret=state.siret, stage="promotion")
    return arrive(promoting, context)


def creation_wanted(
    state: Departing | Inviting, event: Picked, context: Context
) -> Turn[EditingAccount]:
    new = new_account(state.siret, state.draft, role=AccountRole.ADMINISTRATOR, succeeds=True)
    return arrive(new, context, lead=text("steps.create"))


def promotion_done(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    account = account_of(state, context)
    promoted = replace(account, role=AccountRole.ADMINISTRATOR, version=state.seen)
    return Turn(state, (ChangeRegister(state.siret, EditAccount(account=promoted)),))


def put_off(
    state: Departing, event: Picked | Commanded, context: Context
) -> Turn[BrowsingAccounts]:
    """The departure stays open, and is reminded of every week."""
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    lead = text("departure.put_off") if state.stage in ("successor", "promoted") else None
    return arrive(accounts, context, lead=lead)
