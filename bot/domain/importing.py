"""Importing: what a sheet of accounts would change in a register, said before anything is written.

Columns are known by their French names, in any order, with or without accents. An empty cell
changes nothing. An account that the sheet does not name is reported, never deleted.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NoReturn

from bot.domain.account import (
    Account,
    AccountRole,
    Holder,
    add_months,
    is_recycled,
    parse_identifier,
)
from bot.domain.account_changes import Refusal
from bot.domain.account_import import ROLES, YES, AccountSheet, Column, folded
from bot.domain.dates import parse_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.errors import InvalidAnswerError
from bot.domain.people import parse_email, parse_name


class LineFault(StrEnum):
    """Why a line is refused, besides what is wrong in a cell."""

    NO_IDENTIFIER = "line.no_identifier"
    NO_NAME = "line.no_name"
    NO_DATE = "line.no_date"
    ROLE = "line.role"
    TWICE = "line.twice"
    OTHER_SIRET = "line.other_siret"
    ONE_LEFT = "line.one_left"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that cannot be taken: its number in the file, and the key of the reason."""

    number: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What writing the sheet would do; `changed` holds each account after its change."""

    new: tuple[Account, ...] = ()
    changed: tuple[Account, ...] = ()
    unchanged: int = 0
    missing: tuple[Account, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    refused: tuple[RefusedLine, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed


class _RefusedLineError(Exception):
    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def plan_import(
    house: EmployerAccounts,
    sheet: AccountSheet,
    today: date,
    *,
    months: int,
    new_id: Callable[[], str],
) -> Import:
    """What the sheet would change; `months` is the interval of an estimated date."""
    reading = _Reading(house, sheet, months, new_id)
    for number, cells in sheet.lines:
        try:
            reading.take(cells)
        except (InvalidAnswerError, _RefusedLineError) as error:
            reading.refused.append(RefusedLine(number, error.fault))
    if _empties(house, reading.after, today):
        reading.keep_administrators()
    return reading.result()


def _empties(house: EmployerAccounts, after: Mapping[str, Account], today: date) -> bool:
    """Whether the sheet takes the last active administrator's profile away."""
    had = house.active_administrators(today)
    changed = (after.get(one.identifier, one) for one in house.accounts)
    return bool(had) and not any(
        one.is_administrator and not one.is_expired(today) and not one.leaving
        for one in (*changed, *after.values())
    )


class _Reading:
    """A sheet being read against a house."""

    def __init__(
        self, house: EmployerAccounts, sheet: AccountSheet, months: int, new_id: Callable[[], str]
    ) -> None:
        self._house = house
        self._known = {account.identifier: account for account in house.accounts}
        self._sheet = sheet
        self._months = months
        self._new_id = new_id
        self._seen: set[str] = set()
        self._unchanged = 0
        self.after: dict[str, Account] = {}
        self.refused: list[RefusedLine] = []

    def take(self, cells: Sequence[str]) -> None:
        told = dict(self._told(cells))
        identifier = parse_identifier(
            told.get(Column.IDENTIFIER) or _refuse(LineFault.NO_IDENTIFIER)
        )
        if identifier in self._seen:
            _refuse(LineFault.TWICE)
        self._seen.add(identifier)
        siret = re.sub(r"\D", "", told.get(Column.SIRET, ""))
        if siret and siret != self._house.employer.siret:
            _refuse(LineFault.OTHER_SIRET)
        known = self._known.get(identifier)
        account = self._edited(known, told) if known else self._new(identifier, told)
        if account == known:
            self._unchanged += 1
        else:
            self.after[identifier] = account

    def _told(self, cells: Sequence[str]) -> Iterator[tuple[Column, str]]:
        for place, column in self._sheet.columns.items():
            value = cells[place].removeprefix("'") if place < len(cells) else ""
            if value:
                yield column, value

    def _new(self, identifier: str, told: Mapping[Column, str]) -> Account:
        if identifier in self._house.retired:
            _refuse(f"refusal.{Refusal.USED_UP}")
        if Column.LAST_NAME not in told or Column.FIRST_NAME not in told:
            _refuse(LineFault.NO_NAME)
        holder = _holder(Holder(last_name="", first_name=""), told)
        dated = self._dated(told)
        if dated is None:
            _refuse(LineFault.NO_DATE)
        expires, estimated = dated
        return Account(
            id=self._new_id(),
            identifier=identifier,
            holder=holder,
            role=_role(told) or AccountRole.USER,
            expires=expires,
            estimated=estimated,
            origin=holder,
        )

    def _edited(self, known: Account, told: Mapping[Column, str]) -> Account:
        holder = _holder(known.holder, told)
        if is_recycled(known.origin, holder):
            _refuse(f"refusal.{Refusal.RECYCLED}")
        expires, estimated = self._dated(told, known) or (known.expires, known.estimated)
        wanted = replace(
            known,
            holder=holder,
            role=_role(told) or known.role,
            expires=expires,
            estimated=estimated,
        )
        if wanted == known:
            return known
        email = known.origin.email or holder.email
        return replace(wanted, version=known.version + 1, origin=replace(known.origin, email=email))

    def _dated(
        self, told: Mapping[Column, str], known: Account | None = None
    ) -> tuple[date, bool] | None:
        """The date told, else the last renewal and the interval; what is known is not guessed."""
        if Column.EXPIRES in told:
            estimated = folded(told.get(Column.ESTIMATED, "")) in YES
            return parse_date(told[Column.EXPIRES]), estimated
        if Column.RENEWED in told and (known is None or known.estimated):
            return add_months(parse_date(told[Column.RENEWED]), self._months), True
        return None

    def keep_administrators(self) -> None:
        """Refuse the lines that would take an administrator's profile away."""
        numbers = {
            parse_identifier(value): number
            for number, cells in self._sheet.lines
            for column, value in self._told(cells)
            if column is Column.IDENTIFIER
        }
        for identifier in list(self.after):
            known = self._known.get(identifier)
            if known is not None and known.is_administrator:
                del self.after[identifier]
                self.refused.append(RefusedLine(numbers[identifier], LineFault.ONE_LEFT))

    def result(self) -> Import:
        known = self._known
        return Import(
            new=tuple(one for name, one in self.after.items() if name not in known),
            changed=tuple(one for name, one in self.after.items() if name in known),
            unchanged=self._unchanged,
            missing=tuple(one for name, one in known.items() if name not in self._seen),
            unknown_columns=self._sheet.unknown,
            refused=tuple(sorted(self.refused, key=lambda one: one.number)),
        )


def _refuse(fault: str) -> NoReturn:
    raise _RefusedLineError(fault)


def _holder(known: Holder, told: Mapping[Column, str]) -> Holder:
    last, first, email = (
        told.get(column) for column in (Column.LAST_NAME, Column.FIRST_NAME, Column.EMAIL)
    )
    return Holder(
        last_name=parse_name(last) if last else known.last_name,
        first_name=parse_name(first) if first else known.first_name,
        email=parse_email(email) if email else known.email,
    )


def _role(told: Mapping[Column, str]) -> AccountRole | None:
    words = told.get(Column.ROLE)
    if words is None:
        return None
    return ROLES.get(folded(words)) or _refuse(LineFault.ROLE)
