"""Accounts: an employer's register, read whole and written by its differences, and what is read
across the registers of many employers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
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
from bot.storage.tables_accounts import AccountRow, AdministratorLinkRow, EmployerRow, ReviewRow
from bot.storage.tables_requests import PersonRow


@dataclass(frozen=True, slots=True)
class Holders:
    """What of an account is sealed."""

    holder: Holder
    origin: Holder


HOLDERS = TypeAdapter(Holders)
_REVIEWS = TypeAdapter(AccountReview)


class Accounts(Repository):
    """Employers with their accounts, their administrators' links and their reviews."""

    def load(self, siret: str, *, me: str = "", lock: bool = False) -> EmployerAccounts | None:
        """Returns an employer's register; locked until the commit where it is to be changed.

        What of it the session holds already is read again: another process may have changed it
        before this one got the lock.
        """
        asked = select(EmployerRow).where(EmployerRow.siret == siret)
        row = self._session.exec(asked.with_for_update() if lock else asked).first()
        if row is None:
            return None
        return EmployerAccounts(
            employer=Employer(siret, self._open(row.name_sealed, "employer", siret, "name")),
            accounts=self._accounts(siret),
            seats=self.links((siret,)).get(siret, ()),
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

    def link(self, account_id: str, siret: str, person_id: str, now: datetime) -> None:
        """Links a person to their account; who was linked before is so no more."""
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
        self._write_links(before, after)
        if after.review != before.review:
            self._write_review(before, after, now)

    def employer_names(self, sirets: Iterable[str]) -> dict[str, str]:
        asked = select(EmployerRow.siret, EmployerRow.name_sealed)
        rows = self._session.exec(asked.where(col(EmployerRow.siret).in_(list(sirets))))
        return {siret: self._open(sealed, "employer", siret, "name") for siret, sealed in rows}

    def administered_by(self, person_id: str) -> tuple[tuple[Employer, str], ...]:
        """The employers for which a person holds an administrator's account, with that account."""
        person = self._session.get_one(PersonRow, person_id)
        found = [
            (link.account.employer, link.account.id)
            for link in person.links
            if link.account.role == AccountRole.ADMINISTRATOR and link.account.deleted_at is None
        ]
        return tuple(
            (
                Employer(one.siret, self._open(one.name_sealed, "employer", one.siret, "name")),
                account,
            )
            for one, account in found
        )

    def links(self, sirets: Iterable[str]) -> dict[str, tuple[AdministratorLink, ...]]:
        """Who is linked at these employers."""
        rows = self._session.exec(
            select(AdministratorLinkRow, PersonRow.unreachable_since)
            .join(PersonRow, col(PersonRow.id) == col(AdministratorLinkRow.person_id))
            .where(col(AdministratorLinkRow.siret).in_(list(sirets)))
            .order_by(col(AdministratorLinkRow.linked_at), col(AdministratorLinkRow.account_id))
            .execution_options(populate_existing=True)
        )
        found: dict[str, tuple[AdministratorLink, ...]] = {}
        for row, unreachable in rows:
            found[row.siret] = (*found.get(row.siret, ()), _link(row, reachable=not unreachable))
        return found

    def lock_employers(self, sirets: Iterable[str]) -> None:
        """Nobody else changes these registers, or writes reminders about them, until the commit."""
        chosen = select(EmployerRow.siret).where(col(EmployerRow.siret).in_(sorted(sirets)))
        self._session.exec(chosen.order_by(EmployerRow.siret).with_for_update()).all()

    def deadlines(self, last: date) -> tuple[Deadline, ...]:
        """The accounts that end by that day or are to be deleted, and every administrator's."""
        concerned = or_(
            col(AccountRow.expires) <= last,
            col(AccountRow.leaving),
            col(AccountRow.role) == AccountRole.ADMINISTRATOR.value,
        )
        rows = self._session.execute(
            select_columns(
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
            Deadline(siret, account, name, role == AccountRole.ADMINISTRATOR.value, *rest)
            for siret, account, name, role, *rest in rows
        )

    def by_id(self, ids: Iterable[str]) -> dict[str, Account]:
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
                AccountRow.role == AccountRole.ADMINISTRATOR.value,
                col(AccountRow.deleted_at).is_(None),
            )
            .group_by(AccountRow.siret)
        )
        return dict(rows.all())

    def count_unreachable(self) -> int:
        """How many administrators are linked whom the conversation does not reach."""
        counted = (
            select(func.count(distinct(col(AdministratorLinkRow.person_id))))
            .join(PersonRow, col(PersonRow.id) == col(AdministratorLinkRow.person_id))
            .join(AccountRow, col(AccountRow.id) == col(AdministratorLinkRow.account_id))
            .where(
                col(PersonRow.unreachable_since).is_not(None),
                AccountRow.role == AccountRole.ADMINISTRATOR.value,
                col(AccountRow.deleted_at).is_(None),
            )
        )
        return self._session.exec(counted).one()

    def siret_of(self, account_id: str) -> str | None:
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

    def _retired(self, siret: str) -> frozenset[str]:
        rows = self._session.exec(
            select(AccountRow.identifier).where(
                AccountRow.siret == siret, col(AccountRow.deleted_at).is_not(None)
            )
        )
        return frozenset(rows)

    def _review(self, siret: str) -> AccountReview | None:
        row = self._session.exec(
            select(ReviewRow)
            .where(ReviewRow.siret == siret, col(ReviewRow.finished_at).is_(None))
            .execution_options(populate_existing=True)
        ).first()
        if row is None:
            return None
        return _REVIEWS.validate_json(self._open(row.content_sealed, "review", row.id, "content"))

    def _add_accounts(self, house: EmployerAccounts, accounts: list[Account]) -> None:
        if accounts:
            rows = [self._values(house, account) for account in accounts]
            self._session.execute(insert(AccountRow), rows)

    def _write_account(self, house: EmployerAccounts, account: Account) -> None:
        values = self._values(house, account)
        chosen = update(AccountRow).where(col(AccountRow.id) == account.id)
        self._session.exec(chosen.values(**values))

    def _values(self, house: EmployerAccounts, account: Account) -> dict[str, object]:
        whose = HOLDERS.dump_json(Holders(account.holder, account.origin)).decode()
        return {
            "id": account.id,
            "siret": house.employer.siret,
            "identifier": account.identifier,
            "role": account.role.value,
            "expires": account.expires,
            "estimated": account.estimated,
            "leaving": account.leaving,
            "version": account.version,
            "holder_sealed": self._seal(whose, *holder_of(account.id)),
            "deleted_at": None,
        }

    def _delete_account(self, account: Account, now: datetime) -> None:
        chosen = update(AccountRow).where(col(AccountRow.id) == account.id)
        self._session.exec(chosen.values(deleted_at=now, holder_sealed=None))

    def _retire(self, house: EmployerAccounts, identifiers: Iterable[str], now: datetime) -> None:
        """Identifiers that an account had before another one: kept as if deleted."""
        for identifier in identifiers:
            self._insert_new(
                AccountRow,
                id=str(uuid4()),
                siret=house.employer.siret,
                identifier=identifier,
                role=AccountRole.USER.value,
                expires=now.date(),
                estimated=False,
                leaving=False,
                version=0,
                holder_sealed=None,
                deleted_at=now,
            )

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
        """The links of these persons changed: they are read again when they are asked for."""
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
        whose = HOLDERS.validate_json(self._open(row.holder_sealed, *holder_of(row.id)))
        return Account(
            id=row.id,
            identifier=row.identifier,
            holder=whose.holder,
            role=AccountRole(row.role),
            expires=row.expires,
            estimated=row.estimated,
            leaving=row.leaving,
            origin=whose.origin,
            version=row.version,
        )


def _link(row: AdministratorLinkRow, *, reachable: bool) -> AdministratorLink:
    return AdministratorLink(
        person=row.person_id,
        account=row.account_id,
        reachable=reachable,
        away_from=row.away_from,
        away_until=row.away_until,
        stand_in=row.stand_in,
        snoozed_until=row.snoozed_until,
    )


def holder_of(account_id: str) -> tuple[str, str, str]:
    return "account", account_id, "holder"
