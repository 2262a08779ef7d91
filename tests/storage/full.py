"""A desk with something in every sealed column, and every way to read it again."""

from dataclasses import replace

from sqlalchemy import Engine
from storage.samples import (
    A_DESCRIPTION,
    A_NIR,
    AN_EMAIL,
    ANOTHER_NIR,
    DAY,
    MAIRIE,
    NOW,
    a_draft,
    a_request,
    an_agent,
)

from bot.conversation.session import Session
from bot.conversation.states import Browsing
from bot.domain.account import Account, AccountRole, Holder
from bot.domain.attachment import IncomingFile
from bot.domain.employer_accounts import AccountReview, EmployerAccounts
from bot.domain.people import Profile
from bot.domain.ticket import Author
from bot.storage.encryption import Encryption
from bot.storage.figures import Figure
from bot.storage.key_check import check_keys
from bot.storage.sealed_columns import sealed_tables
from bot.storage.store import Store

A_PHOTO = b"\xff\xd8\xff\xe0" + bytes(60)
HOLDER = Holder(last_name="Durand", first_name="Anne")


def fill(store: Store, people: int = 3) -> None:
    """People, each with a ticket about two agents and with something in every other drawer."""
    with store.transaction() as records:
        records.add_employer(MAIRIE, NOW)
        before = records.house(MAIRIE.siret)
        assert before is not None
        records.save_house(before, a_house(before), NOW)
        for number in range(people):
            address = f"telegram:{number}"
            person = records.person(address, NOW)
            records.save_profile(person.id, Profile(employers=(MAIRIE,), email=AN_EMAIL))
            state = Browsing(draft=a_draft(nir=A_NIR), question=A_DESCRIPTION)
            records.save_session(person.id, Session(state=state), NOW)
            agents = (an_agent(), an_agent(ANOTHER_NIR))
            request = replace(a_request(f"draft-{number}"), agents=agents)
            ticket = records.file_ticket(person.id, request, NOW)
            records.add_message(person.id, ticket.reference, Author.REQUESTER, "Merci.", NOW)
            photo = IncomingFile(name="photo.jpg", content=A_PHOTO, caption="La page.")
            records.keep_piece(ticket.request.identity, photo, NOW, place=None, most_bytes=1000)
            records.rate_ticket(person.id, ticket.reference, 5, "Rapide.", NOW)
            records.outbox.add(address, "say", {"text": A_DESCRIPTION}, NOW)
            records.keep_aside(f"R-{number}", address, A_DESCRIPTION, "KeyError", NOW)
            records.hold_text(address, A_DESCRIPTION, NOW)
            records.keep_upload(f"upload-{number}", person.id, MAIRIE.siret, b"a;b", NOW)
            records.count(Figure(kind="question", words="mot de passe"), NOW)
            records.hear_event("webhook", f"event-{number}", NOW)
            records.save_copy("webhook", ticket.request.identity, "part", f"note-{number}", NOW)
    check_keys(store.engine, store.vault)


def a_house(before: EmployerAccounts) -> EmployerAccounts:
    account = Account(
        id="account-1",
        identifier="A001",
        holder=HOLDER,
        role=AccountRole.ADMINISTRATOR,
        expires=(NOW + 90 * DAY).date(),
        origin=HOLDER,
    )
    review = AccountReview(id="review-1", scope=("account-1",))
    return replace(before, accounts=(account,), review=review)


def read_all(engine: Engine, vault: Encryption) -> dict[str, str]:
    """Every sealed value of the desk, opened where it stands."""
    found = {}
    with engine.connect() as connection:
        for sealed in sealed_tables():
            for row in connection.execute(sealed.table.select()).mappings():
                for column in sealed.columns:
                    if row[column.name] is not None:
                        place = sealed.place(dict(row), column.name)
                        found[repr(place)] = vault.open(row[column.name], place)
    return found
