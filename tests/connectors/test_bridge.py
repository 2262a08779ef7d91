"""The bridge: a ticket's whole life with GLPI, e-mail and a webhook, and a day without them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from connectors.worlds import GlpiWorld, HookWorld, MailWorld
from services.conftest import Desk as House

from bot.app import assemble, open_store
from bot.background.sender import DeliveryRecorder
from bot.background.tasks import ConnectorPolling
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TicketDelivery, deliver_due
from bot.channels import terminal
from bot.domain.delivery import OutboxState
from bot.domain.ticket import TicketStatus
from bot.services.advisor_tickets import AdvisorAction
from bot.services.inbound_updates import InboundUpdates
from bot.settings import Settings
from bot.storage.store import DatabaseThread
from knowledge import KnowledgeBase


class Bridge:
    """A desk with three systems beside it, and time in the test's hand."""

    def __init__(self, folder: Path, knowledge: KnowledgeBase) -> None:
        self.folder, self.knowledge = folder, knowledge
        self.glpi, self.hook, self.mail = GlpiWorld(), HookWorld(), MailWorld()

    @property
    def worlds(self):
        return (self.glpi, self.hook, self.mail)

    async def open(self) -> None:
        for world in self.worlds:
            await world.open()
        self.start()

    def start(self) -> None:
        """The process, begun anew on what is stored."""
        settings = Settings(_env_file=None, data_dir=self.folder)
        connectors = {
            "glpi": self.glpi.connector,
            "webhook": self.hook.connector,
            "email": self.mail.connector,
        }
        store = open_store(settings)
        renderers = {"terminal": terminal.render}
        app = assemble(settings, store, self.knowledge, renderers, connectors)
        now = self.house.now if hasattr(self, "house") else None
        self.house = House(app)
        if now is not None:
            self.house.now = now
        self.db_thread = DatabaseThread(store)
        delivery = TicketDelivery(self.db_thread, connectors, lambda: self.house.now)
        self.recorder = DeliveryRecorder(delivery, patience=DELIVERY_PATIENCE)
        self.poll = ConnectorPolling(
            self.glpi.connector,
            InboundUpdates(store, app.advisor_desk),
            self.db_thread,
            lambda: self.house.now,
        )

    async def deliver(self) -> None:
        await deliver_due(self.house.app.store, self.recorder, lambda: self.house.now)

    async def close(self) -> None:
        self.db_thread.close()
        for world in self.worlds:
            await world.close()


@pytest.fixture
async def bridge(tmp_path: Path, knowledge: KnowledgeBase) -> AsyncIterator[Bridge]:
    bridge = Bridge(tmp_path / "data", knowledge)
    await bridge.open()
    yield bridge
    await bridge.close()


async def test_a_ticket_arrives_everywhere_once_even_after_a_day_without(bridge: Bridge) -> None:
    house = bridge.house
    reference = house.file("anne")
    for _ in range(25):
        for world in bridge.worlds:
            fault = "450_before" if isinstance(world, MailWorld) else "503_before"
            world.faults.clear()
            world.faults.append(fault)
        await bridge.deliver()
        bridge.house.wait(hours=1)
    for world in bridge.worlds:
        world.faults.clear()
    assert all(not world.arrived() for world in bridge.worlds)
    bridge.db_thread.close()
    bridge.start()
    await bridge.deliver()
    for world in bridge.worlds:
        assert sum(reference in one for one in world.arrived()) == 1
    with house.app.store.transaction() as db:
        assert db.outbox.list(OutboxState.BURIED) == ()


async def test_what_glpi_dropped_is_told_to_the_operator(bridge: Bridge, caplog) -> None:
    bridge.glpi.server.refused.add("name")
    reference = bridge.house.file("anne")
    await bridge.deliver()
    assert f"glpi took {reference} without: title" in caplog.text
    with bridge.house.app.store.transaction() as db:
        noted = [(one.who, one.what, one.detail) for one in db.audit_log.entries(reference)]
    assert ("connector:glpi", "ticket.partly_kept", "title") in noted


async def test_a_whole_life_between_the_requester_and_glpi(bridge: Bridge) -> None:
    house, glpi = bridge.house, bridge.glpi.server
    reference = house.file("anne")
    await bridge.deliver()
    await bridge.poll.once()
    glpi.answer(1, "Quel mois ?")
    glpi.answer(1, "Vu avec le métier.", private=True)
    glpi.set_status(1, 4)
    await bridge.poll.once()
    await bridge.poll.once()
    shown = house.look("anne")
    assert shown.count("« Quel mois ? »") == 1
    assert "attend une réponse" in shown
    assert "métier" not in shown
    house.type("anne", "Répondre", "Le mois de mars.")
    await bridge.deliver()
    assert any("Le mois de mars." in one["content"] for one in glpi.followups.values())
    assert glpi.tickets[1]["status"] in (1, 2)
    await bridge.poll.once()
    assert [one.text for one in house.ticket(reference).messages] == [
        "Quel mois ?",
        "Vu avec le métier.",
        "Le mois de mars.",
    ]
    house.do("luc", lambda bench: bench.set_status(reference, TicketStatus.CLOSED))
    await bridge.deliver()
    assert glpi.tickets[1]["status"] == 6
    await bridge.poll.once()
    assert house.ticket(reference).status is TicketStatus.CLOSED
    assert len(glpi.tickets) == 1


async def test_an_internal_note_goes_nowhere(bridge: Bridge) -> None:
    house = bridge.house
    reference = house.file("anne")
    deed = AdvisorAction(who="local:luc", at=house.now)
    house.app.advisor_desk.do(deed, lambda bench: bench.note(reference, "Entre nous."))
    house.app.advisor_desk.do(deed, lambda bench: bench.answer(reference, "Bonjour."))
    await bridge.deliver()
    for world in bridge.worlds:
        assert not any("Entre nous" in one for one in world.arrived())
        assert any("Bonjour." in one for one in world.arrived())


async def test_what_was_buried_is_asked_for_before_it_is_sent_again(bridge: Bridge) -> None:
    bridge.house.file("anne")
    bridge.glpi.faults.append("500_after")
    await bridge.deliver()
    with bridge.house.app.store.transaction() as db:
        row = next(one for one in db.outbox.list() if ":glpi:" in one.lane)
        assert row.failure is not None
        assert row.failure.startswith("uncertain.")
        db.outbox.bury(row.id, row.failure, bridge.house.now)
        db.outbox.revive(row.id, bridge.house.now)
    bridge.house.now += timedelta(minutes=1)
    await bridge.deliver()
    assert len(bridge.glpi.server.tickets) == 1


async def test_one_ticket_that_is_not_taken_holds_up_no_other(bridge: Bridge) -> None:
    bridge.house.file("anne")
    bridge.hook.faults.append("503_before")
    await bridge.deliver()
    other = bridge.house.file("berthe")
    await bridge.deliver()
    assert any(other in one for one in bridge.hook.arrived())


async def test_our_own_follow_up_is_never_taken_for_an_answer(bridge: Bridge) -> None:
    """GLPI had it before it failed, and is read before we could ask whether it had it."""
    reference = bridge.house.file("anne")
    bridge.house.wait(minutes=1)
    await bridge.deliver()
    await bridge.poll.once()
    bridge.house.do("luc", lambda bench: bench.answer(reference, "Bonjour."))
    bridge.glpi.server.tick()
    bridge.glpi.faults.extend(["", "500_after"])
    await bridge.deliver()
    await bridge.poll.once()
    assert [one.text for one in bridge.house.ticket(reference).messages] == ["Bonjour."]
    bridge.house.wait(minutes=20)
    await bridge.deliver()
    await bridge.poll.once()
    assert [one.text for one in bridge.house.ticket(reference).messages] == ["Bonjour."]
    assert len(bridge.glpi.server.followups) == 1
