"""Employer accounts: an employer with its accounts, administrators and review under way."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.domain.account import Account, AccountStanding
from bot.domain.people import Employer
from bot.domain.text import comparable_words


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorLink:
    """A person of the chat linked to the account that they hold at this employer."""

    person: str
    account: str
    reachable: bool = True
    away_from: date | None = None
    away_until: date | None = None
    stand_in: str = ""
    snoozed_until: date | None = None

    def is_away(self, today: date) -> bool:
        if self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= today <= self.away_until


class ReviewVerdict(StrEnum):
    """What a review decided about an account."""

    RENEWED = "renewed"
    DELETED = "deleted"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """One account of a review, decided; `name` is kept for the summary."""

    account: str
    name: str
    verdict: ReviewVerdict
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReview:
    """The accounts to go through, in order, and what was decided, by whichever administrator."""

    id: str
    scope: tuple[str, ...]
    decisions: tuple[ReviewDecision, ...] = ()

    def taken_up(self, scope: tuple[str, ...]) -> "AccountReview":
        """The review resumed: new accounts come in, what was put off is asked again."""
        new = tuple(account for account in scope if account not in self.scope)
        kept = tuple(one for one in self.decisions if one.verdict is not ReviewVerdict.LATER)
        return replace(self, scope=self.scope + new, decisions=kept)

    def with_decision(self, decision: ReviewDecision) -> "AccountReview":
        others = tuple(one for one in self.decisions if one.account != decision.account)
        return replace(self, decisions=(*others, decision))


LONGEST_PARTICLE = 2
"""Letters of the small words of a name that may be left out: « Gall » for « Le Gall »."""


def _holds(words: Collection[str], name: str) -> bool:
    parts = [part for part in comparable_words(name) if len(part) > LONGEST_PARTICLE]
    return bool(parts) and all(part in words for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerAccounts:
    """An employer's register. `retired` are the identifiers of deleted accounts, never given again.

    `me` is the account of the administrator who looks; empty for the desk itself.
    """

    employer: Employer
    accounts: tuple[Account, ...] = ()
    links: tuple[AdministratorLink, ...] = ()
    retired: frozenset[str] = frozenset()
    review: AccountReview | None = None
    me: str = ""

    def account(self, account_id: str) -> Account | None:
        return next((one for one in self.accounts if one.id == account_id), None)

    def named(self, identifier: str) -> Account | None:
        return next((one for one in self.accounts if one.identifier == identifier), None)

    def held_by(self, words: Collection[str], names: Collection[str]) -> Account | None:
        """The account whose holder these words name, given without accents or capitals: by both
        names, or by a surname that is among `names`; None where several may be meant."""
        holders = [(one, one.holder) for one in self.accounts]
        both = [one for one, who in holders if _holds(words, f"{who.first_name} {who.last_name}")]
        meant = both or [one for one, who in holders if _holds(names, who.last_name)]
        return meant[0] if len(meant) == 1 else None

    def link_of(self, account_id: str) -> AdministratorLink | None:
        return next((one for one in self.links if one.account == account_id), None)

    @property
    def administrators(self) -> tuple[Account, ...]:
        return tuple(account for account in self.accounts if account.is_administrator)

    def active_administrators(self, today: date) -> tuple[Account, ...]:
        """Those who can act in PEP's today and mean to stay."""
        staying = (one for one in self.administrators if not one.is_leaving(today))
        return tuple(one for one in staying if not one.is_expired(today))

    def others_in_charge(self, account_id: str, today: date) -> tuple[Account, ...]:
        """The active administrators other than one."""
        return tuple(one for one in self.active_administrators(today) if one.id != account_id)

    def leavers(self) -> list[Account]:
        """The accounts of those whose departure is announced, whatever its day."""
        return [account for account in self.accounts if account.leaves is not None]

    def by_urgency(self, today: date) -> tuple[Account, ...]:
        """Accounts to delete first, then by date, the nearest first."""
        return tuple(
            sorted(
                self.accounts,
                key=lambda one: (not one.is_leaving(today), one.expires, one.identifier),
            )
        )

    def needing_attention(self, today: date, horizon: int) -> tuple[Account, ...]:
        """What a review goes through: to delete, expired or expiring."""
        active = AccountStanding.ACTIVE
        return tuple(
            one for one in self.by_urgency(today) if one.standing(today, horizon) is not active
        )

    def pending(self) -> tuple[Account, ...]:
        """The accounts of the review under way that nobody has decided."""
        if self.review is None:
            return ()
        decided = {decision.account for decision in self.review.decisions}
        chosen = (self.account(one) for one in self.review.scope if one not in decided)
        return tuple(account for account in chosen if account is not None)

    def with_account(self, account: Account) -> "EmployerAccounts":
        """The register with an account added, or put in place of its earlier self."""
        if self.account(account.id) is None:
            return replace(self, accounts=(*self.accounts, account))
        accounts = tuple(account if one.id == account.id else one for one in self.accounts)
        return replace(self, accounts=accounts)

    def without_account(self, account: Account) -> "EmployerAccounts":
        """The register once an account is deleted: its link ends, its identifier is used up."""
        return replace(
            self,
            accounts=tuple(one for one in self.accounts if one.id != account.id),
            links=tuple(link for link in self.links if link.account != account.id),
            retired=self.retired | {account.identifier},
        )
