"""GLPI beside a desk: tickets that were taken too late, and what an employer reads of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from connectors.asked import GlpiWorld
from connectors.contract.conftest import Bridge, opened

from bot.domain.retention import Retention
from bot.services.personal_export import PersonalExport
from knowledge import KnowledgeBase


@pytest.fixture
async def bridge(tmp_path: Path, knowledge: KnowledgeBase) -> AsyncIterator[Bridge]:
    async for one in opened(tmp_path, knowledge, {"glpi": GlpiWorld()}):
        yield one


@pytest.fixture
def glpi(bridge: Bridge):
    (world,) = bridge.worlds.values()
    assert isinstance(world, GlpiWorld)
    return world.server


async def test_a_ticket_that_glpi_took_too_late_is_joined_with_its_twin(
    bridge: Bridge, glpi, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy gave up, GLPI did not: it goes on for longer than we waited."""
    house = bridge.house
    reference = house.file("anne")
    glpi.late.after = timedelta(minutes=5)
    glpi.faults.append("504_late")
    await bridge.deliver()
    bridge.wait(minutes=2)
    await bridge.deliver()
    assert (len(glpi.tickets), glpi.calls.count("POST Ticket")) == (0, 1)
    bridge.wait(minutes=2)
    await bridge.deliver()
    await bridge.poll()
    bridge.wait(minutes=2)
    assert len(glpi.tickets) == 2
    glpi.answer(2, "Quel mois ?")  # on the late one, before anybody knew

    await bridge.poll()
    await bridge.poll()

    assert [one["status"] for one in glpi.tickets.values()] == [1, 6]
    assert [(one["tickets_id_1"], one["tickets_id_2"]) for one in glpi.links] == [(2, 1)]
    (note,) = [one for one in glpi.followups.values() if "Doublon du ticket 1" in one["content"]]
    assert (note["items_id"], note["is_private"]) == (2, 1)
    told = [(one.text, one.internal) for one in house.ticket(reference).messages]
    assert ("Quel mois ?", False) in told
    assert len(told) == 2
    assert "tickets 1 and 2 of GLPI were joined" in caplog.text
    assert house.look("anne").count("« Quel mois ? »") == 1
    house.type("anne", "Répondre", "Le mois de mars.")
    await bridge.deliver()
    (answer,) = [one for one in glpi.followups.values() if "mois de mars" in one["content"]]
    assert answer["items_id"] == 1
    glpi.set_status(2, 1)  # opened again over there: it stays open, and answers still come
    glpi.answer(2, "Merci, c'est noté.")
    await bridge.poll()
    assert glpi.tickets[2]["status"] == 1
    assert "c'est noté" in house.look("anne")


async def test_no_employer_reads_the_name_of_a_system(bridge: Bridge, glpi) -> None:
    house = bridge.house
    shown = house.type("anne", "/confidentialite")
    reference = house.file("anne")
    shown += house.receipt + house.look("anne")
    await bridge.deliver()
    glpi.answer(1, "Bonjour.")
    glpi.delete(1)
    await bridge.poll()
    shown += house.type("anne", "/demandes", "1")
    with house.app.store.transaction() as db:
        person = db.people.of("terminal:anne", house.now)
        export = PersonalExport(db=db, fields={}, retention=Retention(), now=house.now)
        copy = export.of_requester(person)
    whole = f"{shown} {copy}".casefold()
    assert reference.casefold() in whole
    assert "transmise au service qui la traite" in whole
    assert "leur outil de suivi" in whole
    assert [word for word in ("glpi", "webhook", "connector", "zammad") if word in whole] == []
