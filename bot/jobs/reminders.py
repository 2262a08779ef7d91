"""Reminders: administrators are told in time, once, in one message a day.

A run works through *groups*: employers that share an administrator. A group is never cut; a
transaction takes one or several, puts their messages into the outbox and notes the windows as
told: whatever is killed, a window is told once. The sender then takes its time, as always.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from bot.conversation.accounts.notices import Section, reminder
from bot.conversation.effects import Ask
from bot.conversation.events import Opened
from bot.conversation.session import Offer
from bot.conversation.wording import fill, unescape
from bot.domain.account import Account
from bot.domain.clock import day_in_paris
from bot.domain.employer import Employer
from bot.domain.reminding import (
    LEAVING,
    SUPPORT,
    Deadline,
    Due,
    Front,
    Told,
    advice_of,
    due_departures,
    due_windows,
    fronts,
    last_to_expire,
)
from bot.domain.windows import ALONE, Calendar
from bot.domain.workdays import Region, is_sending_time, is_working_day
from bot.helpdesk import Desk, Heard, channel_of
from bot.jobs.clerk import Clerk
from bot.jobs.lastcall import tell_support
from bot.storage.store import Records

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
BATCH = 50
"""Employers a transaction, unless they hang together: a turn never waits long for a reminder."""
SLACK = timedelta(days=12)
"""A window may move to the working day before it opens: the longest row of days off, and more."""
MEMORY = timedelta(days=8)
"""How far back a message is looked for that never arrived."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a day looks like to the reminders."""

    today: date
    calendar: Calendar
    fronts: Mapping[str, Front]
    told: Told


@dataclass(slots=True)
class News:
    """What one employer's administrators are to be told."""

    siret: str
    front: Front
    due: list[Due] = field(default_factory=list)
    leaving: list[Deadline] = field(default_factory=list)
    again: list[Deadline] = field(default_factory=list)
    asked_by: set[str] = field(default_factory=set)
    advice: str | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.due or self.leaving or self.asked_by or self.advice)


def look(records: Records, today: date, calendar: Calendar) -> Round:
    """Every employer with a date near enough, and what was told already."""
    farthest = max(calendar.horizon, ALONE)
    deadlines = records.deadlines(today + timedelta(days=farthest) + SLACK)
    sirets = {one.siret for one in deadlines}
    found = fronts(deadlines, records.seats(sirets))
    told = records.last_told([*(one.account for one in deadlines), *sirets])
    return Round(today, calendar, found, told)


def gather(round_: Round) -> Iterator[News]:
    """What is to be told today, employer by employer."""
    today = round_.today
    if not is_working_day(today, round_.calendar.region):
        return
    for siret, front in round_.fronts.items():
        news = News(siret, front)
        news.due.extend(due_windows(front, round_.told, today, round_.calendar))
        if front.recipients(today):
            news.leaving.extend(due_departures(front, round_.told, today))
            news.advice = advice_of(front, siret, round_.told, today)
            _add_snoozed(news, round_)
        if not news.is_empty:
            yield news


def _add_snoozed(news: News, round_: Round) -> None:
    """Who asked to hear of it again today hears of everything that is still open."""
    today = round_.today
    chairs = {one.account for one in news.front.administrators}
    for seat in news.front.seats:
        is_over = seat.snoozed_until is not None and seat.snoozed_until <= today
        if is_over and seat.account in chairs and seat.reachable:
            news.asked_by.add(seat.person)
    if news.asked_by:
        horizon = today + timedelta(days=round_.calendar.horizon)
        news.again = [one for one in news.front.deadlines if one.expires <= horizon]


def groups(news: Iterable[News], today: date) -> list[list[News]]:
    """Employers gathered so that no person has a part in two groups."""
    group_of: dict[str, list[News]] = {}
    found: list[list[News]] = []
    for one in news:
        people = {*one.front.recipients(today), *one.asked_by}
        joined = [one]
        for group in {id(g): g for g in (group_of.get(p) for p in people) if g}.values():
            joined = [*group, *joined]
            found.remove(group)
        found.append(joined)
        for member in joined:
            for person in (*member.front.recipients(today), *member.asked_by):
                group_of[person] = joined
    return found


def batches(found: Iterable[list[News]]) -> Iterator[list[News]]:
    """Small groups put together, so that they share a commit."""
    held: list[News] = []
    for group in found:
        if held and len(held) + len(group) > BATCH:
            yield held
            held = []
        held = [*held, *group]
    if held:
        yield held


class Reminding:
    """Sends what is due."""

    def __init__(self, desk: Desk, calendar: Calendar) -> None:
        self._desk = desk
        self._calendar = calendar

    @property
    def region(self) -> Region:
        return self._calendar.region

    def run(self, now: datetime, today: date | None = None) -> int:
        """Tell what is due, and how many messages that made; nothing is told twice."""
        today = today or day_in_paris(now)
        with self._desk.store.transaction() as records:
            records.forget_lost(today - MEMORY)
            round_ = look(records, today, self._calendar)
            warned = self._warn_support(records, round_, now)
        sent = 0
        for group in batches(groups(gather(round_), today)):
            with self._desk.store.transaction() as records:
                sent += self._tell(records, group, round_, now)
        return sent + warned

    def _warn_support(self, records: Records, round_: Round, now: datetime) -> int:
        """The desk hears of it before the last administrator of an employer expires."""
        warned = 0
        if not is_working_day(round_.today, self._calendar.region):
            return 0
        for siret, front in round_.fronts.items():
            last = last_to_expire(front, round_.told, round_.today)
            if last is not None:
                tell_support(records, self._desk, siret, last, now)
                records.note_told(last.account, [SUPPORT], round_.today, [])
                warned += 1
        return warned

    def _tell(self, records: Records, group: Sequence[News], round_: Round, now: datetime) -> int:
        """One transaction: the messages of a group, and the note that they were written."""
        today = round_.today
        records.lock_employers(news.siret for news in group)
        fresh = self._still_due(records, group, round_)
        people = sorted(
            {person for news in fresh for person in (*news.front.recipients(today), *news.asked_by)}
        )
        accounts = records.accounts_by_id(
            {one.account for news in fresh for one in _mentioned(news)}
        )
        names = records.employer_names({news.siret for news in fresh})
        messages: dict[str, list[int]] = {news.siret: [] for news in fresh}
        for person in people:
            mine = [news for news in fresh if self._concerns(news, person, today)]
            sections = [
                _section(news, person, accounts, Employer(news.siret, names[news.siret]))
                for news in mine
            ]
            sent = self._write(records, person, reminder(sections, today), today, now)
            for news in mine:
                messages[news.siret].extend(sent)
        for news in fresh:
            _note(records, news, today, messages[news.siret])
        return len(people)

    def _still_due(self, records: Records, group: Sequence[News], round_: Round) -> list[News]:
        """The group as it stands now: somebody may have renewed, or another process told it."""
        sirets = {news.siret for news in group}
        seats = records.seats(sirets)
        ids = {one.account for news in group for one in news.front.deadlines}
        now_there = records.accounts_by_id(ids)
        told = records.last_told([*ids, *sirets])
        deadlines = [
            replace(
                one,
                expires=now_there[one.account].expires,
                estimated=now_there[one.account].estimated,
                leaving=now_there[one.account].leaving,
                administrator=now_there[one.account].is_administrator,
            )
            for news in group
            for one in news.front.deadlines
            if one.account in now_there
        ]
        again = Round(round_.today, self._calendar, fronts(deadlines, seats), told)
        return [news for news in gather(again) if news.front.recipients(round_.today)]

    def _concerns(self, news: News, person: str, today: date) -> bool:
        told = bool(news.due or news.leaving or news.advice)
        return person in news.asked_by or (told and person in news.front.recipients(today))

    def _write(
        self, records: Records, person: str, ask: Ask, today: date, now: datetime
    ) -> list[int]:
        """Put the message into the outbox, and its buttons at hand, whatever is said meanwhile."""
        address = records.lock_person(person)
        kept = self._desk.retention
        session = records.load_session(person, now, draft_ttl=kept.draft, nir_ttl=kept.nir)
        offers = tuple(
            Offer(button.code, unescape(fill(button.label))) for row in ask.rows for button in row
        )
        records.save_session(person, replace(session, standing=offers), now)
        heard = Heard(address=address, event=Opened())
        render = self._desk.renderers[channel_of(address)]
        stamp = f"{today.isoformat()}:{now.timestamp():.0f}"
        return [
            records.enqueue(
                address,
                parcel.kind,
                parcel.payload,
                now,
                key=f"reminder:{person}:{stamp}:{place}",
            )
            for place, parcel in enumerate(render(ask, 0, heard))
        ]


def _mentioned(news: News) -> list[Deadline]:
    return [*(due.deadline for due in news.due), *news.leaving, *news.again]


def _section(
    news: News, person: str, accounts: Mapping[str, Account], employer: Employer
) -> Section:
    """An employer as one administrator hears of it."""
    shown = {due.deadline.account for due in news.due}
    if person in news.asked_by:
        shown |= {one.account for one in news.again}
    only = {one.account for one in news.front.deadlines if news.front.is_alone(one)} & shown
    return Section(
        employer=employer,
        expiring=[accounts[one] for one in sorted(shown)],
        leaving=[accounts[one.account] for one in news.leaving],
        advised=news.advice is not None,
        only=next(iter(only), ""),
    )


def _note(records: Records, news: News, today: date, messages: Sequence[int]) -> None:
    """What was told today; a snooze that was answered is over."""
    by_account: dict[str, list[str]] = {}
    for due in news.due:
        by_account.setdefault(due.deadline.account, []).append(str(due.window))
    for leaving in news.leaving:
        by_account.setdefault(leaving.account, []).append(LEAVING)
    for account, occasions in by_account.items():
        records.note_told(account, occasions, today, messages)
    if news.advice is not None:
        records.note_told(news.siret, [news.advice], today, messages)
    if news.asked_by:
        records.end_snoozes(news.siret, news.asked_by)


async def keep_reminding(
    clerk: Clerk,
    reminding: Reminding,
    *,
    wake: Callable[[], None],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Look every few minutes, on working days from 9 h to 18 h in Paris, for ever."""
    while True:
        now = clock()
        if is_sending_time(now, reminding.region):
            try:
                if await clerk.do(reminding.run, now):
                    wake()
            except Exception as error:  # noqa: BLE001 -- the next round may be better
                log.error("reminders failed: %s", type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(EVERY.total_seconds())
