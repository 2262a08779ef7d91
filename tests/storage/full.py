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
from bot.domain.rights import Outcome, Right
from bot.domain.ticket import Author, TicketMessage
from bot.storage.encryption import Encryption, Place
from bot.storage.key_check import check_keys
from bot.storage.sealed_columns import sealed_tables
from bot.storage.store import Store
from bot.storage.tables_operations import StatisticRow

A_PHOTO = b"\xff\xd8\xff\xe0" + bytes(60)
HOLDER = Holder(last_name="Durand", first_name="Anne")


def fill(store: Store, people: int = 3) -> None:
    """People, each with a ticket about two agents and with something in every other table."""
    with store.transaction() as db:
        db.accounts.add_employer(MAIRIE, NOW)
        before = db.accounts.load(MAIRIE.siret)
        assert before is not None
        db.accounts.save(before, with_an_account(before), NOW)
        for number in range(people):
            address = f"telegram:{number}"
            person = db.people.of(address, NOW)
            db.people.save_profile(person.id, Profile(employers=(MAIRIE,), email=AN_EMAIL))
            state = Browsing(draft=a_draft(nir=A_NIR), question=A_DESCRIPTION)
            db.conversations.save(person.id, Session(state=state), NOW)
            agents = (an_agent(), an_agent(ANOTHER_NIR))
            request = replace(a_request(f"draft-{number}"), agents=agents)
            ticket = db.tickets.get_or_create(person.id, request, NOW)
            db.ticket_messages.add(
                ticket.reference,
                TicketMessage(author=Author.REQUESTER, text="Merci.", written_at=NOW),
            )
            photo = IncomingFile(name="photo.jpg", content=A_PHOTO, caption="La page.")
            db.attachments.add(ticket.request.identity, photo, NOW, place=None, most_bytes=1000)
            db.tickets.rate(person.id, ticket.reference, 5, "Rapide.", NOW)
            db.outbox.add(address, "say", {"text": A_DESCRIPTION}, NOW)
            db.failed_updates.add(f"R-{number}", address, A_DESCRIPTION, "KeyError", NOW)
            db.web.add(address, "key", "say", {"text": A_DESCRIPTION}, NOW)
            db.inbox.hold_text(address, A_DESCRIPTION, NOW)
            db.one_time_codes.keep_upload(
                f"upload-{number}", person.id, MAIRIE.siret, [(1, ("a", "b"))], NOW
            )
            seal_id = f"statistic-{number}"
            words = store.encryption.seal("mot de passe", Place("statistic", seal_id, "words"))
            db.session.add(
                StatisticRow(
                    seal_id=seal_id, kind="question", subject="", words_sealed=words, at=NOW
                )
            )
            asked = db.rights_requests.open(Right.ACCESS, "Anne Durand", NOW.date())
            db.rights_requests.close(asked.number, Outcome.DONE, "Copie remise.", NOW)
            db.ticket_links.remember_event("webhook", f"event-{number}", NOW)
            db.ticket_links.save_copy(
                "webhook", ticket.request.identity, "part", f"note-{number}", NOW
            )
    check_keys(store.engine, store.encryption)


def with_an_account(before: EmployerAccounts) -> EmployerAccounts:
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


def read_all(engine: Engine, encryption: Encryption) -> dict[str, str]:
    """Every sealed value of the desk, opened where it stands."""
    found = {}
    with engine.connect() as connection:
        for sealed in sealed_tables():
            for row in connection.execute(sealed.table.select()).mappings():
                for column in sealed.columns:
                    if row[column.name] is not None:
                        place = sealed.place(dict(row), column.name)
                        found[repr(place)] = encryption.open(row[column.name], place)
    return found
