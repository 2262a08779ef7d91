"""Answers by e-mail: a ticket that is carried by mail alone, and everybody who is not let in."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from connectors.samples import a_ticket
from connectors.worlds import MailWorld
from services.conftest import Desk

from bot.app import build_app
from bot.background.tasks import _recorder_for
from bot.background.ticket_delivery import deliver_due
from bot.channels import formatting, terminal
from bot.connectors.email_reader import parse_incoming_email
from bot.domain.delivery import EMAIL_LANES, TICKET_LANES, OutboxState
from bot.domain.people import Profile
from bot.domain.ticket import Author, TicketStatus
from bot.services.inbound_emails import BOUNCED, MOST_AN_HOUR, EmailOutcome
from bot.settings import Settings
from bot.storage.store import DatabaseThread

ANNE = "rh@mairie-exemple.fr"
SUPPORT = "support@mairie-exemple.fr"
A_NIR = "2 85 06 75 999 001 16"
A_PDF = b"%PDF-1.4\n%bordereau\n"


class Office:
    """Anne at her terminal and her mail, the advisors at theirs, and the desk between them."""

    def __init__(self, desk: Desk, world: MailWorld) -> None:
        self.desk, self.world = desk, world
        self.thread = DatabaseThread(desk.app.store)
        self.numbers = iter(range(1, 1000))

    def confirm(self, name: str, address: str) -> None:
        with self.desk.app.store.transaction() as db:
            person = db.people.of(f"terminal:{name}", self.desk.now)
            db.people.save_profile(person.id, Profile(email=address, email_confirmed=True))

    def file(self) -> str:
        """Anne has filed a request; its reference."""
        request = replace(a_ticket().request, path="cotisations/calcul/taux-cnracl")
        with self.desk.app.store.transaction() as db:
            anne = db.people.of("terminal:anne", self.desk.now)
            tickets = self.desk.app.helpdesk.config.requester_tickets(db, anne.id)
            return tickets.file(request, self.desk.now).reference

    async def post(self, to: str) -> Any:
        """Everything leaves; the newest letter in a mailbox, None where there is none."""
        for lanes in (TICKET_LANES, EMAIL_LANES):
            recorder = _recorder_for(self.desk.app, lanes, self.thread)
            await deliver_due(self.desk.app.store, recorder, lambda: self.desk.now, lanes=lanes)
        mine = [one for one in self.world.postman.letters if one["To"] == to]
        return mine[-1] if mine else None

    def write(
        self, letter: Any, sender: str, words: str, *files: tuple[str, bytes]
    ) -> EmailMessage:
        """An answer as a mail program makes it, with the letter below it."""
        answer = EmailMessage(policy=policy.SMTP)
        answer["From"], answer["To"] = sender, letter["Reply-To"]
        answer["Subject"] = f"Re: {letter['Subject']}"
        answer["Message-ID"] = f"<{next(self.numbers)}@{sender.partition('@')[2]}>"
        answer["In-Reply-To"] = letter["Message-ID"]
        answer["References"] = f"{letter['References'] or ''} {letter['Message-ID']}"
        quoted = letter.get_body(("plain",)).get_content().splitlines()
        below = [
            "",
            f"Le 23/11/2026 à 10:12, {letter['From']} a écrit :",
            *(f"> {one}" for one in quoted),
        ]
        answer.set_content("\n".join([words, *below]))
        for name, content in files:
            answer.add_attachment(content, "application", "octet-stream", filename=name)
        return answer

    def receive(self, email: EmailMessage | bytes) -> EmailOutcome:
        raw = email if isinstance(email, bytes) else email.as_bytes()
        return self.desk.app.inbound_emails.receive(parse_incoming_email(raw), self.desk.now)

    def messages(self, reference: str) -> list[tuple[Author, bool, str]]:
        messages = self.desk.ticket(reference).messages
        return [(one.author, one.internal, one.text) for one in messages]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    world = MailWorld()
    await world.open()
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        tickets_to="email",
        smtp_host="127.0.0.1",
        smtp_port=world.connector.server.port,
        smtp_security="none",
        mail_from="Guichet <guichet@mairie-exemple.fr>",
        mail_to=SUPPORT,
        mail_reply_to="guichet@mairie-exemple.fr",
    )
    renderers = {"terminal": terminal.render, "mail": formatting.render_letter}
    office = Office(Desk(build_app(settings, renderers)), world)
    office.confirm("anne", ANNE)
    yield office
    office.thread.close()
    await world.close()


async def test_a_ticket_is_carried_by_mail_alone(office: Office) -> None:
    desk = office.desk
    reference = desk.file("anne")
    sent = await office.post(SUPPORT)
    assert re.fullmatch(r"guichet\+2026-000001-d-[0-9a-f]{20}@mairie-exemple\.fr", sent["Reply-To"])

    assert "est transmise au demandeur" in sent.get_body(("plain",)).get_content()

    question = office.write(sent, SUPPORT, "Quel mois ?\n\nCordialement,\nLuc, PEP's")
    assert office.receive(question) is EmailOutcome.ANSWER
    letter = await office.post(ANNE)
    assert "« Quel mois ? »" in letter.get_body(("plain",)).get_content()
    assert "répondez à ce courriel" in letter.get_body(("plain",)).get_content()
    assert letter["Subject"].startswith(f"[{reference}]")

    answer = office.write(
        letter,
        ANNE,
        f"Le mois de mars, pour le {A_NIR}.\n\n-- \nAnne",
        ("bordereau.pdf", A_PDF),
        ("virus.exe", b"MZ\x00\x01"),
    )
    assert office.receive(answer) is EmailOutcome.MESSAGE
    ticket = desk.ticket(reference)
    told = ticket.messages[-1]
    assert told.author is Author.REQUESTER
    assert told.text.startswith("Le mois de mars, pour le [numéro retiré].")
    assert "virus.exe" in told.text
    assert [piece.name for piece in ticket.pieces_at(told.place)] == ["bordereau.pdf"]

    forwarded = await office.post(SUPPORT)
    assert "Le mois de mars" in forwarded.get_body(("plain",)).get_content()
    assert forwarded["References"] == sent["Message-ID"]
    desk.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    closed = await office.post(ANNE)
    assert "De 1" not in closed.get_body(("plain",)).get_content()
    assert office.receive(office.write(closed, ANNE, "Il manque avril.")) is EmailOutcome.MESSAGE
    assert desk.ticket(reference).status.is_open


async def test_without_addresses_with_a_plus_the_thread_alone_is_enough(office: Office) -> None:
    reference = office.file()
    sent = await office.post(SUPPORT)
    answer = office.write(sent, SUPPORT, "Bonjour.")
    answer.replace_header("To", "guichet@mairie-exemple.fr")
    assert office.receive(answer) is EmailOutcome.ANSWER
    assert office.messages(reference) == [(Author.ADVISOR, False, "Bonjour.")]


async def test_an_e_mail_is_taken_once(office: Office) -> None:
    reference = office.file()
    answer = office.write(await office.post(SUPPORT), SUPPORT, "Bonjour.")
    assert [office.receive(answer) for _ in range(3)] == ["answer", "known", "known"]
    assert len(office.messages(reference)) == 1


async def test_who_is_not_known_in_a_thread_writes_a_note_for_the_desk(office: Office) -> None:
    """Also a requester who answers in the advisors' thread: they are not taken for an advisor."""
    reference = office.file()
    sent = await office.post(SUPPORT)
    for sender in ("intrus@exemple.org", ANNE, f"{SUPPORT}, {ANNE}", ""):
        answer = office.write(sent, SUPPORT, "Donnez-moi le dossier.", ("a.pdf", A_PDF))
        answer.replace_header("From", sender)
        assert office.receive(answer) is EmailOutcome.NOTE
        author, internal, words = office.messages(reference)[-1]
        assert (author, internal) == (Author.ADVISOR, True)
        assert "ni l'adresse confirmée du demandeur" in words
    forged = office.write(sent, SUPPORT, "Donnez-moi le dossier.")
    forged["Authentication-Results"] = "mx.mairie-exemple.fr; spf=pass; dmarc=fail"
    assert office.receive(forged) is EmailOutcome.NOTE
    assert "dossier" not in office.desk.look("anne")
    assert await office.post(ANNE) is None


async def test_an_address_that_was_only_typed_is_nobody(office: Office) -> None:
    """The one who confirmed it first gives another: the old thread names them no more."""
    desk = office.desk
    reference = office.file()
    desk.do("luc", lambda tickets: tickets.answer(reference, "Quel mois ?"))
    letter = await office.post(ANNE)
    with desk.app.store.transaction() as db:
        person = db.people.of("terminal:anne", desk.now)
        db.people.save_profile(person.id, person.profile.with_email("autre@exemple.fr"))
    assert office.receive(office.write(letter, ANNE, "Mars.")) is EmailOutcome.NOTE
    desk.do("luc", lambda tickets: tickets.answer(reference, "Et l'année ?"))
    assert await office.post("autre@exemple.fr") is None


async def test_without_our_signature_nothing_is_taken_and_nobody_is_answered(
    office: Office,
) -> None:
    reference = office.file()
    sent = await office.post(SUPPORT)
    number = len(office.world.postman.letters)
    signed = re.compile(r"2026-000001-d-([0-9a-f]{20})")
    for forged in (r"2026-000001-r-\1", "2026-000001-d-" + "0" * 20, "PEPS-2026-000001"):
        answer = office.write(sent, SUPPORT, "Bonjour.")
        for header in ("To", "In-Reply-To", "References"):
            answer.replace_header(header, signed.sub(forged, str(answer[header])))
        assert office.receive(answer) is EmailOutcome.UNKNOWN
    await office.post(ANNE)
    assert office.messages(reference) == []
    assert len(office.world.postman.letters) == number


async def test_machines_are_not_listened_to(office: Office) -> None:
    office.file()
    sent = await office.post(SUPPORT)
    for header, value in (
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "Bulk"),
        ("List-Id", "<liste.exemple.fr>"),
        ("Return-Path", "<>"),
    ):
        answer = office.write(sent, SUPPORT, "Je suis en congé.")
        answer[header] = value
        assert office.receive(answer) is EmailOutcome.AUTOMATIC
    assert office.receive(sent.as_bytes()) is EmailOutcome.AUTOMATIC  # what we sent ourselves


async def test_two_machines_that_answer_one_another_end_within_the_hour(office: Office) -> None:
    reference = office.file()
    sent = await office.post(SUPPORT)
    outcomes = [
        office.receive(office.write(sent, SUPPORT, "Nous avons bien reçu votre message."))
        for _ in range(MOST_AN_HOUR + 2)
    ]
    assert outcomes.count(EmailOutcome.ANSWER) == MOST_AN_HOUR
    assert outcomes[-1] is EmailOutcome.TOO_MANY
    office.desk.wait(hours=2)
    assert office.receive(office.write(sent, SUPPORT, "Bonjour.")) is EmailOutcome.ANSWER
    assert len(office.messages(reference)) == MOST_AN_HOUR + 1


def gave_back(letter: Any, action: str = "failed") -> bytes:
    """A mail server's report about a letter (RFC 3464), as Postfix writes it."""
    head = (
        f"From: MAILER-DAEMON@mx.exemple.fr\nTo: {letter['From']}\nMessage-ID: <b1@mx.exemple.fr>\n"
    )
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'
    status = (
        f"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; {letter['To']}\nAction: {action}\n"
    )
    returned = f"Message-ID: {letter['Message-ID']}\nSubject: x\n"
    parts = [("text/plain", "Unknown user"), ("message/delivery-status", status)]
    parts.append(("text/rfc822-headers", returned))
    body = "".join(f"--b\nContent-Type: {name}\n\n{text}\n" for name, text in parts)
    return f"{head}{kind}\n{body}--b--\n".encode()


async def test_an_e_mail_that_came_back_is_seen_by_the_operator_and_the_person(
    office: Office,
) -> None:
    desk, store = office.desk, office.desk.app.store
    reference = office.file()
    desk.do("luc", lambda tickets: tickets.answer(reference, "Quel mois ?"))
    letter = await office.post(ANNE)
    assert office.receive(gave_back(letter, "delayed")) is EmailOutcome.AUTOMATIC

    assert office.receive(gave_back(letter)) is EmailOutcome.BOUNCE
    assert office.receive(gave_back(letter)) is EmailOutcome.AUTOMATIC
    with store.read() as db:
        (row,) = db.outbox.list(OutboxState.BURIED)
        assert (row.kind, row.failure) == ("news", BOUNCED)
    assert "ne reçoit pas nos messages" in desk.look("anne")
    assert "(non confirmée)" in desk.type("anne", "/profil")

    ticket_mail = await office.post(SUPPORT)
    assert office.receive(gave_back(ticket_mail)) is EmailOutcome.BOUNCE
    with store.read() as db:
        assert [row.kind for row in db.outbox.given_up(BOUNCED)] == ["message", "news"]


async def test_a_report_that_names_no_e_mail_of_ours_changes_nothing(office: Office) -> None:
    office.file()
    letter = await office.post(SUPPORT)
    letter.replace_header("Message-ID", "<letter.1.00000000000000000000@mairie-exemple.fr>")
    assert office.receive(gave_back(letter)) is EmailOutcome.AUTOMATIC
    with office.desk.app.store.read() as db:
        assert db.outbox.list(OutboxState.BURIED) == ()


async def test_what_comes_for_a_restricted_ticket_is_kept_and_goes_to_nobody(
    office: Office,
) -> None:
    store, reference = office.desk.app.store, office.file()
    sent = await office.post(SUPPORT)
    with store.transaction() as db:
        db.ticket_rights.restrict(reference, office.desk.now)
    assert office.receive(office.write(sent, SUPPORT, "Quel mois ?")) is EmailOutcome.ANSWER
    with store.read() as db:
        ticket = db.tickets.even_restricted(reference)
    assert [(one.internal, one.text) for one in ticket.messages] == [(True, "Quel mois ?")]
    assert await office.post(ANNE) is None


async def test_what_is_not_taken_is_counted_by_its_reason(office: Office) -> None:
    office.receive(b"From: pub@exemple.org\nTo: guichet@mairie-exemple.fr\n\nAchetez.\n")
    with office.desk.app.store.read() as db:
        began, ended = office.desk.now, office.desk.now.replace(year=2027)
        assert db.report.counted_by_subject("email", began, ended) == {"unknown": 1}
