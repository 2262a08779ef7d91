"""E-mail: threads, headers, both parts; and a ticketing system that nobody here wrote reads it."""

from collections.abc import AsyncIterator

import pytest
from connectors.samples import A_NIR, REFERENCE, filing, message
from connectors.worlds import MailWorld

from bot.domain.receipt import Delivered


@pytest.fixture
async def world() -> AsyncIterator[MailWorld]:
    world = MailWorld()
    await world.open()
    yield world
    await world.close()


async def test_a_thread_is_one_for_every_reader(world: MailWorld) -> None:
    await world.connector.deliver(filing())
    await world.connector.deliver(message())
    await world.connector.deliver(message())
    first, second, again = world.postman.letters
    assert first["Message-ID"] == f"<{REFERENCE}@mairie-exemple.fr>"
    assert second["References"] == first["Message-ID"]
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Message-ID"] == again["Message-ID"] != first["Message-ID"]


async def test_no_machine_answers_it(world: MailWorld) -> None:
    receipt = await world.connector.deliver(filing())
    (letter,) = world.postman.letters
    assert isinstance(receipt, Delivered)
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Guichet-Reference"] == REFERENCE
    assert letter["Reply-To"] == "rh@mairie-exemple.fr"


async def test_both_parts_say_the_same_and_nothing_is_markup(world: MailWorld) -> None:
    await world.connector.deliver(filing())
    (letter,) = world.postman.letters
    plain = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert "J'ai viré <la cotisation> de mars." in plain
    assert "&lt;la cotisation&gt;" in html
    assert f"guichet desk open {REFERENCE}" in plain
    assert A_NIR not in plain + html
