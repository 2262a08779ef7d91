"""Reminding: which windows are to be told on a day, to whom, and why some are not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.employer_accounts import AdministratorLink
from bot.domain.reminder_rules import (
    ReminderCalendar,
    ReminderThreshold,
    open_thresholds,
    thresholds_of,
)
from bot.domain.working_days import is_working_day

LEAVING: Final = "leaving"
"""The occasion of an account to delete: told every week until it is."""
SUPPORT: Final = "support"
"""The occasion on which the desk is told that the last administrator is about to expire."""
SUPPORT_DAYS: Final = 15
EVERY: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Deadline:
    """An account as reminders see it: no name."""

    siret: str
    account: str
    identifier: str
    administrator: bool
    expires: date
    estimated: bool
    leaving: bool


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """Somebody to tell: in the chat, or `by_mail`, at the address of that account of theirs."""

    person: str
    by_mail: str = ""


class Held(StrEnum):
    """Why a window is not told to anybody."""

    NO_ADMINISTRATOR = "no_administrator"
    UNREACHABLE = "unreachable"
    NOT_OPEN = "not_open"
    TOLD = "already_told"
    DAY_OFF = "day_off"
    LEAVING = "to_be_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One window of one account, and to whom; `held` says why it is to nobody."""

    deadline: Deadline
    window: int
    recipients: tuple[Recipient, ...] = ()
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Front:
    """What an employer looks like to reminders: its accounts with a date, and who is linked.

    `mailable` are accounts whose holder can be written to by e-mail, should the chat fail.
    """

    deadlines: Sequence[Deadline]
    seats: Sequence[AdministratorLink]
    mailable: frozenset[str] = frozenset()

    @property
    def administrators(self) -> tuple[Deadline, ...]:
        return tuple(one for one in self.deadlines if one.administrator)

    def is_alone(self, deadline: Deadline) -> bool:
        return deadline.administrator and len(self.administrators) == 1

    @property
    def linked(self) -> tuple[AdministratorLink, ...]:
        """The administrators whom the chat knows."""
        chairs = {one.account for one in self.administrators}
        return tuple(seat for seat in self.links if seat.account in chairs)

    def recipients(self, today: date) -> tuple[Recipient, ...]:
        """The administrators who are there and can be reached; those on leave if nobody else is.

        Where the chat reaches none of them, those whose e-mail is known.
        """
        reachable = [seat for seat in self.linked if seat.reachable]
        present = [seat for seat in reachable if not seat.is_away(today)]
        if reachable:
            return tuple(dict.fromkeys(Recipient(seat.person) for seat in present or reachable))
        by_mail = {s.person: s.account for s in self.linked if s.account in self.mailable}
        return tuple(Recipient(person, account) for person, account in by_mail.items())

    def held(self) -> Held:
        """Why nobody can be told."""
        return Held.UNREACHABLE if self.linked else Held.NO_ADMINISTRATOR


Told = Mapping[tuple[str, str], date]
"""The last day on which an occasion of a subject was told."""


def due_windows(front: Front, told: Told, today: date, calendar: ReminderCalendar) -> Iterator[Due]:
    """The windows of an employer's accounts that are to be told today."""
    if not is_working_day(today, calendar.region):
        return
    recipients = front.recipients(today)
    held = None if recipients else front.held()
    for deadline in _reminded(front):
        for span in open_thresholds(
            deadline.expires, today, calendar, alone=front.is_alone(deadline)
        ):
            if not _is_told(deadline, span, told):
                yield Due(deadline=deadline, window=span.window, recipients=recipients, held=held)


def held_windows(
    front: Front, told: Told, today: date, calendar: ReminderCalendar
) -> Iterator[Due]:
    """Every window that is not to be told today, with the reason."""
    due = {(one.deadline.account, one.window) for one in due_windows(front, told, today, calendar)}
    reminded = set(_reminded(front))
    for deadline in front.deadlines:
        alone = front.is_alone(deadline)
        open_ = {
            span.window for span in open_thresholds(deadline.expires, today, calendar, alone=alone)
        }
        for span in thresholds_of(deadline.expires, calendar, alone=alone):
            if (deadline.account, span.window) in due:
                continue
            reason = Held.DAY_OFF
            if deadline not in reminded:
                reason = Held.LEAVING
            elif span.window not in open_:
                reason = Held.NOT_OPEN
            elif _is_told(deadline, span, told):
                reason = Held.TOLD
            yield Due(deadline=deadline, window=span.window, held=reason)


def _reminded(front: Front) -> tuple[Deadline, ...]:
    """An account to delete is not to be renewed, unless it is the only administrator's."""
    return tuple(one for one in front.deadlines if not one.leaving or front.is_alone(one))


def _is_told(deadline: Deadline, span: ReminderThreshold, told: Told) -> bool:
    """Told since this window could first be told: earlier ones belong to an earlier date."""
    last = told.get((deadline.account, str(span.window)))
    return last is not None and last >= span.tellable_from


def due_departures(front: Front, told: Told, today: date) -> Iterator[Deadline]:
    """The accounts to delete of which the administrators have not heard for a week."""
    for deadline in front.deadlines:
        last = told.get((deadline.account, LEAVING))
        if deadline.leaving and (last is None or last + EVERY <= today):
            yield deadline


def last_to_expire(front: Front, told: Told, today: date) -> Deadline | None:
    """The administrator's account after which nobody is left, if that is near and not told."""
    staying = [one for one in front.administrators if not one.leaving] or front.administrators
    if not staying:
        return None
    last = max(staying, key=lambda one: one.expires)
    opens = last.expires - timedelta(days=SUPPORT_DAYS)
    heard = told.get((last.account, SUPPORT))
    is_near = opens <= today <= last.expires
    return last if is_near and (heard is None or heard < opens) else None


ADVICE: Final = (("june", (6, 24), (6, 30)), ("december", (12, 10), (12, 20)))
"""When a single administrator is advised to name a second one: before summer and year's end."""


def advice_of(front: Front, siret: str, told: Told, today: date) -> str | None:
    """The advice that is due: before 1 July and in mid-December, once each."""
    if len(front.administrators) != 1:
        return None
    for name, first, last in ADVICE:
        opens = date(today.year, *first)
        if opens <= today <= date(today.year, *last):
            heard = told.get((siret, name))
            return None if heard is not None and heard >= opens else name
    return None


def fronts(
    deadlines: Iterable[Deadline],
    seats: Mapping[str, Sequence[AdministratorLink]],
    mailable: frozenset[str] = frozenset(),
) -> dict[str, Front]:
    """Deadlines gathered by employer."""
    found: dict[str, list[Deadline]] = {}
    for deadline in deadlines:
        found.setdefault(deadline.siret, []).append(deadline)
    return {siret: Front(ours, seats.get(siret, ()), mailable) for siret, ours in found.items()}
