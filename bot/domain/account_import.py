"""Account import: what the lines of a file would change in a register.

An empty cell changes nothing. An account that the file does not name is reported, never deleted.
What a spreadsheet did to a value (a date as a number, an hour behind it, zeros lost) is undone
where one reading is possible, and named where it is not. All is said before anything is written.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.domain.account import (
    Account,
    AccountRole,
    Holder,
    add_months,
    is_recycled,
)
from bot.domain.account_cells import (
    LEFT_OUT,
    YES,
    LineFault,
    RefusedLineError,
    check_is_account,
    check_lives,
    read_date,
    read_identifier,
    read_line,
    read_number,
    read_role,
    split_name,
)
from bot.domain.account_changes import Refusal
from bot.domain.account_columns import AccountSheet, Column, fold_heading
from bot.domain.dates import format_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.errors import InvalidAnswerError
from bot.domain.people import parse_email, parse_name


def export_rows(register: EmployerAccounts) -> Iterator[tuple[str, ...]]:
    """The register as a sheet that can be imported again."""
    roles = {AccountRole.ADMINISTRATOR: "Administrateur", AccountRole.USER: "Utilisateur"}
    yield "Identifiant", "Nom", "Prénom", "Courriel", "Profil", "Date d'expiration", "Date estimée"
    for one in sorted(register.accounts, key=lambda account: account.identifier):
        yield (
            one.identifier,
            one.holder.last_name,
            one.holder.first_name,
            one.holder.email,
            roles[one.role],
            format_date(one.expires),
            "oui" if one.estimated else "",
        )


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that is not taken: its number in the file, the key of the reason, what it is about."""

    number: int
    fault: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What writing the file would do; `changed` holds each account after its change.

    `sheet` is what was understood of the file, without its lines.
    """

    sheet: AccountSheet
    new: tuple[Account, ...] = ()
    changed: tuple[Account, ...] = ()
    unchanged: int = 0
    missing: tuple[Account, ...] = ()
    refused: tuple[RefusedLine, ...] = ()
    left_out: tuple[RefusedLine, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed


def plan_import(
    register: EmployerAccounts,
    sheet: AccountSheet,
    today: date,
    *,
    months: int,
    new_id: Callable[[], str],
) -> ImportPlan:
    """What the file would change; `months` is the interval of an estimated date."""
    known = {account.identifier: account for account in register.accounts}
    identifiers = _Identifiers(known)
    after: dict[str, Account] = {}
    untaken: list[RefusedLine] = []
    for number, cells in sheet.lines:
        try:
            check_is_account(sheet, cells)
            told = read_line(sheet, cells)
            identifier = read_identifier(told)
            identifiers.take(identifier, number)
            check_lives(told)
            _check_employer(told, register)
            if identifier in known:
                after[identifier] = _changed_account(known[identifier], told, months)
            else:
                after[identifier] = _new_account(register, identifier, told, months, new_id)
        except InvalidAnswerError as error:
            untaken.append(RefusedLine(number, error.fault))
        except RefusedLineError as error:
            untaken.append(RefusedLine(number, error.fault, error.about))
    read = len(after)
    after = {name: account for name, account in after.items() if account != known.get(name)}
    unchanged = read - len(after)
    if _leaves_nobody(register, after, today):
        for name in [name for name in after if name in known and known[name].is_administrator]:
            del after[name]
            untaken.append(RefusedLine(identifiers.lines[name], LineFault.ONE_LEFT))
    untaken.sort(key=lambda one: one.number)
    return ImportPlan(
        sheet=replace(sheet, lines=()),
        new=tuple(one for name, one in after.items() if name not in known),
        changed=tuple(one for name, one in after.items() if name in known),
        unchanged=unchanged,
        missing=tuple(one for name, one in known.items() if name not in identifiers.lines),
        refused=tuple(one for one in untaken if one.fault not in LEFT_OUT),
        left_out=tuple(one for one in untaken if one.fault in LEFT_OUT),
    )


class _Identifiers:
    """The line of each identifier of the file, beside those of the register."""

    def __init__(self, known: Iterable[str]) -> None:
        self.lines: dict[str, int] = {}
        self._by_number = {int(one): one for one in known if one.isdecimal()}

    def take(self, identifier: str, line: int) -> None:
        """Raises RefusedLineError: it stands above, or is another one without its zeros."""
        if identifier in self.lines:
            raise RefusedLineError(LineFault.TWICE)
        if identifier.isdecimal():
            other = self._by_number.setdefault(int(identifier), identifier)
            if other != identifier:  # a spreadsheet took 0012 for a number
                raise RefusedLineError(LineFault.LOST_ZEROS, other)
        self.lines[identifier] = line


def _leaves_nobody(register: EmployerAccounts, after: Mapping[str, Account], today: date) -> bool:
    """Whether the sheet takes the last active administrator's profile away."""
    kept = (one for one in register.accounts if one.identifier not in after)
    wanted = replace(register, accounts=(*kept, *after.values()))
    return bool(register.active_administrators(today)) and not wanted.active_administrators(today)


def _check_employer(told: Mapping[Column, str], register: EmployerAccounts) -> None:
    siret = re.sub(r"\D", "", read_number(told.get(Column.SIRET, "")))
    if siret and siret != register.employer.siret:
        raise RefusedLineError(LineFault.OTHER_SIRET)


def _new_account(
    register: EmployerAccounts,
    identifier: str,
    told: Mapping[Column, str],
    months: int,
    new_id: Callable[[], str],
) -> Account:
    if identifier in register.retired:
        raise RefusedLineError(f"refusal.{Refusal.USED_UP}")
    holder = _holder(Holder(last_name="", first_name=""), told)
    if not holder.last_name or not holder.first_name:
        raise RefusedLineError(LineFault.NO_NAME)
    expiry = _expiry(told, months)
    if expiry is None:
        raise RefusedLineError(LineFault.NO_DATE)
    return Account(
        id=new_id(),
        identifier=identifier,
        holder=holder,
        role=read_role(told) or AccountRole.USER,
        expires=expiry[0],
        estimated=expiry[1],
        origin=holder,
    )


def _changed_account(known: Account, told: Mapping[Column, str], months: int) -> Account:
    """The account as the line tells it; the very same where nothing is new."""
    holder = _holder(known.holder, told)
    if is_recycled(known.origin, holder):
        raise RefusedLineError(f"refusal.{Refusal.RECYCLED}")
    expires, estimated = _expiry(told, months, known) or (known.expires, known.estimated)
    role = read_role(told) or known.role
    wanted = replace(known, holder=holder, role=role, expires=expires, estimated=estimated)
    if wanted == known:
        return known
    email = known.origin.email or holder.email
    return wanted.changed(origin=replace(known.origin, email=email))


def _expiry(
    told: Mapping[Column, str], months: int, known: Account | None = None
) -> tuple[date, bool] | None:
    """The date told, else one estimated from the last renewal, unless PEP's own is known."""
    if Column.EXPIRES in told:
        is_estimated = fold_heading(told.get(Column.ESTIMATED, "")) in YES
        return read_date(told[Column.EXPIRES]), is_estimated
    if Column.RENEWED in told and (known is None or known.estimated):
        return add_months(read_date(told[Column.RENEWED]), months), True
    return None


def _holder(known: Holder, told: Mapping[Column, str]) -> Holder:
    last = told.get(Column.LAST_NAME) or told.get(Column.BIRTH_NAME)
    first, email = told.get(Column.FIRST_NAME), told.get(Column.EMAIL)
    if Column.FULL_NAME in told and not (last and first):
        last, first = split_name(told[Column.FULL_NAME])
    if email and email.count("@") > 1:
        raise RefusedLineError(LineFault.TWO_EMAILS)
    return Holder(
        last_name=parse_name(last) if last else known.last_name,
        first_name=parse_name(first) if first else known.first_name,
        email=parse_email(email) if email else known.email,
    )
