"""What a reminder says, as facts, so that it can be looked at again before it leaves.

Between the moment it is written and the moment it leaves, somebody may have renewed, deleted or
removed. What does not hold any more is taken out; where nothing is left, nothing leaves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.account import Account
from bot.domain.reminder_rules import (
    LEAVING,
    ONLY_ADMINISTRATOR,
    Recipient,
    ReminderCalendar,
    open_thresholds,
)


@dataclass(frozen=True, slots=True)
class MentionedAccount:
    """An account with the date it was told of; without a threshold it was asked for again."""

    account: str
    expires: date
    threshold: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """What is said of one employer; `only` is the account of its only administrator, if named."""

    siret: str
    due: tuple[MentionedAccount, ...] = ()
    leaving: tuple[str, ...] = ()
    advice: str = ""
    only: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.due or self.leaving or self.advice)

    @property
    def accounts(self) -> Iterator[str]:
        yield from dict.fromkeys((*(one.account for one in self.due), *self.leaving))

    @property
    def occasions(self) -> Iterator[tuple[str, str]]:
        """Subject and occasion of everything that counts as told by it."""
        due = (one for one in self.due if one.threshold is not None)
        yield from ((one.account, str(one.threshold)) for one in due)
        yield from ((account, LEAVING) for account in self.leaving)
        if self.advice:
            yield self.siret, self.advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One reminder to one administrator, as of a day."""

    to: Recipient
    day: date
    mentions: tuple[Mention, ...]

    @property
    def occasions(self) -> Iterator[tuple[str, str]]:
        for mention in self.mentions:
            yield from mention.occasions


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFacts:
    """What stands in the registers now: accounts by their id, the number of administrators by
    SIRET, and the SIRETs where the recipient still is one of them."""

    accounts: Mapping[str, Account]
    administrators: Mapping[str, int]
    theirs: frozenset[str]


def as_it_stands(
    reminder: Reminder, facts: RegisterFacts, today: date, calendar: ReminderCalendar
) -> Reminder:
    """The same reminder with what still holds today; it may be empty."""
    mentions = []
    for mention in reminder.mentions:
        if mention.siret not in facts.theirs:
            continue
        is_alone = facts.administrators.get(mention.siret) == 1
        due = tuple(one for one in mention.due if _is_due(one, facts, today, calendar))
        named = filter(None, map(facts.accounts.get, mention.leaving))
        is_only_due = mention.only in {one.account for one in due}
        kept = replace(
            mention,
            due=due,
            leaving=tuple(account.id for account in named if account.is_leaving(today)),
            advice=mention.advice if is_alone else "",
            only=mention.only if is_alone and is_only_due else "",
        )
        if not kept.is_empty:
            mentions.append(kept)
    return replace(reminder, day=today, mentions=tuple(mentions))


def _is_due(
    mentioned: MentionedAccount, facts: RegisterFacts, today: date, calendar: ReminderCalendar
) -> bool:
    account = facts.accounts.get(mentioned.account)
    if account is None or account.expires != mentioned.expires:
        return False
    if mentioned.threshold is None:
        return True
    alone = mentioned.threshold == ONLY_ADMINISTRATOR
    still_open = open_thresholds(mentioned.expires, today, calendar, alone=alone)
    return any(one.days == mentioned.threshold for one in still_open)
