"""What comes back from GLPI: to the right person, once, with all that was said."""

from collections.abc import AsyncIterator

import pytest
from connectors.asked import GlpiWorld
from connectors.contract.conftest import Reader
from connectors.samples import REFERENCE, filing, message
from support.glpi import Glpi

from bot.domain.delivery import Delivered, RetryLater

OTHER = "PEPS-2026-000002"


@pytest.fixture
async def world() -> AsyncIterator[GlpiWorld]:
    world = GlpiWorld()
    await world.open()
    yield world
    await world.close()


@pytest.fixture
async def glpi(world: GlpiWorld) -> Glpi:
    """Two tickets of two people, both of them read up to now."""
    for number in (1, 2):
        await world.connector.deliver(filing(number))
    return world.server


@pytest.fixture
async def reader(world: GlpiWorld, glpi: Glpi) -> Reader:
    reader = Reader(world)
    await reader.read()
    return reader


async def test_a_corrected_answer_comes_again_with_its_new_words(
    glpi: Glpi, reader: Reader
) -> None:
    followup = glpi.answer(1, "Le 3 mai.")
    (before,) = [one for one in await reader.replies() if one.words]
    glpi.change(followup, content="<p>Le 4 mai.</p>")
    (after,) = [one for one in await reader.replies() if one.words]
    assert (before.event_id, before.revision) != (after.event_id, after.revision)
    assert (after.event_id, after.words) == (before.event_id, "Le 4 mai.")


async def test_what_the_requester_wrote_by_mail_is_no_advisors_answer(
    glpi: Glpi, reader: Reader
) -> None:
    glpi.answer(1, "Merci, j'attends.", user=0)
    glpi.actors.append({"id": 9, "tickets_id": 2, "users_id": 7, "type": 1})
    glpi.answer(2, "Toujours rien ?", user=7)
    assert sorted(await reader.read()) == [
        (REFERENCE, "Merci, j'attends.", True),
        (OTHER, "Toujours rien ?", True),
    ]


async def test_pictures_and_the_addresses_of_links_are_not_lost(glpi: Glpi, reader: Reader) -> None:
    glpi.answer(1, "", html="<p><img src='/front/document.send.php?docid=4'/></p>")
    glpi.answer(1, "", html='<p>Voir <a href="https://exemple.fr/a">cette page</a>.</p>')
    words = [one[1] for one in await reader.read()]
    assert "demandez-le-lui en réponse" in words[0]
    assert words[1] == "Voir cette page (https://exemple.fr/a)."


@pytest.mark.parametrize("right", ["ticket", "followup"])
async def test_a_right_that_is_taken_away_is_waited_for_and_named(
    world: GlpiWorld, right: str
) -> None:
    await world.connector.deliver(filing())
    world.server.profile[right] = 0
    refused = filing(2) if right == "ticket" else message("1")
    assert await world.connector.deliver(refused) == RetryLater("glpi.ERROR_GLPI_ADD")
    fault = await world.connector.check()
    assert fault is not None
    assert ("créer des tickets" if right == "ticket" else "ajouter des suivis") in fault
    world.server.profile[right] = 138247 if right == "ticket" else 15367
    assert isinstance(await world.connector.deliver(refused), Delivered)


async def test_a_read_only_profile_is_named_by_what_it_lacks(world: GlpiWorld) -> None:
    world.server.profile["ticket"] = 138241  # READ, and no CREATE or UPDATE
    fault = await world.connector.check() or ""
    assert "créer des tickets, modifier les tickets" in fault


async def test_an_api_that_is_switched_off_is_waited_for(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    world.server.is_off = True
    assert await world.connector.deliver(message("1")) == RetryLater("glpi.ERROR")
    assert "désactivée" in (await world.connector.check() or "")


async def test_maintenance_is_named(world: GlpiWorld) -> None:
    world.server.is_in_maintenance = True
    assert "maintenance" in (await world.connector.check() or "")


async def test_glpi_mails_nobody_whose_address_was_merely_typed(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    assert [one["use_notification"] for one in world.server.actors] == [0]
