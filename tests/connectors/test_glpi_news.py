"""What comes back from GLPI: to the right person, once, with all that was said."""

from collections.abc import AsyncIterator, Iterator

import pytest
from connectors.samples import NOW, REFERENCE, a_ticket, filing, message, status
from connectors.worlds import GlpiWorld
from support.glpi import Glpi

from bot.domain.delivery import Delivered, Refused, RetryLater
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
        self.statuses = {REFERENCE: "", OTHER: ""}
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
            an_external(reference, their_id, self.statuses[reference])
            for reference, their_id in self.ids.items()
        ]
        replies, self.mark = await self.world.connector.news(self.mark, known)
        for one in replies:
            self.statuses[one.reference] = one.their_status or self.statuses[one.reference]
            if one.moved_to:
                self.ids[one.reference], self.statuses[one.reference] = one.moved_to, ""
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


async def test_what_we_wrote_ourselves_is_no_news(world: GlpiWorld, reader: Reader) -> None:
    await world.connector.deliver(message("1"))
    assert await reader.read() == []


def of_desk(name: str, number: int = 1) -> TicketExport:
    return TicketExport(
        item=ExportItem.TICKET, ticket=a_ticket(number), number=1, at=NOW, desk=name
    )


def an_external(reference: str, their_id: str, status: str) -> ExternalTicket:
    """A copy of this desk's, `aaaa1111`."""
    key = f"aaaa1111/{reference}"
    return ExternalTicket(reference=reference, their_id=their_id, status=status, key=key)


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
