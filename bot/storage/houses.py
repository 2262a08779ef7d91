"""Houses: an employer's register read whole and written by its differences."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

import sqlalchemy
from pydantic import TypeAdapter
from sqlalchemy import distinct, func, insert, or_
from sqlmodel import col, select, update

from bot.domain.account import Account, Holder, Role
from bot.domain.employer import Employer
from bot.domain.house import House, Review, Seat
from bot.domain.reminding import Deadline
from bot.storage.acquaintances import Acquaintances
from bot.storage.registers import AccountRow, EmployerRow, ReviewRow, SeatRow
from bot.storage.tables import PersonRow


@dataclass(frozen=True, slots=True)
class _Holders:
    """What of an account is sealed."""

    holder: Holder
    origin: Holder


_HOLDERS = TypeAdapter(_Holders)
_REVIEWS = TypeAdapter(Review)


class Houses(Acquaintances):
    """The register of accounts."""

    def house(self, siret: str, *, me: str = "", lock: bool = False) -> House | None:
        """An employer's register; locked until the commit where it is to be changed."""
        asked = select(EmployerRow).where(EmployerRow.siret == siret)
        row = self._session.exec(asked.with_for_update() if lock else asked).first()
        if row is None:
            return None
        return House(
            employer=Employer(siret, self._open(row.name_sealed, "employer", siret, "name")),
            accounts=self._accounts(siret),
            seats=self.seats((siret,)).get(siret, ()),
            retired=self._retired(siret),
            review=self._review(siret),
            me=me,
        )

    def add_employer(self, employer: Employer, now: datetime) -> bool:
        """Makes room for an employer's register; whether it is new."""
        sealed = self._seal(employer.name, "employer", employer.siret, "name")
        return self._insert_new(
            EmployerRow, siret=employer.siret, name_sealed=sealed, created_at=now
        )

    def employer_names(self, sirets: Iterable[str]) -> dict[str, str]:
        asked = select(EmployerRow.siret, EmployerRow.name_sealed)
        rows = self._session.exec(asked.where(col(EmployerRow.siret).in_(list(sirets))))
        return {siret: self._open(sealed, "employer", siret, "name") for siret, sealed in rows}

    def administered_by(self, person_id: str) -> tuple[tuple[Employer, str], ...]:
        """The employers for which a person holds an administrator's account, with that account."""
        known = self._known(person_id)
        return tuple(
            (Employer(siret, self._open(sealed, "employer", siret, "name")), account)
            for siret, account, sealed in (known.administered if known else ())
        )

    def seats(self, sirets: Iterable[str]) -> dict[str, tuple[Seat, ...]]:
        """Who is linked at these employers."""
        rows = self._session.exec(
            select(SeatRow, PersonRow.unreachable_since)
            .join(PersonRow, col(PersonRow.id) == col(SeatRow.person_id))
            .where(col(SeatRow.siret).in_(list(sirets)))
            .order_by(col(SeatRow.linked_at), col(SeatRow.account_id))
            .execution_options(populate_existing=True)
        )
        found: dict[str, tuple[Seat, ...]] = {}
        for row, unreachable in rows:
            found[row.siret] = (*found.get(row.siret, ()), _seat(row, reachable=not unreachable))
        return found

    def link(self, account_id: str, siret: str, person_id: str, now: datetime) -> None:
        """Gives an account's seat to a person; who had it before has it no more."""
        fresh = {"away_from": None, "away_until": None, "stand_in": "", "snoozed_until": None}
        self._put(
            SeatRow,
            "account_id",
            account_id=account_id,
            siret=siret,
            person_id=person_id,
            linked_at=now,
            **fresh,
        )

    def end_snoozes(self, siret: str, people: Iterable[str]) -> None:
        chosen = update(SeatRow).where(
            col(SeatRow.siret) == siret, col(SeatRow.person_id).in_(list(people))
        )
        over = chosen.values(snoozed_until=None)
        self._session.exec(over.execution_options(synchronize_session=False))

    def lock_employers(self, sirets: Iterable[str]) -> None:
        """Nobody else changes these registers, or writes reminders about them, until the commit."""
        chosen = select(EmployerRow.siret).where(col(EmployerRow.siret).in_(sorted(sirets)))
        self._session.exec(chosen.order_by(EmployerRow.siret).with_for_update()).all()

    def save_house(self, before: House, after: House, now: datetime) -> None:
        """Writes what differs, and nothing else."""
        known = {account.id: account for account in before.accounts}
        kept = {account.id for account in after.accounts}
        self._add_accounts(after, [one for one in after.accounts if one.id not in known])
        for account in after.accounts:
            if account.id in known and account != known[account.id]:
                self._write_account(after, account)
        for account in before.accounts:
            if account.id not in kept:
                self._delete_account(account, now)
        used = {account.identifier for account in before.accounts if account.id not in kept}
        self._retire(after, after.retired - before.retired - used, now)
        self._write_seats(before, after)
        if after.review != before.review:
            self._write_review(before, after, now)
        self._session.flush()

    def deadlines(self, last: date) -> tuple[Deadline, ...]:
        """The accounts that end by that day or are to be deleted, and every administrator's."""
        concerned = or_(
            col(AccountRow.expires) <= last,
            col(AccountRow.leaving),
            col(AccountRow.role) == Role.ADMINISTRATOR.value,
        )
        rows = self._session.execute(
            sqlalchemy.select(
                col(AccountRow.siret),
                col(AccountRow.id),
                col(AccountRow.identifier),
                col(AccountRow.role),
                col(AccountRow.expires),
                col(AccountRow.estimated),
                col(AccountRow.leaving),
            )
            .where(concerned, col(AccountRow.deleted_at).is_(None))
            .order_by(col(AccountRow.siret), col(AccountRow.expires), col(AccountRow.identifier))
        )
        return tuple(
            Deadline(siret, account, name, role == Role.ADMINISTRATOR.value, *rest)
            for siret, account, name, role, *rest in rows
        )

    def accounts_by_id(self, ids: Iterable[str]) -> dict[str, Account]:
        """Accounts with their holders."""
        wanted = list(ids)
        found: dict[str, Account] = {}
        for place in range(0, len(wanted), 500):
            chosen = col(AccountRow.id).in_(wanted[place : place + 500])
            rows = self._session.exec(
                select(AccountRow).where(chosen, col(AccountRow.deleted_at).is_(None))
            )
            found |= {row.id: self._account(row) for row in rows}
        return found

    def count_administrators(self, sirets: Iterable[str]) -> dict[str, int]:
        """How many administrators' accounts these employers have."""
        rows = self._session.exec(
            select(AccountRow.siret, func.count())
            .where(
                col(AccountRow.siret).in_(list(sirets)),
                AccountRow.role == Role.ADMINISTRATOR.value,
                col(AccountRow.deleted_at).is_(None),
            )
            .group_by(AccountRow.siret)
        )
        return dict(rows.all())

    def unreachable_administrators(self) -> int:
        """How many administrators are linked whom the conversation does not reach."""
        counted = (
            select(func.count(distinct(col(SeatRow.person_id))))
            .join(PersonRow, col(PersonRow.id) == col(SeatRow.person_id))
            .join(AccountRow, col(AccountRow.id) == col(SeatRow.account_id))
            .where(
                col(PersonRow.unreachable_since).is_not(None),
                AccountRow.role == Role.ADMINISTRATOR.value,
                col(AccountRow.deleted_at).is_(None),
            )
        )
        return self._session.exec(counted).one()

    def siret_of_account(self, account_id: str) -> str | None:
        """The employer of an account that is not deleted."""
        return self._session.exec(
            select(AccountRow.siret).where(
                AccountRow.id == account_id, col(AccountRow.deleted_at).is_(None)
            )
        ).first()

    def _accounts(self, siret: str) -> tuple[Account, ...]:
        rows = self._session.exec(
            select(AccountRow)
            .where(AccountRow.siret == siret, col(AccountRow.deleted_at).is_(None))
            .order_by(col(AccountRow.identifier))
            .execution_options(populate_existing=True)
        )
        return tuple(self._account(row) for row in rows)

    def _account(self, row: AccountRow) -> Account:
        assert row.holder_sealed is not None  # only deleted accounts have lost it
        whose = _HOLDERS.validate_json(self._open(row.holder_sealed, *_holder_of(row.id)))
        return Account(
            id=row.id,
            identifier=row.identifier,
            holder=whose.holder,
            role=Role(row.role),
            expires=row.expires,
            estimated=row.estimated,
            leaving=row.leaving,
            origin=whose.origin,
            version=row.version,
        )

    def _retired(self, siret: str) -> frozenset[str]:
        rows = self._session.exec(
            select(AccountRow.identifier).where(
                AccountRow.siret == siret, col(AccountRow.deleted_at).is_not(None)
            )
        )
        return frozenset(rows)

    def _review(self, siret: str) -> Review | None:
        row = self._session.exec(
            select(ReviewRow)
            .where(ReviewRow.siret == siret, col(ReviewRow.finished_at).is_(None))
            .execution_options(populate_existing=True)
        ).first()
        if row is None:
            return None
        return _REVIEWS.validate_json(self._open(row.content_sealed, "review", row.id, "content"))

    def _add_accounts(self, house: House, accounts: list[Account]) -> None:
        if accounts:
            rows = [self._values(house, account) for account in accounts]
            self._session.execute(insert(AccountRow), rows)

    def _write_account(self, house: House, account: Account) -> None:
        values = self._values(house, account)
        chosen = update(AccountRow).where(col(AccountRow.id) == account.id)
        self._session.exec(chosen.values(**values).execution_options(synchronize_session=False))

    def _values(self, house: House, account: Account) -> dict[str, object]:
        whose = _HOLDERS.dump_json(_Holders(account.holder, account.origin)).decode()
        return {
            "id": account.id,
            "siret": house.employer.siret,
            "identifier": account.identifier,
            "role": account.role.value,
            "expires": account.expires,
            "estimated": account.estimated,
            "leaving": account.leaving,
            "version": account.version,
            "holder_sealed": self._seal(whose, *_holder_of(account.id)),
            "deleted_at": None,
        }

    def _delete_account(self, account: Account, now: datetime) -> None:
        chosen = update(AccountRow).where(col(AccountRow.id) == account.id)
        gone = chosen.values(deleted_at=now, holder_sealed=None)
        self._session.exec(gone.execution_options(synchronize_session=False))

    def _retire(self, house: House, identifiers: Iterable[str], now: datetime) -> None:
        """Identifiers that an account had before another one: kept as if deleted."""
        for identifier in identifiers:
            self._insert_new(
                AccountRow,
                id=str(uuid4()),
                siret=house.employer.siret,
                identifier=identifier,
                role=Role.USER.value,
                expires=now.date(),
                estimated=False,
                leaving=False,
                version=0,
                holder_sealed=None,
                deleted_at=now,
            )

    def _write_seats(self, before: House, after: House) -> None:
        known = {seat.account: seat for seat in before.seats}
        kept = {seat.account for seat in after.seats}
        for seat in after.seats:
            if seat != known.get(seat.account):
                row = self._session.get_one(SeatRow, seat.account)
                row.away_from, row.away_until = seat.away_from, seat.away_until
                row.stand_in, row.snoozed_until = seat.stand_in, seat.snoozed_until
        for account_id in known.keys() - kept:
            self._session.delete(self._session.get_one(SeatRow, account_id))

    def _write_review(self, before: House, after: House, now: datetime) -> None:
        review = after.review or before.review
        assert review is not None  # one of both is there, since they differ
        text = _REVIEWS.dump_json(review).decode()
        sealed = self._seal(text, "review", review.id, "content")
        finished_at = now if after.review is None else None
        row = self._session.get(ReviewRow, review.id)
        if row is None:
            row = ReviewRow(
                id=review.id, siret=after.employer.siret, content_sealed=sealed, begun_at=now
            )
            self._session.add(row)
        row.content_sealed, row.finished_at = sealed, finished_at


def _seat(row: SeatRow, *, reachable: bool) -> Seat:
    return Seat(
        person=row.person_id,
        account=row.account_id,
        reachable=reachable,
        away_from=row.away_from,
        away_until=row.away_until,
        stand_in=row.stand_in,
        snoozed_until=row.snoozed_until,
    )


def _holder_of(account_id: str) -> tuple[str, str, str]:
    return "account", account_id, "holder"
