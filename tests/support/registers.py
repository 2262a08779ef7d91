"""Registers to try things on: invented people, in every state, on the day that tests call today."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from bot.domain.account import Account, AccountRole, Holder
from bot.domain.employer_accounts import AdministratorLink, EmployerAccounts
from bot.domain.people import Employer

TODAY = date(2026, 11, 23)
"""A Monday; the day after tomorrow is no holiday."""

# The SIREN of nobody: 217 500 016 belongs to a test range of documentation; both keys hold.
TOWN = Employer("21750001600019", "Ville d'Exemple")
# The same, another establishment; key computed.
SCHOOLS = Employer("21750001600027", "Caisse des écoles d'Exemple")

ANNE, BRUNO, CHLOE, DAVID, EMMA = "anne", "bruno", "chloe", "david", "emma"


def an_account(name: str, days: int = 200, **changes: Any) -> Account:
    """An account whose id and identifier tell whose it is."""
    holder = Holder(last_name="Martin", first_name=name.title(), email=f"{name}@mairie-exemple.fr")
    account = Account(
        id=name,
        identifier=name.upper(),
        holder=holder,
        role=AccountRole.USER,
        expires=TODAY + timedelta(days=days),
        origin=holder,
    )
    return replace(account, **changes)


def an_administrator(name: str, days: int = 200, **changes: Any) -> Account:
    return an_account(name, days, role=AccountRole.ADMINISTRATOR, **changes)


def a_register(*accounts: Account, **changes: Any) -> EmployerAccounts:
    """Anne's register: she and Bruno administer it, Chloé is near her date, David past it."""
    accounts = accounts or (
        an_administrator(ANNE, 29),
        an_administrator(BRUNO, 200),
        an_account(CHLOE, 6),
        an_account(DAVID, -12),
        an_account(EMMA, 400),
    )
    register = EmployerAccounts(
        employer=TOWN,
        accounts=accounts,
        links=(AdministratorLink(person="person-anne", account=ANNE),),
        me=ANNE,
    )
    return replace(register, **changes)
