"""Accounts: an employer's register, read whole and written by its differences, and questions about
the registers of many employers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import distinct, insert
from sqlalchemy import select as select_columns
from sqlmodel import col, func, or_, select, update

from bot.domain.account import Account, AccountRole, Holder
from bot.domain.employer_accounts import AccountReview, AdministratorLink, EmployerAccounts
from bot.domain.people import Employer
from bot.domain.reminder_rules import Deadline
from bot.storage.base import Repository
from bot.storage.row_mac import check_row, intact, is_intact
from bot.storage.tables_accounts import AccountRow, AdministratorLinkRow, EmployerRow, ReviewRow
from bot.storage.tables_requests import PersonRow


@dataclass(frozen=True, slots=True)
class _Holders:
    """What of an account is sealed."""

    holder: Holder
    origin: Holder


_HOLDERS = TypeAdapter(_Holders)
_REVIEWS = TypeAdapter(AccountReview)
_KEPT = col(AccountRow.deleted_at).is_(None)
_ADMINISTRATOR = col(AccountRow.role) == AccountRole.ADMINISTRATOR.value


class Accounts(Repository):
    """Employers with their accounts, their administrators' links and their reviews."""

    def load(self, siret: str, *, me: str = "", lock: bool = False) -> EmployerAccounts | None:
        """Returns an employer's register, locked until the commit where it is to be changed.

        Rows that the session holds already are read again: another process may have changed them
        before this one got the lock. Rows that were changed outside the desk are left out; a
        register that is to be changed must be whole.

        Raises:
            ChangedRowError: it is locked, and a row of it was changed outside the desk.
        """
        asked = select(EmployerRow).where(EmployerRow.siret == siret)
        employer = self._session.exec(asked.with_for_update() if lock else asked).first()
        if employer is None:
            return None
        mine = col(AccountRow.siret) == siret
        accounts = select(AccountRow).where(mine, _KEPT).order_by(col(AccountRow.identifier))
        rows = self._session.exec(accounts.execution_options(populate_existing=True)).all()
        if lock:
            for row in rows:
                check_row(row)
        retired = select(AccountRow.identifier).where(mine, ~_KEPT)
        return EmployerAccounts(
            employer=self._employer(employer),
            accounts=tuple(self._account(account) for account in intact(rows)),
            links=self.links((siret,)).get(siret, ()),
            retired=frozenset(self._session.exec(retired)),
            review=self._review(siret),
            me=me,
        )

    def add_employer(self, employer: Employer, now: datetime) -> bool:
        """Opens a register for an employer; tells whether it is new."""
        sealed = self._seal(employer.name, "employer", employer.siret, "name")
        return self._insert_new(
            EmployerRow, siret=employer.siret, name_sealed=sealed, created_at=now
        )

    def link(self, account_id: str, siret: str, person_id: str, now: datetime) -> None:
        """Links a person to their account, in the place of whoever was linked before."""
        before = self._session.get(AdministratorLinkRow, account_id)
        people = {person_id} if before is None else {person_id, before.person_id}
        self._upsert(
            AdministratorLinkRow,
            account_id=account_id,
            siret=siret,
            person_id=person_id,
            linked_at=now,
            away_from=None,
            away_until=None,
            stand_in="",
            snoozed_until=None,
        )
        self._forget_links(people)

    def end_snoozes(self, siret: str, people: Iterable[str]) -> None:
        chosen = update(AdministratorLinkRow).where(
            col(AdministratorLinkRow.siret) == siret,
            col(AdministratorLinkRow.person_id).in_(list(people)),
        )
        self._session.exec(chosen.values(snoozed_until=None))

    def save(self, before: EmployerAccounts, after: EmployerAccounts, now: datetime) -> None:
        """Writes what differs, and nothing else."""
        siret = after.employer.siret
        known = {account.id: account for account in before.accounts}
        kept = {account.id for account in after.accounts}
        new = [self._values(siret, one) for one in after.accounts if one.id not in known]
        if new:
            whole = [self._signed(AccountRow, values) for values in new]
            self._session.execute(insert(AccountRow), whole)
        for account in after.accounts:
            if account.id in known and account != known[account.id]:
                self._update_account(account.id, self._values(siret, account))
        deleted = [account for account in before.accounts if account.id not in kept]
        for account in deleted:
            self._update_account(account.id, {"deleted_at": now, "holder_sealed": None})
        used = {account.identifier for account in deleted}
        for identifier in after.retired - before.retired - used:
            # What an account was called before is kept as if it were a deleted account.
            self._insert_new(
                AccountRow,
                id=str(uuid4()),
                siret=siret,
                identifier=identifier,
                role=AccountRole.USER.value,
                expires=now.date(),
                estimated=False,
                leaves=None,
                version=0,
                holder_sealed=None,
                deleted_at=now,
            )
        self._write_links(before, after)
        if after.review != before.review:
            self._write_review(before, after, now)

    def employer_names(self, sirets: Iterable[str]) -> dict[str, str]:
        asked = select(EmployerRow).where(col(EmployerRow.siret).in_(list(sirets)))
        return {row.siret: self._employer(row).name for row in self._session.exec(asked)}

    def administered_by(self, person_id: str) -> tuple[tuple[Employer, str], ...]:
        """The employers for which a person holds an administrator's account, with that account."""
        person = self._session.get_one(PersonRow, person_id)
        accounts = [link.account for link in intact(person.links)]
        return tuple(
            (self._employer(account.employer), account.id)
            for account in intact(accounts)
            if account.role == AccountRole.ADMINISTRATOR and account.deleted_at is None
        )

    def links(self, sirets: Iterable[str]) -> dict[str, tuple[AdministratorLink, ...]]:
        """Returns who is linked at these employers, in the order of their linking."""
        rows = self._session.exec(
            select(AdministratorLinkRow, PersonRow.unreachable_since)
            .join(PersonRow, col(PersonRow.id) == col(AdministratorLinkRow.person_id))
            .where(col(AdministratorLinkRow.siret).in_(list(sirets)))
            .order_by(col(AdministratorLinkRow.linked_at), col(AdministratorLinkRow.account_id))
            .execution_options(populate_existing=True)
        )
        found: dict[str, tuple[AdministratorLink, ...]] = {}
        for row, unreachable in rows:
            if not is_intact(row):
                continue
            link = AdministratorLink(
                person=row.person_id,
                account=row.account_id,
                reachable=unreachable is None,
                away_from=row.away_from,
                away_until=row.away_until,
                stand_in=row.stand_in,
                snoozed_until=row.snoozed_until,
            )
            found[row.siret] = (*found.get(row.siret, ()), link)
        return found

    def lock_employers(self, sirets: Iterable[str]) -> None:
        """Locks these registers until the commit: nobody else changes or writes about them."""
        chosen = select(EmployerRow.siret).where(col(EmployerRow.siret).in_(sorted(sirets)))
        self._session.exec(chosen.order_by(EmployerRow.siret).with_for_update()).all()

    def deadlines(self, today: date, last: date) -> tuple[Deadline, ...]:
        """Returns the accounts that end by that day or are leaving, and every administrator's."""
        is_leaving = col(AccountRow.leaves) <= today
        concerned = or_(col(AccountRow.expires) <= last, is_leaving, _ADMINISTRATOR)
        rows = self._session.execute(
            select_columns(
                col(AccountRow.siret),
                col(AccountRow.id),
                col(AccountRow.identifier),
                col(AccountRow.role),
                col(AccountRow.expires),
                col(AccountRow.estimated),
                col(AccountRow.leaves),
            )
            .where(concerned, _KEPT)
            .order_by(col(AccountRow.siret), col(AccountRow.expires), col(AccountRow.identifier))
        )
        return tuple(
            Deadline(
                siret=siret,
                account=account,
                identifier=identifier,
                administrator=role == AccountRole.ADMINISTRATOR.value,
                expires=expires,
                estimated=estimated,
                leaving=leaves is not None and leaves <= today,
            )
            for siret, account, identifier, role, expires, estimated, leaves in rows
        )

    def by_id(self, ids: Iterable[str]) -> dict[str, Account]:
        """Returns accounts with their holders; deleted ones are left out."""
        wanted = list(ids)
        found: dict[str, Account] = {}
        for place in range(0, len(wanted), 500):
            chosen = col(AccountRow.id).in_(wanted[place : place + 500])
            rows = self._session.exec(select(AccountRow).where(chosen, _KEPT))
            found |= {row.id: self._account(row) for row in intact(rows)}
        return found

    def every_holder(self) -> Iterator[tuple[str, Account]]:
        """Opens one account after the other, with the employer's SIRET; deleted ones are none."""
        rows = select(AccountRow).where(_KEPT).order_by(col(AccountRow.siret))
        for row in self._session.exec(rows.execution_options(yield_per=500)):
            yield row.siret, self._account(row)

    def linked_to(self, person_id: str) -> tuple[tuple[str, Account], ...]:
        """Returns the accounts that a person is linked to, with the employers' SIRETs."""
        mine = (
            select(AccountRow)
            .join(AdministratorLinkRow, col(AdministratorLinkRow.account_id) == col(AccountRow.id))
            .where(AdministratorLinkRow.person_id == person_id, _KEPT)
            .order_by(col(AccountRow.siret), col(AccountRow.identifier))
        )
        return tuple((row.siret, self._account(row)) for row in self._session.exec(mine))

    def count_administrators(self, sirets: Iterable[str]) -> dict[str, int]:
        """Counts the administrators' accounts of these employers."""
        rows = self._session.exec(
            select(AccountRow.siret, func.count())
            .where(col(AccountRow.siret).in_(list(sirets)), _ADMINISTRATOR, _KEPT)
            .group_by(AccountRow.siret)
        )
        return dict(rows.all())

    def count_unreachable(self) -> int:
        """Counts the linked administrators to whom nothing can be sent."""
        counted = (
            select(func.count(distinct(col(AdministratorLinkRow.person_id))))
            .join(PersonRow, col(PersonRow.id) == col(AdministratorLinkRow.person_id))
            .join(AccountRow, col(AccountRow.id) == col(AdministratorLinkRow.account_id))
            .where(col(PersonRow.unreachable_since).is_not(None), _ADMINISTRATOR, _KEPT)
        )
        return self._session.exec(counted).one()

    def siret_of(self, account_id: str) -> str | None:
        """The employer of an account that is not deleted."""
        asked = select(AccountRow.siret).where(AccountRow.id == account_id, _KEPT)
        return self._session.exec(asked).first()

    def _employer(self, row: EmployerRow) -> Employer:
        return Employer(row.siret, self._open(row.name_sealed, "employer", row.siret, "name"))

    def _review(self, siret: str) -> AccountReview | None:
        open_ = select(ReviewRow).where(
            ReviewRow.siret == siret, col(ReviewRow.finished_at).is_(None)
        )
        row = self._session.exec(open_.execution_options(populate_existing=True)).first()
        if row is None:
            return None
        check_row(row)
        return _REVIEWS.validate_json(self._open(row.content_sealed, "review", row.id, "content"))

    def _update_account(self, account_id: str, values: Mapping[str, Any]) -> None:
        row = self._session.get_one(AccountRow, account_id)
        for name, value in values.items():
            setattr(row, name, value)

    def _values(self, siret: str, account: Account) -> dict[str, Any]:
        whose = _HOLDERS.dump_json(_Holders(account.holder, account.origin)).decode()
        return {
            "id": account.id,
            "siret": siret,
            "identifier": account.identifier,
            "role": account.role.value,
            "expires": account.expires,
            "estimated": account.estimated,
            "leaves": account.leaves,
            "version": account.version,
            "holder_sealed": self._seal(whose, "account", account.id, "holder"),
            "deleted_at": None,
        }

    def _write_links(self, before: EmployerAccounts, after: EmployerAccounts) -> None:
        known = {link.account: link for link in before.links}
        kept = {link.account for link in after.links}
        for link in after.links:
            if link != known.get(link.account):
                row = self._session.get_one(AdministratorLinkRow, link.account)
                row.away_from, row.away_until = link.away_from, link.away_until
                row.stand_in, row.snoozed_until = link.stand_in, link.snoozed_until
        for account_id in known.keys() - kept:
            self._session.delete(self._session.get_one(AdministratorLinkRow, account_id))
        self._session.flush()
        self._forget_links(known[account_id].person for account_id in known.keys() - kept)

    def _forget_links(self, people: Iterable[str]) -> None:
        """Forgets the links of these persons, which changed; the next use reads them again."""
        for person_id in people:
            person = self._loaded(PersonRow, person_id)
            if person is not None:
                self._session.expire(person, ["links"])

    def _write_review(
        self, before: EmployerAccounts, after: EmployerAccounts, now: datetime
    ) -> None:
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

    def _account(self, row: AccountRow) -> Account:
        assert row.holder_sealed is not None  # only deleted accounts have lost it
        whose = _HOLDERS.validate_json(self._open(row.holder_sealed, "account", row.id, "holder"))
        return Account(
            id=row.id,
            identifier=row.identifier,
            holder=whose.holder,
            role=AccountRole(row.role),
            expires=row.expires,
            estimated=row.estimated,
            leaves=row.leaves,
            origin=whose.origin,
            version=row.version,
        )
