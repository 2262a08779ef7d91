"""Support: who is alone and expired is led to the desk, with everything filled in."""

from datetime import date

from bot.conversation.accounts.screens import register_of
from bot.conversation.accounts.states import (
    BrowsingAccounts,
)
from bot.conversation.context import Context
from bot.conversation.events import Picked
from bot.conversation.flow import Beginning, arrive, begin
from bot.conversation.questions import FROM_PROFILE, Draft
from bot.conversation.states import Reviewing
from bot.conversation.turn import Turn
from bot.domain.account import Account
from bot.domain.dates import format_date
from bot.domain.ticket import Answer

SUPPORT_MOTIF = "acces-peps/gestion-des-comptes/renouveler-compte-expire"


def support_wanted(
    state: BrowsingAccounts, event: Picked, context: Context
) -> Turn[Beginning | Reviewing]:
    """An administrator alone and expired: the request to the desk, with everything filled in."""
    draft = support_draft(state, context)
    if state.draft is not None:
        return begin(draft, state, context)
    return arrive(Reviewing(draft=draft), context)


def support_draft(state: BrowsingAccounts, context: Context) -> Draft:
    house = register_of(state, context)
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
