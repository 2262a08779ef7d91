"""A stage with two groups of advisors, and people who file requests there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from channels.telegram.stage import ANNE, TOKEN, Stage, set_up
from support.talking import A_NIR

from bot.clock import utc_now
from bot.domain.people import Colleague, Employer, StaffRole
from bot.domain.ticket import Agent, Answer, Ticket, TicketRequest
from bot.services.requester_tickets import RequesterTickets
from bot.services.ticket_notifications import TicketNotifications
from knowledge import KnowledgeBase

GROUP, OTHER_GROUP = -1001234567890, -1001234567891
LUC, EVE, STRANGER = 2001, 2002, 2003
REFERENCE = "PEPS-2026-000001"
A_REQUEST = TicketRequest(
    identity="draft",
    path="cotisations/calcul/taux-cnracl",
    labels=("Cotisations", "Taux", "Taux de cotisation CNRACL"),
    fund="CNRACL",
    employer=Employer("99999999900017", "Mairie d'Exemple"),
    email="rh@mairie-exemple.fr",
    answers=(),
    agents=(Agent((Answer("nir", A_NIR), Answer("nom", "Durand"))),),
    description="Quel est le taux de mars ?",
)


class Room:
    """The advisors' group, and the people in it."""

    def __init__(self, stage: Stage, group: int = GROUP) -> None:
        self.stage = stage
        self.group = group

    @property
    def chat(self) -> Any:
        return self.stage.server.chats[self.group]

    @property
    def topics(self) -> dict[int, dict[str, Any]]:
        return self.chat.topics

    async def sees(self, pattern: str, kind: str = "message") -> Any:
        return await self.stage.reads(pattern, who=self.group, kind=kind)

    async def say(self, who: int, words: str, *, reply_to: int = 0, thread: int = 0) -> int:
        """Somebody writes in the (first) topic."""
        chosen = thread or next(iter(self.topics))
        message = await self.stage.server.user_says(
            TOKEN, who, words, chat_id=self.group, thread=chosen, reply_to=reply_to or chosen
        )
        return int(message["message_id"])

    async def service(self, who: int, kind: str) -> None:
        """Somebody closes or opens the topic by hand."""
        thread = next(iter(self.topics))
        await self.stage.server.user_says(
            TOKEN, who, None, chat_id=self.group, thread=thread, extra={kind: {}}
        )


@asynccontextmanager
async def staffed(folder: Path, knowledge: KnowledgeBase, **settings: Any) -> AsyncIterator[Stage]:
    """A stage with both groups, and two people of the desk."""
    queues = (f"retraite:{OTHER_GROUP}",)
    async with set_up(
        folder, knowledge, staff_chat_id=(GROUP,), staff_queues=queues, **settings
    ) as stage:
        bot = stage.server.bot(TOKEN).user["id"]
        for group in (GROUP, OTHER_GROUP):
            stage.server.add_chat(group, is_forum=True, members={bot: "administrator"})
        for who in (LUC, EVE, STRANGER):
            stage.server.add_user(who)
        with stage.look() as db:
            db.staff.save(Colleague(f"telegram:{LUC}", "Luc", StaffRole.ADVISOR), utc_now())
            db.staff.save(Colleague(f"telegram:{EVE}", "Ève", StaffRole.ADVISOR), utc_now())
        yield stage


async def react(stage: Stage, who: int, seen: Any) -> None:
    """Somebody of the desk puts eyes on a message of the group."""
    reaction = {
        "chat": stage.server.chats[GROUP].info,
        "message_id": seen.message_id,
        "user": stage.server.users[who],
        "date": 1,
        "old_reaction": [],
        "new_reaction": [{"type": "emoji", "emoji": "👀"}],
    }
    stage.server.push(TOKEN, "message_reaction", reaction, GROUP, 86400)


def ticket(stage: Stage, reference: str = REFERENCE) -> Ticket:
    with stage.look() as db:
        found = db.tickets.by_reference(reference)
    assert found is not None
    return found


async def file(stage: Stage, who: int = ANNE, **changes: Any) -> str:
    """Somebody who has talked to the desk files a request; its reference."""
    await stage.say("/start", who=who)
    await stage.reads(".", who=who)
    request = replace(A_REQUEST, identity=f"draft-{who}-{len(changes)}", **changes)
    with stage.look() as db:
        window = RequesterTickets(
            db=db,
            notifications=TicketNotifications(stage.app.helpdesk.config.routes),
            catalogue=stage.knowledge.catalogue,
            person_id=db.people.of(f"telegram:{who}", utc_now()).id,
            reopen_days=30,
        )
        return window.file(request, utc_now()).reference
