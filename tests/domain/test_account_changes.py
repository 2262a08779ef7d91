"""Changes to a register: what is done, what is refused, and that nobody undoes anybody."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.registers import (
    ANNE,
    BRUNO,
    CHLOE,
    TODAY,
    a_register,
    an_account,
    an_administrator,
)

from bot.domain.account import AccountRole, Holder
from bot.domain.account_changes import (
    AddAccount,
    AnnounceDeparture,
    BeginReview,
    Change,
    DeleteAccount,
    EditAccount,
    FinishReview,
    PostponeAccount,
    Refusal,
    RefusedChangeError,
    RenewAccounts,
    apply_change,
)
from bot.domain.employer_accounts import AdministratorLink, EmployerAccounts, ReviewVerdict

LATER = TODAY + timedelta(days=500)


def refusal(register: EmployerAccounts, change: Change) -> Refusal:
    with pytest.raises(RefusedChangeError) as caught:
        apply_change(register, change, TODAY)
    return caught.value.refusal


def adding(identifier: str, **changes: Any) -> AddAccount:
    holder = Holder(last_name="Petit", first_name="Zoé")
    add = AddAccount(
        id="zoe", identifier=identifier, holder=holder, role=AccountRole.USER, expires=LATER
    )
    return replace(add, **changes)


def editing(
    register: EmployerAccounts, account: str, recycled: bool = False, **changes: Any
) -> EditAccount:
    known = register.account(account)
    assert known is not None
    return EditAccount(account=replace(known, **changes), recycled=recycled)


def test_an_identifier_is_never_given_twice() -> None:
    register = a_register()
    assert refusal(register, adding("CHLOE")) is Refusal.TAKEN
    without = apply_change(register, DeleteAccount(account=CHLOE, seen=1), TODAY)
    assert refusal(without, adding("CHLOE")) is Refusal.USED_UP
    assert apply_change(without, adding("ZOE"), TODAY).named("ZOE") is not None


def test_an_identifier_that_was_changed_is_used_up_too() -> None:
    register = a_register()
    register = apply_change(register, editing(register, CHLOE, identifier="C2"), TODAY)
    assert refusal(register, adding("CHLOE")) is Refusal.USED_UP


def test_who_comes_second_changes_nothing_that_they_have_not_seen() -> None:
    register = a_register()
    renewed = apply_change(register, RenewAccounts(seen={CHLOE: 1}, expires=LATER), TODAY)

    assert refusal(renewed, RenewAccounts(seen={CHLOE: 1}, expires=LATER)) is Refusal.CHANGED
    assert refusal(renewed, DeleteAccount(account=CHLOE, seen=1)) is Refusal.CHANGED
    assert refusal(renewed, editing(register, CHLOE)) is Refusal.CHANGED


def test_all_or_none_are_renewed() -> None:
    register = a_register()
    changed = apply_change(register, RenewAccounts(seen={CHLOE: 1}, expires=LATER), TODAY)
    both = RenewAccounts(seen={ANNE: 1, CHLOE: 1}, expires=LATER)
    assert refusal(changed, both) is Refusal.CHANGED
    assert changed.account(ANNE) == register.account(ANNE)


def test_a_new_date_is_a_later_day() -> None:
    assert refusal(a_register(), RenewAccounts(seen={CHLOE: 1}, expires=TODAY)) is Refusal.NOT_LATER


def test_who_is_renewed_stays_and_is_estimated_no_more() -> None:
    register = a_register(
        an_administrator(ANNE), an_account(CHLOE, 6, estimated=True, leaves=TODAY)
    )
    register = apply_change(register, RenewAccounts(seen={CHLOE: 1}, expires=LATER), TODAY)
    account = register.account(CHLOE)
    assert account is not None
    assert (account.estimated, account.leaves, account.expires) == (False, None, LATER)


# Departures.


def test_the_last_active_administrator_stays_until_there_is_another() -> None:
    register = a_register(an_administrator(ANNE), an_account(CHLOE))
    assert refusal(register, DeleteAccount(account=ANNE, seen=1)) is Refusal.ONE_LEFT
    assert refusal(register, editing(register, ANNE, role=AccountRole.USER)) is Refusal.ONE_LEFT


def test_an_expired_or_leaving_administrator_is_no_successor() -> None:
    for other in (an_administrator(BRUNO, -1), an_administrator(BRUNO, leaves=TODAY)):
        register = a_register(an_administrator(ANNE), other)
        assert refusal(register, DeleteAccount(account=ANNE, seen=1)) is Refusal.ONE_LEFT


def test_nobody_confirms_their_own_deletion() -> None:
    register = a_register()
    assert refusal(register, DeleteAccount(account=ANNE, seen=1)) is Refusal.BY_SUCCESSOR
    by_bruno = replace(register, me=BRUNO)
    after = apply_change(by_bruno, DeleteAccount(account=ANNE, seen=1), TODAY)
    assert after.account(ANNE) is None
    assert after.links == ()


def test_two_who_leave_at_once_cannot_empty_the_house() -> None:
    register = a_register()
    for who in (ANNE, BRUNO):
        register = apply_change(register, AnnounceDeparture(account=who, leaves=TODAY), TODAY)
    for me, other in ((ANNE, BRUNO), (BRUNO, ANNE)):
        change = DeleteAccount(account=other, seen=2)
        assert refusal(replace(register, me=me), change) is Refusal.ONE_LEFT


def test_after_a_promotion_the_departure_goes_through() -> None:
    register = a_register(an_administrator(ANNE, leaves=TODAY), an_account(CHLOE))
    register = apply_change(
        register, editing(register, CHLOE, role=AccountRole.ADMINISTRATOR), TODAY
    )
    register = apply_change(replace(register, me=CHLOE), DeleteAccount(account=ANNE, seen=1), TODAY)
    assert [account.id for account in register.administrators] == [CHLOE]


# Recycling.

JEAN = {"last_name": "Petit", "first_name": "Jean", "email": "jean@mairie-exemple.fr"}


def step(register: EmployerAccounts, *fields: str, recycled: bool = False) -> EditAccount:
    known = register.account(CHLOE)
    assert known is not None
    holder = replace(known.holder, **{name: JEAN[name] for name in fields})
    return EditAccount(account=replace(known, holder=holder), recycled=recycled)


def test_another_persons_use_is_seen_in_one_edit_and_in_several() -> None:
    register = a_register()
    assert refusal(register, step(register, *JEAN)) is Refusal.RECYCLED
    for name in ("email", "last_name"):
        register = apply_change(register, step(register, name), TODAY)
    assert refusal(register, step(register, "first_name")) is Refusal.RECYCLED


def test_a_marriage_passes() -> None:
    register = a_register()
    register = apply_change(register, step(register, "last_name"), TODAY)
    account = register.account(CHLOE)
    assert account is not None
    assert account.holder.last_name == "Petit"


def test_once_confirmed_the_account_is_the_new_persons() -> None:
    links = tuple(AdministratorLink(person=f"person-{one}", account=one) for one in (ANNE, CHLOE))
    register = a_register(links=links)
    register = apply_change(register, step(register, *JEAN, recycled=True), TODAY)
    account = register.account(CHLOE)
    assert account is not None
    assert account.origin == account.holder
    assert [link.account for link in register.links] == [ANNE]


# Reviews.


def reviewing(register: EmployerAccounts) -> EmployerAccounts:
    scope = tuple(one.id for one in register.needing_attention(TODAY, 90))
    return apply_change(register, BeginReview(id="r1", scope=scope), TODAY)


def test_a_review_goes_from_the_most_urgent_to_the_least() -> None:
    assert [account.id for account in reviewing(a_register()).pending()] == ["david", CHLOE, ANNE]


def test_a_review_is_taken_up_where_anybody_left_it() -> None:
    register = reviewing(a_register())
    register = apply_change(register, PostponeAccount(account="david"), TODAY)
    register = apply_change(register, RenewAccounts(seen={CHLOE: 1}, expires=LATER), TODAY)
    assert [account.id for account in register.pending()] == [ANNE]

    again = apply_change(replace(register, me=BRUNO), BeginReview(id="r2", scope=()), TODAY)

    assert [account.id for account in again.pending()] == ["david", ANNE]
    assert again.review is not None
    assert [one.verdict for one in again.review.decisions] == [ReviewVerdict.RENEWED]


def test_a_finished_review_is_gone() -> None:
    assert apply_change(reviewing(a_register()), FinishReview(), TODAY).review is None
