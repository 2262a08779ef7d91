"""Departures: a user's account is to be deleted; an administrator first has a successor.

An expired administrator who is alone gets a request to the desk, filled in.
"""

from dataclasses import replace
from datetime import date

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
from bot.conversation.flow import Beginning, Turn, arrive, begin, show_account_list, stay
from bot.conversation.questions import FROM_PROFILE, Draft
from bot.conversation.states import Reviewing
from bot.conversation.texts import text
from bot.domain.account import Account, AccountRole
from bot.domain.account_changes import AnnounceDeparture, EditAccount, account_label
from bot.domain.dates import format_date
from bot.domain.ticket import Answer

SUPPORT_MOTIF = "acces-peps/gestion-des-comptes/renouveler-compte-expire"


def administrator_leaves(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return arrive(replace(state, stage="administrator"), context)


def user_leaves(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return arrive(replace(state, stage="user"), context)


def own_departure_chosen(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return _announce(state, register_of(state, context).me, context)


def departing_account_picked(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    """Take the account of who leaves, or of who succeeds."""
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


def departure_announced(
    state: Departing, event: RegisterChanged, context: Context
) -> Turn[Departing | DeletingAccount | BrowsingAccounts | Inviting]:
    """Tell the other administrators; then delete the account, or find a successor first."""
    if event.refusal is not None:
        return show_account_list(state, context, lead=text(f"refusal.{event.refusal}", name=""))
    if state.stage == "promoted":
        inviting = Inviting(draft=state.draft, siret=state.siret, account=state.account)
        return Turn(inviting, (Invite(state.siret, state.account),))
    account = account_of(state, context)
    register = register_of(state, context)
    news = text("departure.news", name=account_label(account), employer=register.employer.name)
    tell = (TellOthers(state.siret, news),)
    if account.is_administrator and not register.others_in_charge(account.id, context.today):
        successor = replace(state, stage="successor", account="")
        key = "departure.only_you" if account.id == register.me else "departure.only_they"
        lead = text(key, employer=register.employer.name)
        return arrive(successor, context, lead=lead, before=tell)
    if deletion_refusal(account, state.siret, context) is not None:
        others = register.others_in_charge(account.id, context.today)
        names = ", ".join(other.holder.name for other in others)
        lead = text("departure.others_confirm", names=names)
        return show_account_list(state, context, lead=lead, before=tell)
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


def departure_put_off(
    state: Departing, event: Picked | Commanded, context: Context
) -> Turn[BrowsingAccounts]:
    """Keep the departure open: it is reminded of every week."""
    lead = text("departure.put_off") if state.stage in ("successor", "promoted") else None
    return show_account_list(state, context, lead=lead)


def support_wanted(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[Beginning | Reviewing]:
    """Open the recap of a request to the desk, filled in for a lone expired administrator."""
    draft = build_support_draft(state, context)
    if state.draft is not None:
        return begin(draft, state, context)
    return arrive(Reviewing(draft=draft), context)


def build_support_draft(state: BrowsingAccounts, context: Context) -> Draft:
    """Build the draft of that request."""
    register = register_of(state, context)
    mine = register.account(register.me)
    assert mine is not None  # the guard let us in
    told = {
        "siret": register.employer.siret,
        "employer_name": register.employer.name,
        "ident": mine.identifier,
        "description": _plea(mine),
        "email": context.profile.email or mine.holder.email,
    }
    draft = Draft(identity=context.identity, path=SUPPORT_MOTIF, help_seen=True, notice_seen=True)
    for key, value in told.items():
        note = FROM_PROFILE if key in ("siret", "employer_name", "email") else ""
        draft = draft.with_answer(Answer(key, value, note))
    return draft


def _plea(account: Account) -> str:
    day: date = account.expires
    return (
        f"Mon compte administrateur {account.identifier} a expiré le {format_date(day)} et je suis "
        "le seul administrateur de mon établissement : personne ne peut le renouveler. "
        "Pouvez-vous rétablir l'accès ?"
    )
