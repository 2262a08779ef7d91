"""What is Zammad's own: moved articles, quotes, states, groups, customers, and a search that is
late."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from connectors.asked import ZammadWorld
from connectors.contract.conftest import Reader
from connectors.samples import NOW, REFERENCE, a_ticket, filing, message, status
from support.zammad import Zammad

from bot.domain.delivery import Delivered, RetryLater
from bot.domain.people import Assurance
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExportItem, TicketExport

OTHER = "PEPS-2026-000002"


@pytest.fixture
async def world() -> AsyncIterator[ZammadWorld]:
    world = ZammadWorld()
    await world.open()
    yield world
    await world.close()


@pytest.fixture
async def zammad(world: ZammadWorld) -> Zammad:
    """Two tickets of two people."""
    for number in (1, 2):
        await world.connector.deliver(filing(number))
    return world.server


@pytest.fixture
async def reader(world: ZammadWorld, zammad: Zammad) -> Reader:
    reader = Reader(world)
    await reader.read()
    return reader


async def test_no_field_of_ours_is_dropped(world: ZammadWorld, zammad: Zammad) -> None:
    await world.connector.deliver(message("1"))
    await world.connector.deliver(status("1", TicketStatus.PENDING))
    assert zammad.dropped == []
    assert zammad.tickets[1]["state"] == "pending reminder"
    assert zammad.tickets[1]["group"] == "Retraites"
    assert zammad.tickets[1]["customer_id"] == 2


async def test_a_late_index_makes_no_second_ticket(world: ZammadWorld) -> None:
    await world.connector.find(filing())
    world.faults.append("500_after")
    await world.connector.deliver(filing())
    assert await world.connector.find(filing()) == Delivered("1")


async def test_what_a_merge_moves_here_is_told_to_nobody(zammad: Zammad, reader: Reader) -> None:
    """A call of somebody else's, which no desk filed."""
    zammad.tickets[3] = {**zammad.tickets[1], "id": 3, "state": "open"}
    zammad.answer(3, "Madame Martin, née le 3 mars 1970.")
    zammad.merge(3, 1)
    zammad.answer(1, "Réglé.")
    assert await reader.read() == [(REFERENCE, "Réglé.", False)]


async def test_a_state_set_meanwhile_does_not_undo_a_merge(
    world: ZammadWorld, zammad: Zammad
) -> None:
    zammad.merge(1, 2)
    await world.connector.deliver(status("1", TicketStatus.IN_PROGRESS))
    assert (zammad.tickets[1]["state"], zammad.tickets[2]["state"]) == ("merged", "open")


async def test_an_answer_just_before_the_merge_is_not_lost(zammad: Zammad, reader: Reader) -> None:
    zammad.answer(1, "Pour vous seule.")
    zammad.merge(1, 2)
    zammad.merge(2, await _third(reader))
    told = [one for one in await reader.read() if not one[2]]
    assert told == [(REFERENCE, "Pour vous seule.", False)]
    assert reader.ids == {REFERENCE: "3", OTHER: "3"}


async def _third(reader: Reader) -> int:
    await reader.world.connector.deliver(filing(3))
    return 3


async def test_a_quote_of_another_ticket_is_cut(zammad: Zammad, reader: Reader) -> None:
    quoted = "<blockquote type='cite'>Madame Martin <blockquote>1970</blockquote></blockquote>"
    zammad.answer(1, "", html=f"<div>Voici.</div>{quoted}")
    assert await reader.read() == [(REFERENCE, "Voici.", False)]


async def test_pieces_are_announced_and_the_system_says_nothing(
    zammad: Zammad, reader: Reader
) -> None:
    zammad.answer(1, "Votre relevé.", files=("releve.pdf",))
    zammad.answer(1, "Ma copie.", user=51, files=("copie.pdf",))
    zammad.answer(1, "Ticket escalated.", user=1, sender="System")
    first, second = await reader.read()
    assert first[1].startswith("Votre relevé.\nUn conseiller a joint")
    assert second == (REFERENCE, second[1], True)
    assert "se lit là-bas" in second[1]


async def test_a_group_that_is_hidden_and_shown_again_loses_nothing(
    zammad: Zammad, reader: Reader
) -> None:
    zammad.tickets[1]["group"] = "Ailleurs"
    zammad.answer(1, "Écrit pendant ce temps.")
    zammad.tick(3600)
    zammad.answer(2, "Autre chose.")
    assert await reader.read() == [(OTHER, "Autre chose.", False)]
    zammad.tick(3600)
    assert await reader.read() == []
    zammad.rights["Ailleurs"] = ["full"]
    assert await reader.read() == [(REFERENCE, "Écrit pendant ce temps.", False)]


async def test_a_state_of_their_own_goes_by_its_kind_and_stays(
    world: ZammadWorld, zammad: Zammad, reader: Reader
) -> None:
    zammad.change_ticket(1, state="en cours")
    statuses = [one.status for one in await reader.replies() if one.reference == REFERENCE]
    assert statuses == [TicketStatus.IN_PROGRESS]
    assert await world.connector.deliver(status("1", TicketStatus.IN_PROGRESS)) == Delivered(
        "en cours"
    )
    zammad.stubborn.add("closed")
    assert await world.connector.deliver(status("1")) == Delivered("en cours", ("status",))


@pytest.mark.parametrize(
    ("assurance", "customer"), [(Assurance.DECLARED, 51), (Assurance.EMAIL_CONFIRMED, 52)]
)
async def test_only_a_confirmed_address_becomes_a_customer(
    world: ZammadWorld, assurance: Assurance, customer: int
) -> None:
    connector = replace(world.connector, notify=True, customer="guichet@peps.fr")
    ticket = a_ticket()
    request = replace(ticket.request, assurance=assurance)
    export = TicketExport(
        item=ExportItem.TICKET, ticket=replace(ticket, request=request), number=1, at=NOW
    )
    await connector.deliver(export)
    assert world.server.tickets[1]["customer_id"] == customer


async def test_what_somebody_mends_there_is_waited_for(world: ZammadWorld) -> None:
    wrong = replace(world.connector, groups={"*": "Suport"})
    assert await wrong.deliver(filing()) == RetryLater("zammad.422")
    assert await world.connector.deliver(status("99")) == RetryLater("zammad.404")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"closed_for": "API token access disabled!"}, "L'accès par jeton est fermé"),
        ({"closed_for": "Maintenance mode enabled!"}, "en maintenance"),
        ({"permissions": set()}, "ticket.agent"),
        ({"rights": {"Support": ["full"]}}, "lire, créer, modifier dans le groupe « Retraites »"),
        ({"rights": {"Support": ["read"], "Retraites": ["full"]}}, "créer, modifier dans"),
    ],
)
async def test_the_checkup_names_the_cause(
    world: ZammadWorld, change: dict[str, Any], said: str
) -> None:
    for name, value in change.items():
        setattr(world.server, name, value)
    assert said in (await world.connector.check() or "")


async def test_the_checkup_names_a_path_that_the_catalogue_has_not(world: ZammadWorld) -> None:
    wrong = replace(world.connector, groups={"*": "Support", "cotisation": "Retraites"})
    assert "Le plus proche : cotisations" in (await wrong.check() or "")


async def test_the_checkup_names_a_wrong_token_and_a_wrong_address(world: ZammadWorld) -> None:
    world.api.token = "wrong"
    assert "ZAMMAD_TOKEN" in (await world.connector.check() or "")
    world.api.token, world.api.url = "zammad-token", f"{world.server.url}/api/v1"
    assert "sans /api/v1" in (await world.connector.check() or "")
