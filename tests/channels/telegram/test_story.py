"""The whole story: two people, two advisors, restarts, a day without any ticketing system."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from channels.telegram.staffed import EVE, LUC, Room, file, now, staffed, ticket
from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage
from connectors.worlds import GlpiWorld, HookWorld, MailWorld

from bot.domain.ticket import TicketStatus
from bot.incoming import Incoming
from bot.jobs.clerk import Clerk
from bot.jobs.polling import Poll
from bot.jobs.settling import Settling
from bot.jobs.ticketing import PATIENCE, TicketCarrier, deliver_due
from bot.storage.outbox import OutboxState
from knowledge import KnowledgeBase

DOWN = 200
"""Attempts for which a system is down: more than a day of them."""


class House:
    """A staffed stage with three ticketing systems behind it, none of which answers yet."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.room = Room(stage)
        self.glpi, self.hook, self.mail = GlpiWorld(), HookWorld(clock=self.now), MailWorld()
        self.ahead = timedelta()

    def now(self) -> datetime:
        return now() + self.ahead

    async def open(self) -> None:
        for world in (self.glpi, self.hook, self.mail):
            await world.open()
            world.faults.extend(["450_before" if world is self.mail else "503_before"] * DOWN)
        await self.stage.close()
        self.stage.connectors = {
            "glpi": self.glpi.connector,
            "webhook": self.hook.connector,
            "email": self.mail.connector,
        }
        await self.stage.open()

    async def close(self) -> None:
        for world in (self.glpi, self.hook, self.mail):
            await world.close()

    def topic(self, reference: str) -> int:
        (thread,) = [n for n, one in self.room.topics.items() if reference in one["name"]]
        return thread

    async def restart(self) -> None:
        await self.stage.crash()
        await self.stage.open()

    async def deliver(self) -> None:
        store = self.stage.app.store
        carrier = TicketCarrier(store, self.stage.connectors, self.now)
        await deliver_due(store, Settling(carrier, patience=PATIENCE), self.now)

    async def a_day_without(self) -> None:
        """Tried all day long, in vain."""
        for _ in range(24):
            await self.deliver()
            self.ahead += timedelta(hours=1)

    async def poll(self) -> None:
        app = self.stage.app
        clerk = Clerk(app.store)
        incoming = Incoming(app.store, app.backoffice)
        await Poll("glpi", self.glpi.connector, incoming, clerk, now).once()
        clerk.close()


@pytest.fixture
async def house(folder: Path, knowledge: KnowledgeBase) -> AsyncIterator[House]:
    async with staffed(folder, knowledge) as stage:
        house = House(stage)
        await house.open()
        yield house
        await house.close()


async def live(house: House) -> tuple[str, str]:
    """Taken, asked, answered, corrected, resolved and rated; closed and reopened; two restarts."""
    stage, room = house.stage, house.room
    hers = await file(stage, ANNE)
    await room.sees(hers)
    his = await file(stage, BRUNO)
    await room.sees(his)
    await house.restart()

    await room.say(LUC, "/prendre", thread=house.topic(hers))
    await stage.reads("prise en charge")
    await room.say(EVE, "/prendre", thread=house.topic(his))
    await stage.reads("prise en charge", who=BRUNO)
    await room.say(LUC, "/attente Quel mois ?", thread=house.topic(hers))
    await stage.reads("Quel mois")
    await stage.press("^Répondre$")
    await stage.reads("Que voulez-vous ajouter")
    said = await stage.say("Le mois de mai.")
    await room.sees("Le mois de mai")
    await stage.server.user_edits(TOKEN, ANNE, said, "Mars.")
    asked = await room.sees("Mars", kind="edit")
    await house.restart()
    await room.say(LUC, "34,65 %", reply_to=asked.message_id, thread=house.topic(hers))
    await stage.reads("« 34,65 % »")
    await end(house, hers, his)
    return hers, his


async def end(house: House, hers: str, his: str) -> None:
    """One is resolved and rated, the other closed and taken up again by its requester."""
    stage, room = house.stage, house.room
    await room.say(LUC, "/resolu", thread=house.topic(hers))
    await stage.reads("est résolue")
    await stage.press("^5")
    await stage.reads("ajouter une ligne")
    await stage.say("Rapide.")
    await stage.reads("Merci pour votre avis")
    await room.say(EVE, "/clore", thread=house.topic(his))
    await stage.reads("est close", who=BRUNO)
    await stage.press("^Répondre$", who=BRUNO)
    await stage.reads("Que voulez-vous ajouter", who=BRUNO)
    await stage.say("Il manque une chose.", who=BRUNO)
    await stage.reads("rouverte", who=BRUNO)
    await room.sees("Il manque une chose")


async def test_two_tickets_live_their_whole_life(house: House) -> None:
    stage = house.stage
    hers, his = await live(house)
    assert ticket(stage, hers).score == 5
    await stage.close()
    await house.a_day_without()
    worlds = (house.glpi, house.hook, house.mail)
    assert [list(world.arrived()) for world in worlds] == [[], [], []]
    for world in worlds:
        world.faults.clear()
    await house.deliver()
    assert sorted(one["name"].split("]")[0] for one in house.glpi.server.tickets.values()) == [
        f"[{hers}",
        f"[{his}",
    ]
    for reference in (hers, his):
        assert sum(one["id"] == reference for one in house.hook.seen.values()) == 1
        named = [one for one in house.mail.postman.letters if f"<{reference}@" in one["Message-ID"]]
        assert len(named) == 1
    await house.poll()
    house.glpi.server.answer(1, "Vu avec le métier.")
    await house.poll()
    await stage.open()
    await stage.reads("« Vu avec le métier. »")

    assert ticket(stage, his).status is TicketStatus.IN_PROGRESS
    with stage.look() as records:
        assert records.list_outbox(OutboxState.BURIED) == ()
