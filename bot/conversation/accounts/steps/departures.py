"""Departures, invitations and absences: who leaves, who succeeds, who is invited, who is away."""

from dataclasses import replace

from bot.conversation.accounts.screens import account_of, register_of, stand_ins
from bot.conversation.accounts.states import (
    BrowsingAccounts,
    DeletingAccount,
    Departing,
    EditingAccount,
    Inviting,
    ReadingAccount,
    TakingLeave,
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
    show_account_list,
    stay,
    worth_keeping,
)
from bot.conversation.questions import FROM_PROFILE, Draft
from bot.conversation.screens.layout import Choice
from bot.conversation.states import Idle, Reviewing, State
from bot.conversation.texts import text
from bot.domain.account import AccountRole
from bot.domain.account_changes import AnnounceDeparture, EditAccount, TakeLeave, account_label
from bot.domain.dates import format_date, read_absence
from bot.domain.ticket import Answer

SUPPORT_MOTIF = "acces-peps/gestion-des-comptes/renouveler-compte-expire"


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
    if state.stage == "promotion":
        promoted = replace(state, stage="promoted", account=account.id, seen=account.version)
        return arrive(promoted, context)
    return _announce(state, account.id, context)


def _announce(state: Departing, account: str, context: Context) -> Turn[Departing]:
    return write_change(replace(state, account=account), AnnounceDeparture(account=account))


def departure_announced(
    state: Departing, event: RegisterChanged, context: Context
) -> Turn[Departing | DeletingAccount | BrowsingAccounts | Inviting]:
    """Tell the other administrators; then delete the account, or find a successor first."""
    if event.refusal is not None:
        return show_account_list(state, context, lead=refusal_text(event.refusal))
    if state.stage == "promoted":
        return make_invitation(state, state.account)
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
    lead = text("departure.announced", name=account_label(account))
    return arrive(task, context, lead=lead, before=tell)


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


def absence_date_told(state: TakingLeave, event: Typed, context: Context) -> Turn[TakingLeave]:
    """Take the first day of the absence, then the last; or both from one sentence."""
    if state.last is not None:
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    days = read_absence(event.text, context.today).value
    is_one_day = days.start == days.end
    if state.first is None and is_one_day:
        return arrive(replace(state, first=days.start), context)
    first = state.first if state.first is not None and is_one_day else days.start
    if days.end < first or days.end < context.today:
        return stay(state, context, lead=text("leave.backwards"))
    return arrive(replace(state, first=first, last=days.end), context)


def stand_in_picked(state: TakingLeave, event: Picked, context: Context) -> Turn[TakingLeave]:
    if state.last is None:
        return stay(state, context, lead=text("anywhere.stale"))
    known = {account.id for account in stand_ins(register_of(state, context), context)}
    stand_in = event.about if event.about in known else ""
    return write_change(state, TakeLeave(first=state.first, last=state.last, stand_in=stand_in))


def absence_ended(state: TakingLeave, event: Picked, context: Context) -> Turn[TakingLeave]:
    """Record that the person is back."""
    cleared = replace(state, first=None, last=None)
    return write_change(cleared, TakeLeave(first=None, last=None))


def absence_recorded(
    state: TakingLeave, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    """Say who stands in; advise a second administrator where there is none."""
    if state.first is None or state.last is None:
        return show_account_list(state, context, lead=text("leave.returned"))
    key = "leave.noted" if stand_ins(register_of(state, context), context) else "leave.alone"
    lead = text(key, first=format_date(state.first), last=format_date(state.last))
    return show_account_list(state, context, lead=lead)


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
