"""The review: one account after the other, shared by all administrators of the employer."""

from dataclasses import replace
from datetime import date

from bot.conversation.accounts.documents import review_summary
from bot.conversation.accounts.screens import account_of, register_of, renewable_accounts
from bot.conversation.accounts.states import BrowsingAccounts, RenewingAll, ReviewingAccounts
from bot.conversation.accounts.steps.edit import deletion_refusal, new_short_id
from bot.conversation.context import Context
from bot.conversation.effects import ChangeRegister, Effect
from bot.conversation.events import Commanded, Picked, RegisterChanged, Typed
from bot.conversation.flow import Turn, arrive, stay
from bot.conversation.questions import Draft
from bot.conversation.texts import Text, text
from bot.domain.account_changes import (
    BeginReview,
    DeleteAccount,
    FinishReview,
    PostponeAccount,
    RenewAccounts,
)
from bot.domain.dates import parse_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.errors import InvalidAnswerError

AccountReviewState = ReviewingAccounts | RenewingAll


def begin_review(
    siret: str, draft: Draft | None, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """Resume the employer's open review, or begin one with the accounts that need attention."""
    register = context.registers[siret]
    if not register.accounts:
        accounts = BrowsingAccounts(draft=draft, siret=siret)
        return arrive(accounts, context, lead=text("review.nothing"))
    horizon = context.rules.calendar.horizon
    scope = register.needing_attention(context.today, horizon)
    if not scope and not register.pending():
        scope = register.by_urgency()
    change = BeginReview(id=new_short_id(context), scope=tuple(one.id for one in scope))
    return Turn(ReviewingAccounts(draft=draft, siret=siret), (ChangeRegister(siret, change),))


def renewal_chosen(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    return arrive(replace(state, stage="renewal"), context)


def deletion_chosen(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    refusal = deletion_refusal(account_of(state, context), state.siret, context)
    if refusal is not None:
        return stay(state, context, lead=text(f"refusal.{refusal}", name=""))
    return arrive(replace(state, stage="deletion"), context)


def account_postponed(
    state: ReviewingAccounts, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts]:
    """« Plus tard » or « pas encore fait »: the account is asked again another time."""
    change = PostponeAccount(account=state.account)
    return Turn(state, (ChangeRegister(state.siret, change),))


def done_in_peps(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    """Record a deletion done in PEP's; ask the new date of a renewal."""
    if state.stage == "renewal":
        return arrive(replace(state, stage="date"), context)
    if state.stage != "deletion":
        return stay(state, context, lead=text("anywhere.stale"))
    change = DeleteAccount(account=state.account, seen=state.seen)
    return Turn(state, (ChangeRegister(state.siret, change),))


def renewal_date_picked(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    return _renew(state, date.fromisoformat(event.about), context)


def renewal_date_told(
    state: ReviewingAccounts, event: Typed, context: Context
) -> Turn[ReviewingAccounts]:
    if state.stage != "date":
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    try:
        expires = parse_date(event.text)
    except InvalidAnswerError as error:
        return stay(state, context, lead=text(f"fault.{error.fault}"))
    return _renew(state, expires, context)


def _renew(state: ReviewingAccounts, expires: date, context: Context) -> Turn[ReviewingAccounts]:
    if expires <= context.today:
        return stay(state, context, lead=text("refusal.not_later", name=""))
    change = RenewAccounts(seen={state.account: state.seen}, expires=expires)
    return Turn(state, (ChangeRegister(state.siret, change),))


def review_moved_on(
    state: ReviewingAccounts, event: RegisterChanged, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """Go to the next undecided account, or to the summary."""
    return next_account(state, context, _lead(event))


def _lead(event: RegisterChanged) -> Text | None:
    return None if event.refusal is None else text(f"refusal.{event.refusal}", name="")


def next_account(
    state: AccountReviewState, context: Context, lead: Text | None
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """Go to the next undecided account; close the review with its summary if there is none."""
    register = register_of(state, context)
    pending = register.pending()
    if pending:
        first = pending[0]
        reviewing = ReviewingAccounts(
            draft=state.draft, siret=state.siret, account=first.id, seen=first.version
        )
        return arrive(reviewing, context, lead=lead)
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    if register.review is None:
        return arrive(accounts, context, lead=lead or text("review.renewed"))
    return arrive(accounts, context, lead=lead, before=_closing(register, context))


def _closing(register: EmployerAccounts, context: Context) -> tuple[Effect, ...]:
    """The summary, and the effect that closes the review."""
    finish = ChangeRegister(register.employer.siret, FinishReview())
    return (*review_summary(register, context), finish)


def review_stopped(
    state: ReviewingAccounts, event: Picked | Commanded, context: Context
) -> Turn[BrowsingAccounts]:
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text("review.stopped"))


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


def renewing_all_date_picked(
    state: RenewingAll, event: Picked, context: Context
) -> Turn[RenewingAll]:
    return _renew_all(state, date.fromisoformat(event.about), context)


def renewing_all_date_told(state: RenewingAll, event: Typed, context: Context) -> Turn[RenewingAll]:
    if state.stage != "date":
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    try:
        expires = parse_date(event.text)
    except InvalidAnswerError as error:
        return stay(state, context, lead=text(f"fault.{error.fault}"))
    return _renew_all(state, expires, context)


def _renew_all(state: RenewingAll, expires: date, context: Context) -> Turn[RenewingAll]:
    if state.stage != "date" or expires <= context.today:
        return stay(state, context, lead=text("refusal.not_later", name=""))
    change = RenewAccounts(seen=dict(state.seen), expires=expires)
    return Turn(state, (ChangeRegister(state.siret, change),))


def renewing_all_done(
    state: RenewingAll, event: RegisterChanged, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    return next_account(state, context, _lead(event))


def renewing_all_left(
    state: RenewingAll, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    return next_account(state, context, None)
