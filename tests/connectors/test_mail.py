"""E-mail: threads, headers, both parts; and a ticketing system that nobody here wrote reads it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from connectors.samples import A_NIR, REFERENCE, filing, message
from connectors.worlds import MailWorld

from bot.domain.delivery import Delivered


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
    assert letter["Auto-Submitted"] is None
    assert letter["X-Auto-Response-Suppress"] == "All"
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


async def test_a_ticketing_system_that_nobody_here_wrote_has_one_ticket_and_its_message(
    world: MailWorld, tmp_path: Path
) -> None:
    """The same letters, the first one sent twice after a doubt, as django-helpdesk reads them."""
    for export in (filing(), message(text="Le mois de mars.")):
        await world.connector.deliver(export)
    paths = []
    for number, letter in enumerate(world.postman.letters):
        paths.append(tmp_path / f"{number}.eml")
        paths[-1].write_bytes(letter.as_bytes())
    script = Path(__file__).parents[1] / "support" / "djangohelpdesk.py"
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(script), *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told["tickets"]) == 1
    assert REFERENCE in told["tickets"][0]["title"]
    assert "J'ai viré" in told["tickets"][0]["description"]
    assert any("Le mois de mars." in words for words in told["followups"])
