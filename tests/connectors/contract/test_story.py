"""Two people and two technicians carry tickets through their whole life, in GLPI and in Zammad
alike: questions, notes, a correction, a solution, a reopening, a merge."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from connectors.asked import Asked, GlpiWorld, ZammadWorld
from connectors.contract.conftest import Bridge, opened

from bot.domain.delivery import OutboxState
from bot.domain.ticket import Author, Ticket, TicketStatus
from knowledge import KnowledgeBase

PAUL, JEANNE = 3, 4
"""The technicians, by their numbers there."""


@pytest.fixture(params=[GlpiWorld, ZammadWorld])
async def bridge(
    request: pytest.FixtureRequest, tmp_path: Path, knowledge: KnowledgeBase
) -> AsyncIterator[Bridge]:
    world = request.param()
    async for one in opened(tmp_path, knowledge, {world.system.lower(): world}):
        yield one


def told(ticket: Ticket) -> list[str]:
    """What its requester was told."""
    return [
        one.text for one in ticket.messages if one.author is Author.ADVISOR and not one.internal
    ]


async def test_two_tickets_from_the_first_question_to_the_last_thanks(bridge: Bridge) -> None:
    house, (there,) = bridge.house, bridge.worlds.values()
    assert isinstance(there, GlpiWorld | ZammadWorld)
    anne, berthe = house.file("anne"), house.file("berthe")
    await bridge.settle()

    await a_question_and_its_answer(bridge, there, anne)
    await a_correction(bridge, there, berthe)
    await a_solution_that_was_none(bridge, there, anne)
    await a_merge(bridge, there, anne, berthe)

    assert told(house.ticket(anne)) == [
        "Quel mois ?",
        "Votre taux est à jour.",
        "C'est réglé pour vous deux.",
    ]
    assert told(house.ticket(berthe)) == [
        "Le taux est de 30 %.",
        "Correction de la réponse précédente :\nLe taux est de 30,65 %."
        if there.system == "GLPI"
        else "Le taux est de 30,65 %.",
        "C'est réglé pour vous deux.",
    ]
    assert len(there.server.tickets) == 2
    assert bridge.rows(OutboxState.BURIED) == bridge.rows(OutboxState.WAITING) == []


async def a_question_and_its_answer(bridge: Bridge, there: Asked, anne: str) -> None:
    house = bridge.house
    there.answer(1, "Quel mois ?", user=PAUL)
    there.answer(1, "Vu avec le métier.", private=True, user=JEANNE)
    await bridge.settle()
    shown = house.look("anne")
    assert shown.count("« Quel mois ? »") == 1
    assert "métier" not in shown
    assert "métier" in house.ticket(anne).messages[-1].text
    house.type("anne", "Répondre", "Le mois de mars.")
    await bridge.settle()
    assert sum("Le mois de mars." in one for one in there.arrived()) == 1


async def a_correction(bridge: Bridge, there: Asked, berthe: str) -> None:
    written = there.answer(2, "Le taux est de 30 %.", user=JEANNE)
    await bridge.settle()
    there.correct(2, written, "Le taux est de 30,65 %.")
    await bridge.settle()
    assert "30,65 %" in bridge.house.look("berthe")


async def a_solution_that_was_none(bridge: Bridge, there: Asked, anne: str) -> None:
    house = bridge.house
    there.solve(1, "Votre taux est à jour.")
    await bridge.settle()
    shown = house.look("anne")
    assert "Votre taux est à jour." in shown
    assert not house.ticket(anne).status.is_open
    house.type("anne", "/demandes", "1", "Répondre ou rouvrir", "Non, rien n'a changé.")
    await bridge.settle()
    assert house.ticket(anne).status.is_open
    assert there.is_open(1)
    assert sum("rien n'a changé" in one for one in there.arrived()) == 1


async def a_merge(bridge: Bridge, there: Asked, anne: str, berthe: str) -> None:
    """Jeanne takes both for one case; each of the two people reads only what is written to both."""
    house = bridge.house
    there.merge(1, 2)
    there.answer(2, "C'est réglé pour vous deux.", user=JEANNE)
    await bridge.settle()
    await bridge.settle()
    for name, other in (("anne", "30,65"), ("berthe", "mois de mars")):
        shown = house.look(name)
        assert "C'est réglé pour vous deux." in shown
        assert other not in shown
    assert house.ticket(anne).status is TicketStatus.IN_PROGRESS
    house.type("anne", "/demandes", "1", "Ajouter un message", "Merci à vous.")
    await bridge.settle()
    assert sum("Merci à vous." in one for one in there.arrived()) == 1
    assert not any("Merci" in one for one in told(house.ticket(berthe)))
