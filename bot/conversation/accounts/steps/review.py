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
from bot.conversation.flow import arrive, stay
from bot.conversation.questions import Draft
from bot.conversation.texts import Text, text
from bot.conversation.turn import Turn
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

Review = ReviewingAccounts | RenewingAll


def begin_review(
    siret: str, draft: Draft | None, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """Take the review up where it was left, by whomever; or begin it with what is urgent."""
    house = context.houses[siret]
    if not house.accounts:
        accounts = BrowsingAccounts(draft=draft, siret=siret)
        return arrive(accounts, context, lead=text("review.nothing"))
    horizon = context.rules.calendar.horizon
    scope = house.needing_attention(context.today, horizon)
    if not scope and not house.pending():
        scope = house.by_urgency()
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


def postponed(
    state: ReviewingAccounts, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts]:
    """« Plus tard », or « pas encore fait »: the next one, this one is asked again another time."""
    change = PostponeAccount(account=state.account)
    return Turn(state, (ChangeRegister(state.siret, change),))


def done(state: ReviewingAccounts, event: Picked, context: Context) -> Turn[ReviewingAccounts]:
    """It was done in PEP's: a deletion is recorded, a renewal has a date."""
    if state.stage == "renewal":
        return arrive(replace(state, stage="date"), context)
    if state.stage != "deletion":
        return stay(state, context, lead=text("anywhere.stale"))
    change = DeleteAccount(account=state.account, seen=state.seen)
    return Turn(state, (ChangeRegister(state.siret, change),))


def date_picked(
    state: ReviewingAccounts, event: Picked, context: Context
) -> Turn[ReviewingAccounts]:
    return _renew(state, date.fromisoformat(event.about), context)


def date_told(state: ReviewingAccounts, event: Typed, context: Context) -> Turn[ReviewingAccounts]:
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


def moved_on(
    state: ReviewingAccounts, event: RegisterChanged, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    """The next account nobody has decided, or the summary."""
    return next_account(state, context, _lead(event))


def _lead(event: RegisterChanged) -> Text | None:
    return None if event.refusal is None else text(f"refusal.{event.refusal}", name="")


def next_account(
    state: Review, context: Context, lead: Text | None
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    house = register_of(state, context)
    pending = house.pending()
    if pending:
        first = pending[0]
        reviewing = ReviewingAccounts(
            draft=state.draft, siret=state.siret, account=first.id, seen=first.version
        )
        return arrive(reviewing, context, lead=lead)
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    if house.review is None:
        return arrive(accounts, context, lead=lead or text("review.renewed"))
    return arrive(accounts, context, lead=lead, before=_closing(house, context))


def _closing(house: EmployerAccounts, context: Context) -> tuple[Effect, ...]:
    """The summary, said and as a document, and the review is closed."""
    finish = ChangeRegister(house.employer.siret, FinishReview())
    return (*review_summary(house, context), finish)


def stopped(
    state: ReviewingAccounts, event: Picked | Commanded, context: Context
) -> Turn[BrowsingAccounts]:
    accounts = BrowsingAccounts(draft=state.draft, siret=state.siret)
    return arrive(accounts, context, lead=text("review.stopped"))


def went_back(
    state: ReviewingAccounts, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    if state.stage == "verdict":
        return stopped(state, event, context)
    return arrive(replace(state, stage="verdict"), context)


def all_wanted(state: ReviewingAccounts, event: Picked, context: Context) -> Turn[RenewingAll]:
    renewable = renewable_accounts(register_of(state, context))
    seen = tuple((account.id, account.version) for account in renewable)
    return arrive(RenewingAll(draft=state.draft, siret=state.siret, seen=seen), context)


def all_confirmed(state: RenewingAll, event: Picked, context: Context) -> Turn[RenewingAll]:
    return arrive(replace(state, stage="date"), context)


def all_dated(state: RenewingAll, event: Picked, context: Context) -> Turn[RenewingAll]:
    return _renew_all(state, date.fromisoformat(event.about), context)


def all_told(state: RenewingAll, event: Typed, context: Context) -> Turn[RenewingAll]:
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


def all_renewed(
    state: RenewingAll, event: RegisterChanged, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    return next_account(state, context, _lead(event))


def all_left(
    state: RenewingAll, event: Picked | Commanded, context: Context
) -> Turn[ReviewingAccounts | BrowsingAccounts]:
    return next_account(state, context, None)
