"""Houses: an employer's register read whole and written by its differences."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from pydantic import TypeAdapter
from sqlalchemy import insert
from sqlmodel import col, select, update

from bot.domain.account import Account, AccountRole
from bot.domain.employer_accounts import AccountReview, EmployerAccounts
from bot.domain.people import Employer
from bot.storage.accounts import HOLDERS, Holders, Registry, holder_of
from bot.storage.tables_accounts import AccountRow, AdministratorLinkRow, EmployerRow, ReviewRow

_REVIEWS = TypeAdapter(AccountReview)


class Houses(Registry):
    """The register of accounts."""

    def house(self, siret: str, *, me: str = "", lock: bool = False) -> EmployerAccounts | None:
        """An employer's register; locked until the commit where it is to be changed."""
        asked = select(EmployerRow).where(EmployerRow.siret == siret)
        row = self._session.exec(asked.with_for_update() if lock else asked).first()
        if row is None:
            return None
        return EmployerAccounts(
            employer=Employer(siret, self._open(row.name_sealed, "employer", siret, "name")),
            accounts=self._accounts(siret),
            links=self.links((siret,)).get(siret, ()),
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
        """Gives an account's seat to a person; who had it before has it no more."""
        fresh = {"away_from": None, "away_until": None, "stand_in": "", "snoozed_until": None}
        self._put(
            AdministratorLinkRow,
            "account_id",
            account_id=account_id,
            siret=siret,
            person_id=person_id,
            linked_at=now,
            **fresh,
        )

    def end_snoozes(self, siret: str, people: Iterable[str]) -> None:
        chosen = update(AdministratorLinkRow).where(
            col(AdministratorLinkRow.siret) == siret,
            col(AdministratorLinkRow.person_id).in_(list(people)),
        )
        over = chosen.values(snoozed_until=None)
        self._session.exec(over.execution_options(synchronize_session=False))

    def save_house(self, before: EmployerAccounts, after: EmployerAccounts, now: datetime) -> None:
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
        self._session.exec(chosen.values(**values).execution_options(synchronize_session=False))

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
        gone = chosen.values(deleted_at=now, holder_sealed=None)
        self._session.exec(gone.execution_options(synchronize_session=False))

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

    def _write_seats(self, before: EmployerAccounts, after: EmployerAccounts) -> None:
        known = {seat.account: seat for seat in before.links}
        kept = {seat.account for seat in after.links}
        for seat in after.links:
            if seat != known.get(seat.account):
                row = self._session.get_one(AdministratorLinkRow, seat.account)
                row.away_from, row.away_until = seat.away_from, seat.away_until
                row.stand_in, row.snoozed_until = seat.stand_in, seat.snoozed_until
        for account_id in known.keys() - kept:
            self._session.delete(self._session.get_one(AdministratorLinkRow, account_id))

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
