"""Edit: add an account, change one of its fields, delete it; what happens if that is refused."""

from dataclasses import replace
from typing import TypeVar

from bot.conversation.accounts.screens import account_of, register_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    ConfirmingRecycling,
    DeletingAccount,
    EditingAccount,
    EmployerState,
    Entry,
    Inviting,
    ReadingAccount,
    entry_of,
)
from bot.conversation.accounts.texts import (
    ENTRY_PARSERS,
    ENTRY_QUESTIONS,
    ESTIMATE,
    RENEWED,
    next_entry_key,
)
from bot.conversation.context import Context
from bot.conversation.effects import ChangeRegister, Invite
from bot.conversation.events import Picked, RegisterChanged, Typed
from bot.conversation.flow import Turn, arrive, show_account_list, stay
from bot.conversation.questions import Draft
from bot.conversation.texts import Text, text
from bot.domain.account import Account, AccountRole
from bot.domain.account_changes import AddAccount, Change, DeleteAccount, EditAccount, Refusal

EmployerStateT = TypeVar("EmployerStateT", bound=EmployerState)


def write_change(state: EmployerStateT, change: Change) -> Turn[EmployerStateT]:
    """Have a change written; `RegisterChanged` answers in the same turn."""
    return Turn(state, (ChangeRegister(state.siret, change),))


def make_invitation(state: EmployerState, account: str) -> Turn[Inviting]:
    """Have an invitation made for an account; `Invited` answers in the same turn."""
    inviting = Inviting(draft=state.draft, siret=state.siret, account=account)
    return Turn(inviting, (Invite(state.siret, account),))


def refusal_text(refusal: Refusal) -> Text:
    """Why something was refused."""
    return text(f"refusal.{refusal}", name="")


def addition_wanted(
    state: BrowsingAccounts | ConfirmingRecycling, event: Picked, context: Context
) -> Turn[EditingAccount]:
    return arrive(new_account(state.siret, state.draft), context)


def new_account(
    siret: str, draft: Draft | None, *, role: AccountRole | None = None, succeeds: bool = False
) -> EditingAccount:
    """The state that asks the first question about a new account."""
    entry, key = Entry(role=role), ENTRY_QUESTIONS[0]
    return EditingAccount(draft=draft, siret=siret, entry=entry, key=key, succeeds=succeeds)


def edit_wanted(state: ReadingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    account = account_of(state, context)
    editing = EditingAccount(draft=state.draft, siret=state.siret, entry=entry_of(account))
    return arrive(replace(editing, account=account.id, seen=account.version), context)


def field_picked(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    if event.about not in ENTRY_QUESTIONS:
        return stay(state, context, lead=text("anywhere.stale"))
    return arrive(replace(state, key=event.about), context)


def entry_told(state: EditingAccount, event: Typed, context: Context) -> Turn[EditingAccount]:
    """Parse the text for the question asked."""
    parse = ENTRY_PARSERS.get(state.key)
    if parse is None:
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    entry = parse(state.entry, event.text, context)
    if state.key == RENEWED:
        return arrive(replace(state, entry=entry, key=ESTIMATE), context)
    return next_entry_question(replace(state, entry=entry), context)


def role_picked(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    entry = replace(state.entry, role=AccountRole(event.about))
    return next_entry_question(replace(state, entry=entry), context)


def email_skipped(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    return next_entry_question(replace(state, entry=replace(state.entry, email="")), context)


def date_unknown(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    return arrive(replace(state, key=RENEWED), context)


def estimate_kept(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    return next_entry_question(state, context)


def next_entry_question(state: EditingAccount, context: Context) -> Turn[EditingAccount]:
    """Ask the next question; write the account when all are answered, or one was changed."""
    key = next_entry_key(state.key)
    if key == "role" and state.succeeds:
        key = next_entry_key(key)
    if key and not state.account:
        return arrive(replace(state, key=key), context)
    return write_change(state, _change(state, context))


def _change(
    state: EditingAccount | ConfirmingRecycling, context: Context
) -> AddAccount | EditAccount:
    entry = state.entry
    assert entry.role is not None  # all questions are answered
    assert entry.expires is not None
    if not state.account:
        return AddAccount(
            id=new_short_id(context),
            identifier=entry.identifier,
            holder=entry.holder,
            role=entry.role,
            expires=entry.expires,
            estimated=entry.estimated,
        )
    known = register_of(state, context).account(state.account)
    assert known is not None  # `refuse_access` checked it
    wanted = replace(
        known,
        identifier=entry.identifier,
        holder=entry.holder,
        role=entry.role,
        expires=entry.expires,
        estimated=entry.estimated,
        version=state.seen,
    )
    return EditAccount(account=wanted, recycled=isinstance(state, ConfirmingRecycling))


def new_short_id(context: Context) -> str:
    """A new identifier, short enough for a button's code."""
    return context.identity.replace("-", "")[:16]


def entry_written(
    state: EditingAccount, event: RegisterChanged, context: Context
) -> Turn[EditingAccount | BrowsingAccounts | ConfirmingRecycling | ReadingAccount | Inviting]:
    """Show the account as it was written, or ask again what was refused."""
    match event.refusal:
        case None:
            account = register_of(state, context).named(state.entry.identifier)
            assert account is not None  # it was written in this turn
            if state.succeeds:
                return make_invitation(state, account.id)
            lead = text("accounts.kept", name=account.holder.name)
            if not state.account:
                return show_account_list(state, context, lead=lead)
            reading = ReadingAccount(draft=state.draft, siret=state.siret, account=account.id)
            return arrive(reading, context, lead=lead)
        case Refusal.RECYCLED:
            sure = ConfirmingRecycling(
                draft=state.draft,
                siret=state.siret,
                account=state.account,
                seen=state.seen,
                entry=state.entry,
            )
            return arrive(sure, context)
        case Refusal.TAKEN | Refusal.USED_UP:
            lead = text(f"refusal.{event.refusal}", name=state.entry.identifier)
            return arrive(replace(state, key="identifier"), context, lead=lead)
        case _:
            return show_account_list(state, context, lead=refusal_text(event.refusal))


def recycling_confirmed(
    state: ConfirmingRecycling, event: Picked, context: Context
) -> Turn[ConfirmingRecycling]:
    return write_change(state, _change(state, context))


def account_recycled(
    state: ConfirmingRecycling, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    """Show the accounts after one was given to another holder, or why it was not."""
    if event.refusal is not None:
        return show_account_list(state, context, lead=refusal_text(event.refusal))
    lead = text("accounts.kept", name=state.entry.holder.name)
    return show_account_list(state, context, lead=lead)


def deletion_wanted(
    state: ReadingAccount, event: Picked, context: Context
) -> Turn[DeletingAccount | ReadingAccount]:
    account = account_of(state, context)
    refusal = deletion_refusal(account, state.siret, context)
    if refusal is not None:
        return stay(state, context, lead=refusal_text(refusal))
    return arrive(deletion_state(state.siret, account, state.draft), context)


def deletion_refusal(account: Account, siret: str, context: Context) -> Refusal | None:
    """The reason why an account cannot be deleted yet, told before anybody deletes it in PEP's."""
    register = context.registers[siret]
    if not account.is_administrator:
        return None
    if not register.others_in_charge(account.id, context.today):
        return Refusal.ONE_LEFT
    return Refusal.BY_SUCCESSOR if account.id == register.me else None


def deletion_state(siret: str, account: Account, draft: Draft | None) -> DeletingAccount:
    """The state that shows the steps of a deletion."""
    return DeletingAccount(draft=draft, siret=siret, account=account.id, seen=account.version)


def deletion_done(state: DeletingAccount, event: Picked, context: Context) -> Turn[DeletingAccount]:
    return write_change(state, DeleteAccount(account=state.account, seen=state.seen))


def account_deleted(
    state: DeletingAccount, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    if event.refusal is not None:
        return show_account_list(state, context, lead=refusal_text(event.refusal))
    return show_account_list(state, context, lead=text("accounts.deleted"))


def account_not_deleted(
    state: DeletingAccount, event: Picked, context: Context
) -> Turn[BrowsingAccounts]:
    return show_account_list(state, context, lead=text("accounts.not_done"))
