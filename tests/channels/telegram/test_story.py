"""The whole story: two people, two advisors, restarts, a day without any ticketing system.

Everything that can happen to a ticket happens here, in acts; the desk is stopped hard between them.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from channels.telegram.filing import fill_in, send
from channels.telegram.staffed import (
    EVE,
    GROUP,
    LUC,
    OTHER_GROUP,
    Room,
    file,
    react,
    staffed,
    ticket,
)
from channels.telegram.stage import ANNE, BRUNO, TOKEN, Stage
from channels.telegram.test_files import PDF, document, photo
from connectors.asked import GlpiWorld
from connectors.worlds import HookWorld, MailWorld
from support.talking import A_NIR

from bot.background.sender import DeliveryRecorder
from bot.background.tasks import ConnectorPolling
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TicketDelivery, deliver_due
from bot.clock import utc_now
from bot.domain.delivery import OutboxState
from bot.domain.ticket import TicketStatus
from bot.services.inbound_updates import InboundUpdates
from bot.storage.store import DatabaseThread
from knowledge import KnowledgeBase

DOWN = 400
"""Attempts for which a system is down: more than a day of them."""


class House:
    """A staffed stage with three ticketing systems behind it, none of which answers yet."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.room, self.other = Room(stage), Room(stage, OTHER_GROUP)
        self.glpi, self.hook, self.mail = GlpiWorld(), HookWorld(clock=self.now), MailWorld()
        self.ahead = timedelta()
        self.hers = self.his = ""

    @property
    def worlds(self) -> tuple[GlpiWorld, HookWorld, MailWorld]:
        return (self.glpi, self.hook, self.mail)

    def now(self) -> datetime:
        return utc_now() + self.ahead

    async def open(self) -> None:
        for world in self.worlds:
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
        for world in self.worlds:
            await world.close()

    def topic(self, reference: str, room: Room | None = None) -> int:
        (thread,) = [n for n, one in (room or self.room).topics.items() if reference in one["name"]]
        return thread

    async def say(self, who: int, words: str, reference: str, **where: int) -> int:
        """An advisor writes in the topic of a ticket."""
        return await self.room.say(who, words, thread=self.topic(reference), **where)

    async def restart(self) -> None:
        await self.stage.crash()
        await self.stage.open()

    async def deliver(self) -> None:
        store = self.stage.app.store
        db_thread = DatabaseThread(store)
        carrier = TicketDelivery(db_thread, self.stage.connectors, utc_now)
        await deliver_due(store, DeliveryRecorder(carrier, patience=DELIVERY_PATIENCE), self.now)
        db_thread.close()

    async def a_day_without(self) -> None:
        """Tried all day long, in vain."""
        for _ in range(24):
            await self.deliver()
            self.ahead += timedelta(hours=1)

    async def poll(self) -> None:
        app = self.stage.app
        db_thread = DatabaseThread(app.store)
        incoming = InboundUpdates(app.store, app.advisor_desk)
        await ConnectorPolling(self.glpi.connector, incoming, db_thread, utc_now).once()
        db_thread.close()


@pytest.fixture
async def house(folder: Path, knowledge: KnowledgeBase) -> AsyncIterator[House]:
    async with staffed(folder, knowledge) as stage:
        house = House(stage)
        await house.open()
        yield house
        await house.close()


async def filed(house: House) -> int:
    """One request in the chat, from its question to its receipt, and one of somebody else; the
    message in which the first was described."""
    stage = house.stage
    for who in (LUC, EVE):
        await stage.say("/start bureau", who=who)
    await fill_in(stage)
    described = await stage.say("La cotisation de mai est partie au mauvais fonds.")
    receipt = await send(stage)
    house.hers = next(word for word in receipt.text.split() if word.startswith("PEPS-")).strip(",.")
    house.his = await file(stage, BRUNO)
    return described


async def taken(house: House) -> None:
    """Taken, warned, given back and taken again; looked at; nothing internal leaves."""
    stage, room, hers = house.stage, house.room, house.hers
    recap = await room.sees(hers)
    await room.sees(house.his)
    await house.say(LUC, "/prendre", hers)
    await stage.reads("prise en charge")
    await house.say(EVE, "Je réponds aussi.", hers, reply_to=recap.message_id)
    await room.sees("est prise par Luc")
    await house.say(LUC, "// entre nous", hers, reply_to=recap.message_id)
    await house.say(LUC, "Qui connaît cette mairie ?", hers)
    renamed = {"forum_topic_edited": {"name": "Urgent"}}
    thread = house.topic(hers)
    await stage.server.user_says(
        TOKEN, LUC, None, chat_id=GROUP, thread=thread, reply_to=recap.message_id, extra=renamed
    )
    await react(stage, EVE, recap)
    await house.say(LUC, "/rendre", hers)
    await room.sees("de nouveau à prendre")
    assert ticket(stage, hers).taken_by == ""
    await house.say(LUC, "/prendre", hers)
    await room.sees("prise par Luc\\.")
    await house.say(EVE, "/prendre", house.his)
    await stage.reads("prise en charge", who=BRUNO)
    with stage.look() as db:
        assert "seen" in [one.what for one in db.ticket_messages.history(hers)]


async def asked(house: House) -> None:
    """A question to the requester, their answer; a photo, shown to one advisor."""
    stage, room, hers = house.stage, house.room, house.hers
    await house.say(LUC, "/attente Quel mois ?", hers)
    await stage.reads("Quel mois")
    await stage.press("^Répondre$")
    await stage.reads("Que voulez-vous ajouter")
    await stage.say("Le mois de mai.")
    await room.sees("Le mois de mai")
    await stage.server.user_says(TOKEN, ANNE, "Voici la page", media=photo(stage))
    await room.sees("pièce 1 : photo")
    await house.say(LUC, "/piece 1", hers)
    why = await room.sees("Pourquoi voir pièce 1")
    await stage.press("Traitement de la demande", who=LUC, on=why)
    shown = await stage.reads(f"{hers}, pièce 1", who=LUC)
    assert shown.data["has_protected_content"]


async def answered(house: House) -> None:
    """In a topic that was deleted and made again: an answer, edited; a canned one, an article, a
    document after a warning."""
    stage, room, hers = house.stage, house.room, house.hers
    del room.topics[house.topic(hers)]
    await stage.press("^Ajouter")
    await stage.reads("Que voulez-vous ajouter")
    await stage.say("Et le mois d'avril aussi.")
    recap = await room.sees(f"^{hers}\n")
    await room.sees("mois d'avril")
    said = await house.say(LUC, "34,56 %", hers, reply_to=recap.message_id)
    await stage.reads("« 34,56 % »")
    message = {**room.chat.messages[said], "text": "34,65 %", "edit_date": 1}
    stage.server.push(TOKEN, "edited_message", message, GROUP, 86400)
    await stage.reads("« Je corrige : 34,65 % »")
    await house.say(LUC, "/reponse accuse", hers)
    await stage.reads(f"Votre demande {hers}[\\s\\S]*Luc")
    await house.say(LUC, "/article peps-creer-compte", hers)
    await stage.reads("start=a_")
    notice = document(stage, "notice.pdf", PDF)
    thread = house.topic(hers)
    await stage.server.user_says(
        TOKEN,
        LUC,
        "La notice.",
        chat_id=GROUP,
        thread=thread,
        reply_to=recap.message_id,
        media=notice,
    )
    warning = await room.sees("porte une pièce")
    await stage.press("Envoyer quand même", who=LUC, on=warning)
    await stage.reads("« La notice. »")
    await stage.reads(f"demande {hers}, pièce 2")


async def revealed(house: House) -> None:
    """The other one's NIR, for a reason; another queue; closed, taken up again, closed by hand."""
    stage, his, other = house.stage, house.his, house.other
    await house.say(EVE, "/reveler 1", his)
    why = await house.room.sees("Pourquoi voir le NIR")
    await stage.press("Traitement de la demande", who=EVE, on=why)
    await stage.reads(A_NIR, who=EVE)
    await house.say(EVE, "/transferer retraite", his)
    await other.sees(his)
    thread = house.topic(his, other)
    await other.say(EVE, "/clore", thread=thread)
    await stage.reads("est close", who=BRUNO)
    await stage.press("^Répondre$", who=BRUNO)
    await stage.reads("Que voulez-vous ajouter", who=BRUNO)
    await stage.say("Il manque une chose.", who=BRUNO)
    await stage.reads("rouverte", who=BRUNO)
    await other.sees("Il manque une chose")
    await other.say(EVE, "/resolu", thread=thread)
    await stage.reads("est résolue", who=BRUNO)
    await other.say(EVE, "/rouvrir", thread=thread)
    await stage.reads("est rouverte", who=BRUNO)
    await other.service(EVE, "forum_topic_closed")
    await stage.reads("est close", who=BRUNO)


async def again(house: House) -> None:
    """The same matter once more is added to it; resolved, rated."""
    stage, hers = house.stage, house.hers
    await fill_in(stage, known=True)
    await stage.press("Garder ce texte")
    await stage.reads("avant l'envoi")
    await stage.press("^Envoyer$")
    await stage.reads("déjà une demande ouverte")
    await stage.press("Ajouter à cette demande")
    await stage.reads(f"ajouté à la demande {hers}")
    await house.room.sees("cotisation au mauvais fonds")
    await house.say(LUC, "/resolu", hers)
    await stage.reads("est résolue")
    await stage.press("^5")
    await stage.reads("ajouter une ligne")
    await stage.say("Rapide.")
    await stage.reads("Merci pour votre avis")
    assert ticket(stage, hers).score == 5
    assert ticket(stage, house.his).score is None


async def late(house: House) -> str:
    """Long after its end somebody writes to it: a new one holds the message, and names it."""
    stage, hers = house.stage, house.hers
    with stage.look() as db:
        long_ago = utc_now() - timedelta(days=60)
        db.tickets.set_status(hers, TicketStatus.IN_PROGRESS, long_ago)
        db.tickets.set_status(hers, TicketStatus.CLOSED, long_ago)
    await stage.say("/demandes")
    await stage.reads("^Vos demandes")
    await stage.press(hers)
    await stage.reads("État : close")
    await stage.press("^Répondre ou rouvrir")
    await stage.reads("Que voulez-vous ajouter")
    await stage.say("Finalement, la somme n'est pas revenue.")
    told = await stage.reads("nouvelle demande, PEPS-")
    third = next(word for word in told.text.split() if word.startswith("PEPS-")).strip(",.")
    assert ticket(stage, third).follows == hers
    recap = await house.room.sees(f"^{third}\n")
    assert f"Fait suite à : {hers}" in recap.text
    return third


def arrived_once(house: House, references: set[str]) -> None:
    """Each ticket and each message, in each of the three systems."""
    titles = Counter(
        one["name"].partition("]")[0][1:] for one in house.glpi.server.tickets.values()
    )
    contents = Counter(one["content"] for one in house.glpi.server.followups.values())
    keys = Counter(headers["Idempotency-Key"] for headers, _ in house.hook.requests)
    letters = Counter(one["Message-ID"] for one in house.mail.postman.letters)
    assert titles == dict.fromkeys(references, 1)
    for counted in (contents, keys, letters):
        assert set(counted.values()) == {1}
    with house.stage.look() as db:
        desk = db.ticket_links.desk_name()
    assert {f"{desk}/{one}" for one in references} <= keys.keys()
    assert {f"<{desk}.{one}@mairie-exemple.fr>" for one in references} <= letters.keys()


async def test_two_tickets_live_their_whole_life(house: House) -> None:
    stage = house.stage
    await filed(house)
    await taken(house)
    await house.restart()
    await asked(house)
    await house.restart()
    await answered(house)
    await revealed(house)
    await house.restart()
    await again(house)
    third = await late(house)
    internal = ("entre nous", "Qui connaît", "Je réponds aussi")
    assert not any(words in text for words in internal for text in stage.shown())
    with stage.look() as db:
        erasures = [row for row in db.outbox.list(OutboxState.WAITING, 1000) if row.kind == "erase"]
    assert [row.lane for row in erasures] == [f"telegram:{LUC}", f"telegram:{EVE}"]
    await stage.close()
    await house.a_day_without()
    assert [list(world.arrived()) for world in house.worlds] == [[], [], []]
    for world in house.worlds:
        world.faults.clear()
    await house.deliver()
    arrived_once(house, {house.hers, house.his, third})
    await stage.open()
    await house.poll()
    (hers,) = [n for n, one in house.glpi.server.tickets.items() if house.hers in one["name"]]
    house.glpi.server.answer(hers, "Vu avec le métier.")
    await house.poll()
    await stage.reads("« Vu avec le métier. »")
    await stage.close()
    await house.deliver()
    arrived_once(house, {house.hers, house.his, third})
    with stage.look() as db:
        assert db.outbox.list(OutboxState.BURIED) == ()
    await stage.open()
