"""The review: one account after the other, shared by all administrators of the employer."""

from dataclasses import replace
from datetime import date

from bot.conversation.accounts.documents import review_summary
from bot.conversation.accounts.screens import account_of, register_of, renewable_accounts
from bot.conversation.accounts.states import BrowsingAccounts, RenewingAll, ReviewingAccounts
from bot.conversation.accounts.steps.edit import (
    deletion_refusal,
    new_short_id,
    refusal_text,
    write_change,
)
from bot.conversation.context import Context
from bot.conversation.effects import ChangeRegister
from bot.conversation.events import Commanded, Picked, RegisterChanged, Typed
from bot.conversation.flow import Turn, arrive, show_account_list, stay
from bot.conversation.questions import Draft
from bot.conversation.texts import Text, text
from bot.domain.account_changes import (
    BeginReview,
    DeleteAccount,
    FinishReview,
    PostponeAccount,
    RenewAccounts,
    account_label,
)
from bot.domain.dates import read_coming_date, spell_date

AccountReviewState = ReviewingAccounts | RenewingAll


def begin_review(
    siret: str, draft: Draft | None, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """Resume the employer's open review, or begin one with the accounts that need attention."""
    register = context.registers[siret]
    if not register.accounts:
        accounts = BrowsingAccounts(draft=draft, siret=siret)
        return arrive(accounts, context, lead=text("review.nothing"))
    scope = register.needing_attention(context.today, context.rules.calendar.horizon)
    if not scope and not register.pending():
        scope = register.by_urgency(context.today)
    change = BeginReview(id=new_short_id(context), scope=tuple(one.id for one in scope))
    return write_change(ReviewingAccounts(draft=draft, siret=siret), change)


def renewal_chosen(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    return arrive(replace(state, stage="renewal"), context)


def deletion_chosen(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    refusal = deletion_refusal(account_of(state, context), state.siret, context)
    if refusal is not None:
        return stay(state, context, lead=refusal_text(refusal))
    return arrive(replace(state, stage="deletion"), context)


def account_postponed(
    state: ReviewingAccounts, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts]:
    """« Plus tard » or « pas encore fait »: the account is asked again another time."""
    return write_change(state, PostponeAccount(account=state.account))


def done_in_peps(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    """Record a deletion done in PEP's; ask the new date of a renewal."""
    if state.stage == "renewal":
        return arrive(replace(state, stage="date"), context)
    if state.stage != "deletion":
        return stay(state, context, lead=text("anywhere.stale"))
    return write_change(state, DeleteAccount(account=state.account, seen=state.seen))


def renewal_date_picked(
    state: AccountReviewState, event: Picked, context: Context
) -> Turn[AccountReviewState]:
    return _renew(state, date.fromisoformat(event.about), context)


def renewal_date_told(
    state: AccountReviewState, event: Typed, context: Context
) -> Turn[AccountReviewState]:
    if state.stage != "date":
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    return _renew(state, read_coming_date(event.text, context.today).value, context)


def _renew(state: AccountReviewState, expires: date, context: Context) -> Turn[AccountReviewState]:
    if state.stage != "date" or expires <= context.today:
        return stay(state, context, lead=text("refusal.not_later", name=""))
    seen = dict(state.seen) if isinstance(state, RenewingAll) else {state.account: state.seen}
    return write_change(state, RenewAccounts(seen=seen, expires=expires))


def review_moved_on(
    state: AccountReviewState, event: RegisterChanged, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """Go to the next undecided account, or to the summary."""
    lead = refusal_text(event.refusal) if event.refusal else _renewal_read_back(state, context)
    return next_account(state, context, lead)


def _renewal_read_back(state: AccountReviewState, context: Context) -> Text | None:
    """The new date of the one account that was renewed; of many, the summary says it."""
    if isinstance(state, RenewingAll) or state.stage != "date":
        return None
    account = account_of(state, context)
    day = spell_date(account.expires)
    return text("review.renewed_until", name=account_label(account), day=day)


def next_account(
    state: AccountReviewState, context: Context, lead: Text | None
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """Go to the next undecided account; close the review with its summary if there is none."""
    register = register_of(state, context)
    pending = register.pending()
    if pending:
        reviewing = ReviewingAccounts(draft=state.draft, siret=state.siret)
        first = replace(reviewing, account=pending[0].id, seen=pending[0].version)
        return arrive(first, context, lead=lead)
    if register.review is None:
        return show_account_list(state, context, lead=lead or text("review.renewed"))
    finish = ChangeRegister(state.siret, FinishReview())
    closing = (*review_summary(register, context), finish)
    return show_account_list(state, context, lead=lead, before=closing)


def review_stopped(
    state: AccountReviewState, event: Picked | Commanded, context: Context
) -> Turn[BrowsingAccounts]:
    return show_account_list(state, context, lead=text("review.stopped"))


def went_back_in_review(
    state: ReviewingAccounts, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    if state.stage == "verdict":
        return review_stopped(state, event, context)
    return arrive(replace(state, stage="verdict"), context)


def renewing_all_wanted(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[RenewingAll]:
    renewable = renewable_accounts(register_of(state, context))
    seen = tuple((account.id, account.version) for account in renewable)
    return arrive(RenewingAll(draft=state.draft, siret=state.siret, seen=seen), context)


def renewing_all_confirmed(
    state: RenewingAll, event: Picked, context: Context
) -> Turn[RenewingAll]:
    return arrive(replace(state, stage="date"), context)


def renewing_all_left(
    state: RenewingAll, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    return next_account(state, context, None)
