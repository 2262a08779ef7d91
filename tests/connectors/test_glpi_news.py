"""What comes back from GLPI: to the right person, once, with all that was said."""

from collections.abc import AsyncIterator, Iterator

import pytest
from connectors.samples import NOW, REFERENCE, a_ticket, filing, message
from connectors.worlds import GlpiWorld
from support.glpi import Glpi

from bot.domain.delivery import Delivered, RetryLater
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExportItem, ExternalReply, ExternalTicket, TicketExport

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


class Reader:
    """Reads the news as the desk does: mark by mark, each event once."""

    def __init__(self, world: GlpiWorld) -> None:
        self.world = world
        self.mark = ""
        self.ids = {REFERENCE: "1", OTHER: "2"}
        self.seen: set[str] = set()

    async def read(self) -> list[tuple[str, str, bool]]:
        """Reference, words and whether they are for the desk alone, of what is new."""
        return [
            (one.reference, one.words, one.internal or one.by_requester)
            for one in await self.replies()
            if one.words
        ]

    async def replies(self) -> list[ExternalReply]:
        known = [
            ExternalTicket(reference=reference, their_id=their_id, status="")
            for reference, their_id in self.ids.items()
        ]
        replies, self.mark = await self.world.connector.news(self.mark, known)
        for one in replies:
            if one.moved_to:
                self.ids[one.reference] = one.moved_to
        return list(self._new(replies))

    def _new(self, replies: tuple[ExternalReply, ...]) -> Iterator[ExternalReply]:
        for one in replies:
            name = f"{one.event_id}/{one.revision}"
            if not one.event_id or name not in self.seen:
                self.seen |= {name, one.event_id}
                yield one


@pytest.fixture
async def reader(world: GlpiWorld, glpi: Glpi) -> Reader:
    reader = Reader(world)
    await reader.read()
    return reader


async def test_a_merged_ticket_is_told_to_nobody_and_followed(glpi: Glpi, reader: Reader) -> None:
    glpi.answer(2, "Voici votre relevé.")
    await reader.read()
    glpi.answer(1, "Nous regardons.", private=True)
    await reader.read()
    glpi.merge(1, into := 2)
    glpi.answer(into, "C'est réglé pour vous deux.")

    first = await reader.read()
    second = await reader.read()

    told = [one for one in first + second if not one[2]]
    assert sorted(told) == [
        (REFERENCE, "C'est réglé pour vous deux.", False),
        (OTHER, "C'est réglé pour vous deux.", False),
    ]
    notes = [one for one in first + second if one[2]]
    assert [one[0] for one in notes] == [REFERENCE]
    assert "fusionné avec le ticket 2" in notes[0][1]


async def test_a_deleted_ticket_is_a_note_for_the_desk(glpi: Glpi, reader: Reader) -> None:
    glpi.delete(1)
    assert [(one[0], one[2]) for one in await reader.read()] == [(REFERENCE, True)]
    assert await reader.read() == []


async def test_the_text_of_a_solution_comes_before_the_status(glpi: Glpi, reader: Reader) -> None:
    glpi.solve(1, "Votre accès est rétabli.")
    replies = [one for one in await reader.replies() if one.reference == REFERENCE]
    assert [(one.words, one.status) for one in replies] == [
        ("Votre accès est rétabli.", None),
        ("", TicketStatus.RESOLVED),
    ]


async def test_a_changed_title_cuts_nothing(glpi: Glpi, reader: Reader, world: GlpiWorld) -> None:
    glpi.tickets[1]["name"] = "Identifiant perdu"
    glpi.answer(1, "Voici.")
    assert await reader.read() == [(REFERENCE, "Voici.", False)]
    found = await world.connector.find(filing(1))
    assert isinstance(found, Delivered)
    assert found.their_id == "1"


async def test_a_note_that_is_made_public_is_an_answer(glpi: Glpi, reader: Reader) -> None:
    followup = glpi.answer(1, "À voir avec le service.", private=True)
    assert await reader.read() == [(REFERENCE, "À voir avec le service.", True)]
    glpi.change(followup, is_private=0)
    assert await reader.read() == [(REFERENCE, "À voir avec le service.", False)]


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


async def test_what_we_wrote_ourselves_is_no_news(world: GlpiWorld, reader: Reader) -> None:
    await world.connector.deliver(message("1"))
    assert await reader.read() == []


def of_desk(name: str, number: int = 1) -> TicketExport:
    return TicketExport(
        item=ExportItem.TICKET, ticket=a_ticket(number), number=1, at=NOW, desk=name
    )


async def test_another_desk_on_the_same_glpi_has_the_same_reference(world: GlpiWorld) -> None:
    await world.connector.deliver(of_desk("aaaa1111"))
    assert await world.connector.find(of_desk("bbbb2222")) is None
    assert await world.connector.deliver(of_desk("bbbb2222")) == Delivered("2")
    assert await world.connector.find(of_desk("aaaa1111")) == Delivered("1")


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
