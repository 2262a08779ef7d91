"""The registry: what is read across the registers of many employers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy
from pydantic import TypeAdapter
from sqlalchemy import distinct, func, or_
from sqlmodel import col, select

from bot.domain.account import Account, AccountRole, Holder
from bot.domain.employer_accounts import AdministratorLink
from bot.domain.people import Employer
from bot.domain.reminder_rules import Deadline
from bot.storage.people import Acquaintances
from bot.storage.tables_accounts import AccountRow, AdministratorLinkRow, EmployerRow
from bot.storage.tables_requests import PersonRow


@dataclass(frozen=True, slots=True)
class Holders:
    """What of an account is sealed."""

    holder: Holder
    origin: Holder


HOLDERS = TypeAdapter(Holders)


class Registry(Acquaintances):
    """Accounts and links, whosever they are."""

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
            found[row.siret] = (*found.get(row.siret, ()), _seat(row, reachable=not unreachable))
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
            Deadline(siret, account, name, role == AccountRole.ADMINISTRATOR.value, *rest)
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
                AccountRow.role == AccountRole.ADMINISTRATOR.value,
                col(AccountRow.deleted_at).is_(None),
            )
            .group_by(AccountRow.siret)
        )
        return dict(rows.all())

    def unreachable_administrators(self) -> int:
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

    def siret_of_account(self, account_id: str) -> str | None:
        """The employer of an account that is not deleted."""
        return self._session.exec(
            select(AccountRow.siret).where(
                AccountRow.id == account_id, col(AccountRow.deleted_at).is_(None)
            )
        ).first()

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


def _seat(row: AdministratorLinkRow, *, reachable: bool) -> AdministratorLink:
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
