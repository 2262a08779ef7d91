"""Rectification and restriction of a ticket: what changes, what is told, what stays shut."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from commands.test_commands import SCRIPT
from services.conftest import Desk as House
from services.conftest import desk as house
from support.commandline import Done, guichet
from support.talking import A_NIR

from bot.background.ticket_delivery import TicketDelivery
from bot.connectors.factory import build_connectors
from bot.domain.delivery import TICKET_RESTRICTED, OutboxState
from bot.domain.errors import RestrictedError
from bot.domain.retention import Retention
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExternalReply
from bot.services.advisor_tickets import AdvisorTickets
from bot.services.inbound_updates import InboundUpdates
from bot.settings import Settings
from bot.storage.store import DatabaseThread

__all__ = ["house"]

# Commune 999 of a department does not exist: nobody's number.
ANOTHER_NIR = "285067599908034"
MUTATION = "immatriculation-affiliation/affiliation/mutation"
SENT = {"TICKETS_TO": "webhook", "TICKET_WEBHOOK_URL": "https://tickets.exemple.fr/in"}
SENT["TICKET_WEBHOOK_SECRETS"] = "x" * 32


def run(house: House, *words: str, typed: str = "") -> Done:
    return guichet(*words, data=house.app.settings.data_dir, typed=typed, **SENT)


def file_about_an_agent(house: House) -> str:
    """Somebody files a request that names one agent, with a NIR."""
    sous_motif = house.app.knowledge.catalogue.sous_motif(MUTATION)
    assert sous_motif is not None
    typed = [line.replace("{mutation}", sous_motif.id) for line in SCRIPT]
    shown = house.type("anne", *typed)
    return next(word for word in shown.split() if word.startswith("PEPS-")).strip("*,.")


def disk(house: House) -> bytes:
    folder = house.app.settings.data_dir
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def audit(house: House) -> list[tuple[str, str]]:
    with house.app.store.read() as db:
        return [(one.what, one.detail) for one in db.audit_log.entries()]


def test_a_name_is_corrected_and_told_and_the_old_one_is_gone(house: House) -> None:
    reference = file_about_an_agent(house)
    done = run(
        house, "tickets", "correct", reference, "--agent", "1", "--field", "nom", typed="Petit"
    )
    assert done.returncode == 0, done.stderr
    ticket = house.ticket(reference)
    agent = ticket.request.agents[0]
    assert agent.answer("nom").value.casefold() == "petit"
    told = ticket.messages[-1]
    assert "agent 1 : petit" in told.text.casefold()
    assert not told.internal
    with house.app.store.read() as db:
        waiting = db.outbox.list(OutboxState.WAITING)
        history = db.ticket_messages.history(reference)
    assert any(
        row.lane == f"connector:webhook:{reference}" and row.kind == "message" for row in waiting
    )
    assert ("rectified", "agent 1: nom") in [(one.what, one.detail) for one in history]
    assert ("ticket.corrected", "agent 1: nom") in audit(house)
    assert "donnée rectifiée" in run(house, "desk", "open", reference).stdout


def test_a_nir_is_corrected_from_standard_input_and_stands_in_no_message(house: House) -> None:
    reference = file_about_an_agent(house)
    words = ("tickets", "correct", reference, "--agent", "1", "--field", "nir")
    assert "clé" in run(house, *words, typed=ANOTHER_NIR[:-2] + "35").stderr
    assert run(house, *words, typed=ANOTHER_NIR[:13]).returncode == 1
    assert house.ticket(reference).request.agents[0].answer("nir").value == A_NIR
    done = run(house, *words, typed=ANOTHER_NIR)
    assert done.returncode == 0, done.stderr
    ticket = house.ticket(reference)
    assert ticket.request.agents[0].answer("nir").value == ANOTHER_NIR
    assert "se consulte au guichet" in ticket.messages[-1].text
    assert ANOTHER_NIR not in ticket.messages[-1].text
    assert ANOTHER_NIR not in json.dumps(audit(house))
    assert ANOTHER_NIR.encode() not in disk(house)
    revealed = run(house, "tickets", "reveal", reference, "--reason", "vérification").stdout
    assert ANOTHER_NIR in revealed
    assert A_NIR not in revealed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--agent", "1", "--field", "siret"), "Champs : nir, nom, prenom, ddn"),
        (("--agent", "9", "--field", "nom"), "ne se rectifie pas"),
        (("--field", "siret"), "Champs : description, email, employer_name"),
    ],
)
def test_what_cannot_be_corrected_is_named(
    house: House, options: tuple[str, ...], said: str
) -> None:
    reference = file_about_an_agent(house)
    done = run(house, "tickets", "correct", reference, *options, typed="Petit")
    assert done.returncode == 1
    assert said in done.stderr


def test_a_nir_in_a_corrected_description_is_taken_out(house: House) -> None:
    reference = house.file("anne")
    typed = f"Elle est arrivée le 1er mars, {ANOTHER_NIR}, sans dossier."
    assert not run(
        house, "tickets", "correct", reference, "--field", "description", typed=typed
    ).returncode
    assert "sans dossier" in house.ticket(reference).request.description
    assert ANOTHER_NIR not in house.ticket(reference).request.description
    assert ANOTHER_NIR not in house.ticket(reference).messages[-1].text


ACTIONS: list[Callable[[AdvisorTickets, str], object]] = [
    lambda tickets, name: tickets.take(name),
    lambda tickets, name: tickets.release(name),
    lambda tickets, name: tickets.answer(name, "Bonjour."),
    lambda tickets, name: tickets.note(name, "Une note."),
    lambda tickets, name: tickets.set_status(name, TicketStatus.CLOSED),
    lambda tickets, name: tickets.move(name, "retraite"),
    lambda tickets, name: tickets.reveal(name, "traitement"),
    lambda tickets, name: tickets.reveal_piece(name, 1, "traitement"),
]


def test_nothing_is_read_or_done_while_a_ticket_is_restricted(house: House) -> None:
    reference = file_about_an_agent(house)
    before = house.ticket(reference)
    assert "traitement limité" in run(house, "tickets", "restrict", reference).stdout
    assert run(house, "tickets", "restrict", reference).returncode == 1
    for action in ACTIONS:
        with pytest.raises(RestrictedError):
            house.do("luc", lambda tickets, action=action: action(tickets, reference))
    for words in (
        ("tickets", "show", reference),
        ("tickets", "reveal", reference, "--reason", "traitement"),
        ("desk", "open", reference),
        ("desk", "pieces", reference),
        ("desk", "answer", reference, "Bonjour."),
    ):
        done = run(house, *words)
        assert done.returncode == 1
        assert "RGPD art. 18" in done.stderr
        assert before.request.description not in done.stdout
    assert "traitement limité" in " ".join(run(house, "tickets", "list").stdout.split())
    assert "les conseillers ne la lisent plus" in house.type("anne", "/demandes", reference)
    assert not run(house, "tickets", "restrict", reference, "--lift").returncode
    assert run(house, "tickets", "show", reference).returncode == 0
    assert house.ticket(reference).request == before.request
    told = [what for what, _ in audit(house)]
    assert told[:3] == ["ticket.read", "ticket.restriction_lifted", "ticket.restricted"]


async def test_what_was_on_its_way_is_held_back_and_leaves_when_it_is_lifted(house: House) -> None:
    reference = house.file("anne")
    run(house, "tickets", "correct", reference, "--field", "description", typed="Une autre suite.")
    run(house, "tickets", "restrict", reference)
    store = house.app.store
    with store.read() as db:
        (row,) = [one for one in db.outbox.list() if one.lane == f"connector:webhook:{reference}"]
    db_thread = DatabaseThread(store)
    settings = Settings(
        _env_file=None,
        tickets_to=("webhook",),
        ticket_webhook_url="https://tickets.exemple.fr/in",
        ticket_webhook_secrets=("x" * 32,),
    )
    connectors = build_connectors(settings, house.app.knowledge.catalogue)
    delivery = TicketDelivery(db_thread, connectors)
    result = await delivery.deliver(row)
    db_thread.close()
    assert result.code == TICKET_RESTRICTED
    with store.transaction() as db:
        db.outbox.bury(row.id, result.code, house.now)
        db.retention.apply(house.now + timedelta(days=90), Retention())
    run(house, "tickets", "restrict", reference, "--lift")
    with store.read() as db:
        assert db.outbox.get(row.id).state is OutboxState.WAITING


def test_what_another_system_answers_meanwhile_is_kept_and_shown_later(house: House) -> None:
    reference = house.file("anne")
    run(house, "tickets", "restrict", reference)
    inbound = InboundUpdates(house.app.store, house.app.advisor_desk)
    reply = ExternalReply(event_id="e1", reference=reference, words="C'est réglé.")
    inbound.take("webhook", reply, house.now)
    assert "C'est réglé" not in house.look("anne")
    run(house, "tickets", "restrict", reference, "--lift")
    assert "C'est réglé" in run(house, "desk", "open", reference).stdout


def test_a_restricted_ticket_is_not_erased(house: House) -> None:
    kept, gone = house.file("anne"), house.file("bruno")
    for reference in (kept, gone):
        house.do(
            "luc", lambda tickets, name=reference: tickets.set_status(name, TicketStatus.CLOSED)
        )
    run(house, "tickets", "restrict", kept)
    with house.app.store.transaction() as db:
        db.retention.apply(house.now + timedelta(days=5 * 365), Retention())
        assert [one.reference for one in db.tickets.newest()] == [kept]
