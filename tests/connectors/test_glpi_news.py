"""What comes back from GLPI: to the right person, once, with all that was said."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from connectors.asked import GlpiWorld
from connectors.contract.conftest import Bridge, Reader, an_external, opened
from connectors.samples import NOW, REFERENCE, a_ticket, filing, message, status
from support.glpi import Glpi

from bot.domain.delivery import Delivered, Refused, RetryLater
from bot.domain.ticket_export import ExportItem, ExternalTicket, TicketExport
from knowledge import KnowledgeBase

OTHER = "PEPS-2026-000002"


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


@pytest.fixture
async def bridge(tmp_path: Path, knowledge: KnowledgeBase) -> AsyncIterator[Bridge]:
    """A desk beside GLPI alone."""
    async for one in opened(tmp_path, knowledge, {"glpi": GlpiWorld()}):
        yield one


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


@pytest.mark.parametrize(
    "html",
    [
        "<p><img src='/front/document.send.php?docid=4'/></p>",
        "<p>Voir ceci :</p><p><img alt='x' src='data:image/png;base64,AA'/></p>",
        "<p>Ci-joint <a href='/front/document.send.php?docid=4'>le relevé</a>.</p>",
    ],
)
async def test_who_reads_an_answer_is_told_of_a_picture_or_a_document(
    glpi: Glpi, reader: Reader, html: str
) -> None:
    glpi.answer(1, "", html=html)
    assert "demandez-le-lui en réponse" in (await reader.read())[0][1]


async def test_a_document_that_hangs_on_an_answer_is_told_too(glpi: Glpi, reader: Reader) -> None:
    glpi.documents |= {("ITILFollowup", glpi.answer(1, "Ci-joint votre relevé."))}
    ((_, words, _),) = await reader.read()
    assert words.startswith("Ci-joint votre relevé.\n\nUn conseiller a joint")


async def test_the_address_of_a_link_is_not_lost(glpi: Glpi, reader: Reader) -> None:
    glpi.answer(1, "", html='<p>Voir <a href="https://exemple.fr/a">cette page</a>.</p>')
    assert [one[1] for one in await reader.read()] == ["Voir cette page (https://exemple.fr/a)."]


async def test_a_ticket_that_was_purged_takes_nothing_any_more(
    glpi: Glpi, world: GlpiWorld
) -> None:
    del glpi.tickets[1]
    assert await world.connector.deliver(message("1")) == Refused("glpi.ticket_purged")
    assert await world.connector.deliver(status("1")) == Refused("glpi.ticket_purged")


def of_desk(name: str, number: int = 1) -> TicketExport:
    return TicketExport(
        item=ExportItem.TICKET, ticket=a_ticket(number), number=1, at=NOW, desk=name
    )


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


async def test_an_api_that_is_switched_off_is_waited_for(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    world.server.is_off = True
    assert await world.connector.deliver(message("1")) == RetryLater("glpi.ERROR")


async def test_glpi_mails_nobody_whose_address_was_merely_typed(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    assert [one["use_notification"] for one in world.server.actors] == [0]


async def test_the_older_of_two_twins_stays_and_is_followed(world: GlpiWorld) -> None:
    for _ in range(2):
        await world.connector.deliver(of_desk("aaaa1111"))
    known = [an_external(REFERENCE, "2", "1")]

    replies, _ = await world.connector.news("", known)

    (told,) = [one for one in replies if one.words]
    assert (told.moved_to, told.internal) == ("1", True)
    assert "le ticket 2 y a été fermé et lié au ticket 1" in told.words
    assert [one["status"] for one in world.server.tickets.values()] == [1, 6]


@pytest.mark.parametrize(
    "change",
    [
        {"content": "Autre chose.<br>[aaaa1111/PEPS-2026-000001]"},
        {"date_creation": "2026-11-23 11:00:01"},
        {"is_deleted": 1},
    ],
)
async def test_a_ticket_that_somebody_made_of_ours_is_no_twin(
    world: GlpiWorld, change: dict[str, object]
) -> None:
    for _ in range(2):
        await world.connector.deliver(of_desk("aaaa1111"))
    world.server.tickets[2] |= change
    known = [an_external(REFERENCE, "1", "")]
    await world.connector.news("", known)
    assert [one["status"] for one in world.server.tickets.values()] == [1, 1]


async def test_a_twin_that_glpi_does_not_let_us_close_is_told_and_holds_up_nothing(
    world: GlpiWorld,
) -> None:
    for _ in range(2):
        await world.connector.deliver(of_desk("aaaa1111"))
    await world.connector.deliver(of_desk("aaaa1111", 2))
    world.server.profile["followup"] = 1
    world.server.answer(3, "Voici.")
    known = [
        an_external(REFERENCE, "1", ""),
        an_external(OTHER, "3", ""),
    ]
    replies, _ = await world.connector.news("", known)
    words = [one.words for one in replies if one.words]
    assert "fermez-le, elle se traite dans le ticket 1" in words[0]
    assert words[1] == "Voici."


async def test_what_a_slow_call_dates_back_is_still_read(
    world: GlpiWorld, glpi: Glpi, reader: Reader
) -> None:
    """GLPI dates a follow-up by when it was asked for; meanwhile another one was read."""
    glpi.tick(300)
    glpi.answer(2, "Plus tard.")
    await reader.read()
    glpi.tick(-240)
    glpi.answer(1, "Demandé plus tôt, écrit après.")
    assert await reader.read() == [(REFERENCE, "Demandé plus tôt, écrit après.", False)]


async def test_a_ticket_that_glpi_took_too_late_is_joined_with_its_twin(
    bridge: Bridge, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy gave up, GLPI did not: it goes on for longer than we waited."""
    house, glpi = bridge.house, bridge.worlds["glpi"].server
    glpi.late.after = timedelta(hours=1)
    reference = house.file("anne")
    glpi.faults.append("504_late")
    await bridge.deliver()
    house.wait(minutes=2)
    await bridge.deliver()
    assert (len(glpi.tickets), glpi.calls.count("POST Ticket")) == (0, 1)
    house.wait(minutes=2)
    glpi.tick(240)
    await bridge.deliver()
    await bridge.poll()
    glpi.late.do(glpi.now + timedelta(hours=1))
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
    assert "les tickets 1 et 2 de GLPI sont réunis" in caplog.text
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


async def test_what_was_out_of_sight_for_a_while_is_read_the_next_day(
    glpi: Glpi, reader: Reader
) -> None:
    glpi.hidden.add(1)
    glpi.answer(1, "Pendant ce temps.")
    glpi.tick(3600)
    glpi.answer(2, "Autre chose.")
    assert await reader.read() == [(OTHER, "Autre chose.", False)]
    glpi.hidden.clear()
    assert await reader.read() == []
    glpi.tick(24 * 3600)
    glpi.answer(2, "Le lendemain.")
    assert sorted(await reader.read()) == [
        (REFERENCE, "Pendant ce temps.", False),
        (OTHER, "Le lendemain.", False),
    ]


async def test_what_happened_before_the_ticket_was_known_here_is_read(world: GlpiWorld) -> None:
    """It was found after a doubt only; meanwhile other tickets have moved the mark on."""
    await world.connector.deliver(filing(1))
    world.server.answer(1, "Quel mois ?")
    world.server.tick(3600)
    await world.connector.deliver(filing(2))
    _, mark = await world.connector.news("", [])
    known = [ExternalTicket(reference=REFERENCE, their_id="1", status="")]
    replies, _ = await world.connector.news(mark, known)
    assert [one.words for one in replies if one.words] == ["Quel mois ?"]
