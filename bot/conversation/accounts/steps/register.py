"""The register: looking through the accounts, adding one, changing one, deleting one."""

from dataclasses import replace
from datetime import date

from bot.conversation.accounts.asking import (
    ESTIMATE,
    PARSERS,
    QUESTIONS,
    RENEWED,
    next_key,
)
from bot.conversation.accounts.effects import ChangeRegister, Invite
from bot.conversation.accounts.events import Invited, RegisterChanged
from bot.conversation.accounts.screens import account_of, house_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    ConfirmingRecycling,
    DeletingAccount,
    EditingAccount,
    Entry,
    Inviting,
    ReadingAccount,
    ReviewingAccounts,
    entry_of,
)
from bot.conversation.context import Context
from bot.conversation.draft import Draft
from bot.conversation.effects import Say
from bot.conversation.events import Commanded, Picked, Typed
from bot.conversation.flow import arrive, begin, stay
from bot.conversation.questions import FROM_PROFILE
from bot.conversation.states import ChoosingSuggestion, Resuming, Reviewing
from bot.conversation.text import Text, text
from bot.conversation.turn import Turn
from bot.domain.account import Account, Role
from bot.domain.changes import AddAccount, AnnounceDeparture, DeleteAccount, EditAccount, Refusal
from bot.domain.dates import format_date
from bot.domain.errors import InvalidAnswerError
from bot.domain.ticket import Answer

SUPPORT_MOTIF = "acces-peps/gestion-des-comptes/renouveler-compte-expire"


def page_turned(state: BrowsingAccounts, event: Picked, context: Context) -> Turn[BrowsingAccounts]:
    return arrive(replace(state, page=int(event.about)), context)


def account_picked(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[ReadingAccount | BrowsingAccounts]:
    if house_of(state, context).account(event.about) is None:
        return arrive(state, context, lead=text("refusal.gone"))
    return arrive(_reading(state, event.about), context)


def _reading(
    state: BrowsingAccounts | EditingAccount | DeletingAccount, account: str
) -> ReadingAccount:
    return ReadingAccount(draft=state.draft, siret=state.siret, account=account)


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


def addition_wanted(
    state: BrowsingAccounts | ConfirmingRecycling, event: Picked, context: Context
) -> Turn[EditingAccount]:
    return arrive(new_account(state.siret, state.draft), context)


def new_account(
    siret: str, draft: Draft | None, *, role: Role | None = None, succeeds: bool = False
) -> EditingAccount:
    """The first question about an account to add."""
    return EditingAccount(
        draft=draft,
        siret=siret,
        entry=Entry(role=role),
        key=QUESTIONS[0],
        succeeds=succeeds,
    )


def edit_wanted(state: ReadingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    account = account_of(state, context)
    editing = EditingAccount(
        draft=state.draft,
        siret=state.siret,
        account=account.id,
        seen=account.version,
        entry=entry_of(account),
    )
    return arrive(editing, context)


def field_picked(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    if event.about not in QUESTIONS:
        return stay(state, context, lead=text("anywhere.stale"))
    return arrive(replace(state, key=event.about), context)


def told(state: EditingAccount, event: Typed, context: Context) -> Turn[EditingAccount]:
    """What was typed for the question at hand."""
    parse = PARSERS.get(state.key)
    if parse is None:
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    try:
        entry = parse(state.entry, event.text, context)
    except InvalidAnswerError as error:
        return stay(state, context, lead=text(f"fault.{error.fault}"))
    if state.key == RENEWED:
        return arrive(replace(state, entry=entry, key=ESTIMATE), context)
    return go_on(replace(state, entry=entry), context)


def role_picked(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    return go_on(replace(state, entry=replace(state.entry, role=Role(event.about))), context)


def email_skipped(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    return go_on(replace(state, entry=replace(state.entry, email="")), context)


def date_unknown(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    return arrive(replace(state, key=RENEWED), context)


def estimate_kept(state: EditingAccount, event: Picked, context: Context) -> Turn[EditingAccount]:
    return go_on(state, context)


def go_on(state: EditingAccount, context: Context) -> Turn[EditingAccount]:
    """The next question about a new account; when all is told, or one line changed, write it."""
    key = next_key(state.key)
    if key == "role" and state.succeeds:
        key = next_key(key)
    if key and not state.account:
        return arrive(replace(state, key=key), context)
    return Turn(state, (ChangeRegister(state.siret, _change(state, context)),))


def _change(
    state: EditingAccount | ConfirmingRecycling, context: Context
) -> AddAccount | EditAccount:
    entry = state.entry
    assert entry.role is not None  # all questions are answered
    assert entry.expires is not None
    if not state.account:
        return AddAccount(
            id=fresh_id(context),
            identifier=entry.identifier,
            holder=entry.holder,
            role=entry.role,
            expires=entry.expires,
            estimated=entry.estimated,
        )
    known = house_of(state, context).account(state.account)
    assert known is not None  # the guard let us in
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


def fresh_id(context: Context) -> str:
    """Short enough for a button."""
    return context.identity.replace("-", "")[:16]


def written(
    state: EditingAccount, event: RegisterChanged, context: Context
) -> Turn[EditingAccount | BrowsingAccounts | ConfirmingRecycling | ReadingAccount | Inviting]:
    """The account as it stands; or why it does not, and the question asked again."""
    match event.refusal:
        case None:
            return _kept(state, context)
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
            return _refused(state, event.refusal, context)


def _kept(
    state: EditingAccount, context: Context
) -> Turn[BrowsingAccounts | ReadingAccount | Inviting]:
    account = house_of(state, context).named(state.entry.identifier)
    assert account is not None  # it was written in this turn
    if state.succeeds:
        inviting = Inviting(draft=state.draft, siret=state.siret, account=account.id)
        return Turn(inviting, (Invite(state.siret, account.id),))
    lead = text("accounts.kept", name=account.holder.name)
    if state.account:
        return arrive(_reading(state, account.id), context, lead=lead)
    return arrive(BrowsingAccounts(draft=state.draft, siret=state.siret), context, lead=lead)


def _refused(
    state: EditingAccount | ConfirmingRecycling | DeletingAccount,
    refusal: Refusal,
    context: Context,
) -> Turn[BrowsingAccounts]:
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text(f"refusal.{refusal}", name=""))


def recycling_confirmed(
    state: ConfirmingRecycling, event: Picked, context: Context
) -> Turn[ConfirmingRecycling]:
    return Turn(state, (ChangeRegister(state.siret, _change(state, context)),))


def recycled(
    state: ConfirmingRecycling, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    if event.refusal is not None:
        return _refused(state, event.refusal, context)
    lead = text("accounts.kept", name=state.entry.holder.name)
    return arrive(BrowsingAccounts(draft=state.draft, siret=state.siret), context, lead=lead)


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
        return _refused(state, event.refusal, context)
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text("accounts.deleted"))


def not_deleted(state: DeletingAccount, event: Picked, context: Context) -> Turn[BrowsingAccounts]:
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text("accounts.not_done"))


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


def invitation_wanted(state: ReadingAccount, event: Picked, context: Context) -> Turn[Inviting]:
    inviting = Inviting(draft=state.draft, siret=state.siret, account=state.account)
    return Turn(inviting, (Invite(state.siret, state.account),))


def support_wanted(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[ChoosingSuggestion | Resuming | Reviewing]:
    """An administrator alone and expired: the request to the desk, with everything filled in."""
    draft = support_draft(state, context)
    if state.draft is not None:
        return begin(draft, state, context)
    return arrive(Reviewing(draft=draft), context)


def support_draft(state: BrowsingAccounts, context: Context) -> Draft:
    house = house_of(state, context)
    mine = house.account(house.me)
    assert mine is not None  # the guard let us in
    told = {
        "siret": house.employer.siret,
        "employer_name": house.employer.name,
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


def invited(state: Inviting, event: Invited, context: Context) -> Turn[Inviting | BrowsingAccounts]:
    """The link, to be handed to the person; it is shown once."""
    if event.refusal is not None:
        accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
        return arrive(accounts, context, lead=text(f"refusal.{event.refusal}", name=""))
    return arrive(state, context, before=(Say(invitation_text(event.code, context)),))


def invitation_text(code: str, context: Context) -> Text:
    if context.rules.link:
        return text("invitation.link", link=f"{context.rules.link}?start=i_{code}")
    return text("invitation.command", command=f"/start i_{code}")
