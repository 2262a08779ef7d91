"""Invitations and absences: who is invited, who accepts, who is away and who stands in."""

from dataclasses import replace

from bot.conversation.accounts.screens import register_of, stand_ins
from bot.conversation.accounts.states import BrowsingAccounts, Inviting, ReadingAccount, TakingLeave
from bot.conversation.context import Context
from bot.conversation.effects import AcceptInvitation, ChangeRegister, Invite, RevokeInvitation, Say
from bot.conversation.events import (
    InvitationAnswered,
    Invited,
    Picked,
    RegisterChanged,
    Typed,
)
from bot.conversation.flow import Turn, arrive, show_account_list, stay, worth_keeping
from bot.conversation.states import Idle, State
from bot.conversation.texts import Text, text
from bot.domain.account_changes import TakeLeave
from bot.domain.dates import format_date, parse_date

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
    lead = text("invitation.welcome", employer=name)
    return arrive(accounts, context, lead=lead)


def invited_account_picked(state: Inviting, event: Picked, context: Context) -> Turn[Inviting]:
    if register_of(state, context).account(event.about) is None:
        return stay(state, context, lead=text("refusal.gone"))
    inviting = replace(state, account=event.about)
    return Turn(inviting, (Invite(state.siret, event.about),))


def revocation_wanted(state: Inviting, event: Picked, context: Context) -> Turn[Inviting]:
    return Turn(state, (RevokeInvitation(state.siret, state.account),))


def invitation_revoked(
    state: Inviting, event: RegisterChanged, context: Context
) -> Turn[BrowsingAccounts]:
    return show_account_list(state, context, lead=text("invitation.ended"))


def absence_date_told(state: TakingLeave, event: Typed, context: Context) -> Turn[TakingLeave]:
    """Take the first day of the absence, then the last."""
    if state.last is not None:
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    day = parse_date(event.text)
    if state.first is None:
        return arrive(replace(state, first=day), context)
    if day < state.first or day < context.today:
        return stay(state, context, lead=text("leave.backwards"))
    return arrive(replace(state, last=day), context)


def stand_in_picked(state: TakingLeave, event: Picked, context: Context) -> Turn[TakingLeave]:
    if state.last is None:
        return stay(state, context, lead=text("anywhere.stale"))
    known = {account.id for account in stand_ins(register_of(state, context), context)}
    stand_in = event.about if event.about in known else ""
    change = TakeLeave(first=state.first, last=state.last, stand_in=stand_in)
    return Turn(state, (ChangeRegister(state.siret, change),))


def absence_ended(state: TakingLeave, event: Picked, context: Context) -> Turn[TakingLeave]:
    """Record that the person is back."""
    cleared = replace(state, first=None, last=None)
    return Turn(cleared, (ChangeRegister(state.siret, TakeLeave(first=None, last=None)),))


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
    inviting = Inviting(draft=state.draft, siret=state.siret, account=state.account)
    return Turn(inviting, (Invite(state.siret, state.account),))


def invitation_made(
    state: Inviting, event: Invited, context: Context
) -> Turn[Inviting | BrowsingAccounts]:
    """Show the link once, for the person to hand on."""
    if event.refusal is not None:
        lead = text(f"refusal.{event.refusal}", name="")
        return show_account_list(state, context, lead=lead)
    return arrive(state, context, before=(Say(invitation_text(event.code, context)),))


def invitation_text(code: str, context: Context) -> Text:
    """The link of an invitation, or the command where the bot has no link."""
    if context.rules.link:
        return text("invitation.link", link=f"{context.rules.link}?start=i_{code}")
    return text("invitation.command", command=f"/start i_{code}")
