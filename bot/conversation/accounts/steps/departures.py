"""Departures, invitations and absences: who leaves, who succeeds, who is invited, who is away."""

from dataclasses import replace
from datetime import date

from bot.conversation.accounts.screens import account_of, register_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    DeletingAccount,
    Departing,
    EditingAccount,
    Inviting,
    ReadingAccount,
)
from bot.conversation.accounts.steps.edit import (
    deletion_refusal,
    deletion_state,
    make_invitation,
    new_account,
    refusal_text,
    write_change,
)
from bot.conversation.context import Context
from bot.conversation.effects import (
    AcceptInvitation,
    RevokeInvitation,
    Say,
    TellOthers,
)
from bot.conversation.events import (
    Commanded,
    InvitationAnswered,
    Invited,
    Picked,
    RegisterChanged,
    Typed,
)
from bot.conversation.flow import (
    Beginning,
    Turn,
    arrive,
    begin,
    refuse,
    show_account_list,
    stay,
    worth_keeping,
)
from bot.conversation.questions import FROM_PROFILE, Draft
from bot.conversation.screens.layout import Choice
from bot.conversation.states import Idle, Reviewing, State
from bot.conversation.texts import text
from bot.domain.account import Account, AccountRole
from bot.domain.account_changes import AnnounceDeparture, EditAccount, account_label
from bot.domain.account_requests import is_own_departure, names_who_is_shown, takes_departure_back
from bot.domain.dates import format_date, read_near_date, spell_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.errors import InvalidAnswerError
from bot.domain.text import comparable_words
from bot.domain.ticket import Answer

SUPPORT_MOTIF = "acces-peps/gestion-des-comptes/renouveler-compte-expire"


def departure_told(
    siret: str, words: str, draft: Draft | None, context: Context, *, near: str = ""
) -> Turn[Departing | ReadingAccount | BrowsingAccounts]:
    """« Rose Lambert part le 31 décembre », « finalement elle reste », or no more than `/depart`.

    `near` is the account that was on the screen: whom « elle » means.
    """
    register = context.registers[siret]
    named = holder_named(register, words, context)
    account = named.id if named else register.me if is_own_departure(words) else ""
    shown = near if names_who_is_shown(words) else ""
    if takes_departure_back(words):
        return _departure_to_take_back(siret, account, draft, context, near=shown)
    account = account or shown
    departing = Departing(draft=draft, siret=siret, account=account)
    try:
        day = read_near_date(words, context.today).value
    except InvalidAnswerError as error:
        asked = replace(departing, stage="day")
        if account and error.readings:
            return refuse(asked, error, context)
        return arrive(asked if account else departing, context)
    if not account:
        return arrive(replace(departing, day=day), context)
    return _announce(replace(departing, day=day), account, context)


def holder_named(register: EmployerAccounts, words: str, context: Context) -> Account | None:
    """The account whose holder these words name, if one alone may be meant."""
    names = context.knowledge.people_in(words, context.names)
    return register.held_by(comparable_words(words), names)


def departure_typed(
    state: Departing, event: Typed, context: Context
) -> Turn[Departing | ReadingAccount | BrowsingAccounts]:
    """The day that is asked, or the name of who leaves or succeeds."""
    if state.stage == "day":
        day = read_near_date(event.text, context.today).value
        return _announce(replace(state, day=day), state.account, context)
    register = register_of(state, context)
    named = holder_named(register, event.text, context)
    if named is None:
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    if state.stage in ("who", "administrator", "user") and state.day is None:
        return departure_told(state.siret, event.text, state.draft, context)
    return _account_chosen(state, named, context)


def departure_day_picked(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return _announce(replace(state, day=date.fromisoformat(event.about)), state.account, context)


def leaver_kind_chosen(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    """« Un administrateur » or « un utilisateur » leaves: choose which."""
    is_user = event.choice == Choice.USER
    return arrive(replace(state, stage="user" if is_user else "administrator"), context)


def own_departure_chosen(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    return _announce(state, register_of(state, context).me, context)


def departing_account_picked(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    """Take the account of who leaves, or of who succeeds."""
    account = register_of(state, context).account(event.about)
    if account is None:
        return stay(state, context, lead=text("refusal.gone"))
    return _account_chosen(state, account, context)


def _account_chosen(state: Departing, account: Account, context: Context) -> Turn[Departing]:
    if state.stage == "promotion":
        promoted = replace(state, stage="promoted", account=account.id, seen=account.version)
        return arrive(promoted, context)
    return _announce(state, account.id, context)


def _announce(state: Departing, account: str, context: Context) -> Turn[Departing]:
    """Record the departure once its day is known; one that is past counts from today."""
    if state.day is None:
        return arrive(replace(state, stage="day", account=account), context)
    leaves = max(state.day, context.today)
    change = AnnounceDeparture(account=account, leaves=leaves)
    return write_change(replace(state, account=account), change)


def departure_announced(
    state: Departing, event: RegisterChanged, context: Context
) -> Turn[Departing | DeletingAccount | ReadingAccount | BrowsingAccounts | Inviting]:
    """Tell the other administrators and read the day back; then a successor is found first, the
    account deleted, or nothing is to be done before the day."""
    if event.refusal is not None:
        return show_account_list(state, context, lead=refusal_text(event.refusal))
    if state.stage == "promoted":
        return make_invitation(state, state.account)
    account = account_of(state, context)
    register = register_of(state, context)
    assert account.leaves is not None  # it was written in this turn
    said = {"name": account_label(account), "day": spell_date(account.leaves)}
    news = text("departure.news", employer=register.employer.name, **said)
    tell = (TellOthers(state.siret, news),)
    is_leaving = account.is_leaving(context.today)
    noted = text("departure.announced" if is_leaving else "departure.planned", **said)
    if account.is_administrator and not register.others_in_charge(account.id, context.today):
        key = "departure.only_you" if account.id == register.me else "departure.only_they"
        lead = text(key, noted=noted, employer=register.employer.name)
        return arrive(replace(state, stage="successor"), context, lead=lead, before=tell)
    if not is_leaving:
        reading = ReadingAccount(draft=state.draft, siret=state.siret, account=account.id)
        return arrive(reading, context, lead=noted, before=tell)
    if deletion_refusal(account, state.siret, context) is not None:
        others = register.others_in_charge(account.id, context.today)
        names = ", ".join(other.holder.name for other in others)
        lead = text("departure.others_confirm", names=names)
        return show_account_list(state, context, lead=lead, before=tell)
    task = deletion_state(state.siret, account, state.draft)
    return arrive(task, context, lead=noted, before=tell)


def _departure_to_take_back(
    siret: str, account: str, draft: Draft | None, context: Context, *, near: str
) -> Turn[Departing | ReadingAccount | BrowsingAccounts]:
    """Take back the departure of an account, of the one that is shown, the only one, or ask."""
    leavers = context.registers[siret].leavers()
    meant = [one for one in leavers if one.id == (account or near)]
    meant = meant or ([] if account else leavers)
    if len(meant) == 1:
        return _take_back(siret, meant[0].id, draft)
    if not meant:
        accounts = BrowsingAccounts(draft=draft, siret=siret)
        return arrive(accounts, context, lead=text("departure.none_announced"))
    return arrive(Departing(draft=draft, siret=siret, stage="back"), context)


def departure_taken_back(
    state: State, event: Picked, context: Context
) -> Turn[ReadingAccount | BrowsingAccounts | Idle]:
    """« Annuler ce départ », also under an older message."""
    draft = worth_keeping(state.draft)
    for siret, register in context.registers.items():
        account = register.account(event.about)
        if account is not None and account.leaves is not None:
            return _take_back(siret, account.id, draft)
        if account is not None:
            accounts = BrowsingAccounts(draft=draft, siret=siret)
            return arrive(accounts, context, lead=text("departure.none_announced"))
    return arrive(Idle(draft=draft), context, lead=text("accounts.not_yours"))


def _take_back(siret: str, account: str, draft: Draft | None) -> Turn[ReadingAccount]:
    reading = ReadingAccount(draft=draft, siret=siret, account=account)
    return write_change(reading, AnnounceDeparture(account=account, leaves=None))


def departure_withdrawn(
    state: ReadingAccount, event: RegisterChanged, context: Context
) -> Turn[ReadingAccount | BrowsingAccounts]:
    """Say so, to the other administrators as well."""
    if event.refusal is not None:
        return show_account_list(state, context, lead=refusal_text(event.refusal))
    register, name = register_of(state, context), account_label(account_of(state, context))
    news = text("departure.withdrawn_news", name=name, employer=register.employer.name)
    lead = text("departure.withdrawn", name=name)
    return arrive(state, context, lead=lead, before=(TellOthers(state.siret, news),))


def promotion_wanted(
    state: Departing | Inviting, event: Picked, context: Context
) -> Turn[Departing]:
    return arrive(Departing(draft=state.draft, siret=state.siret, stage="promotion"), context)


def creation_wanted(
    state: Departing | Inviting, event: Picked, context: Context
) -> Turn[EditingAccount]:
    new = new_account(state.siret, state.draft, role=AccountRole.ADMINISTRATOR, succeeds=True)
    return arrive(new, context, lead=text("steps.create"))


def promotion_done(state: Departing, event: Picked, context: Context) -> Turn[Departing]:
    account = account_of(state, context)
    promoted = replace(account, role=AccountRole.ADMINISTRATOR, version=state.seen)
    return write_change(state, EditAccount(account=promoted))


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
    register = register_of(state, context)
    mine = register.account(register.me)
    assert mine is not None  # `refuse_access` checked it
    plea = (
        f"Mon compte administrateur {mine.identifier} a expiré le {format_date(mine.expires)} et "
        "je suis le seul administrateur de mon établissement : personne ne peut le renouveler. "
        "Pouvez-vous rétablir l'accès ?"
    )
    told = (
        Answer("siret", register.employer.siret, FROM_PROFILE),
        Answer("employer_name", register.employer.name, FROM_PROFILE),
        Answer("ident", mine.identifier),
        Answer("description", plea),
        Answer("email", context.profile.email or mine.holder.email, FROM_PROFILE),
    )
    draft = Draft(
        identity=context.identity,
        path=SUPPORT_MOTIF,
        answers=told,
        help_seen=True,
        notice_seen=True,
    )
    if state.draft is not None:
        return begin(draft, state, context)
    return arrive(Reviewing(draft=draft), context)


INVITATION_LINK = "i_"


def invitation_brought(state: State, code: str, context: Context) -> Turn[Idle]:
    """`/start i_…`: have the invitation's code checked."""
    return Turn(Idle(draft=worth_keeping(state.draft)), (AcceptInvitation(code),))


def invitation_answered(
    state: State, event: InvitationAnswered, context: Context
) -> Turn[Idle | BrowsingAccounts]:
    """Open the accounts for an administrator, or say why the invitation is not valid."""
    draft = state.draft
    if event.employer is None:
        return arrive(Idle(draft=draft), context, lead=text(f"invitation.{event.state}"))
    name = event.employer.name
    if not event.administers or event.employer.siret not in context.registers:
        lead = text("invitation.welcome_user", employer=name)
        return arrive(Idle(draft=draft), context, lead=lead)
    accounts = BrowsingAccounts(draft=draft, siret=event.employer.siret)
    return arrive(accounts, context, lead=text("invitation.welcome", employer=name))


def invited_account_picked(state: Inviting, event: Picked, context: Context) -> Turn[Inviting]:
    if register_of(state, context).account(event.about) is None:
        return stay(state, context, lead=text("refusal.gone"))
    return make_invitation(state, event.about)


def revocation_wanted(state: Inviting, event: Picked, context: Context) -> Turn[Inviting]:
    return Turn(state, (RevokeInvitation(state.siret, state.account),))


def invitation_revoked(
    state: Inviting, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    return show_account_list(state, context, lead=text("invitation.ended"))


def invitation_wanted(state: ReadingAccount, event: Picked, context: Context) -> Turn[Inviting]:
    return make_invitation(state, state.account)


def invitation_made(
    state: Inviting, event: Invited, context: Context
) -> Turn[Inviting | BrowsingAccounts]:
    """Show the link once, for the person to hand on."""
    if event.refusal is not None:
        return show_account_list(state, context, lead=refusal_text(event.refusal))
    said = text("invitation.command", command=f"/start {INVITATION_LINK}{event.code}")
    if context.rules.link:
        link = f"{context.rules.link}?start={INVITATION_LINK}{event.code}"
        said = text("invitation.link", link=link)
    return arrive(state, context, before=(Say(said),))
