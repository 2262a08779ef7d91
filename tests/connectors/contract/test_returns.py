"""What comes back from a system that is asked: to the right person, once, and all of it."""

from collections.abc import AsyncIterator

import pytest
from connectors.asked import Asked
from connectors.contract.conftest import OTHER, WORLDS, Reader, an_external
from connectors.samples import NOW, REFERENCE, a_ticket, filing, message, status

from bot.connectors import Connector, ConnectorError
from bot.connectors.factory import connector_class
from bot.domain.delivery import Delivered, RetryLater
from bot.domain.ticket import TicketStatus
from bot.domain.ticket_export import ExportItem, TicketExport


@pytest.fixture(params=[one for one in WORLDS if "news" not in connector_class(one).lacks])
async def there(request: pytest.FixtureRequest) -> AsyncIterator[Asked]:
    """A system that is asked, with two tickets of two people; the others say what holds instead."""
    world = WORLDS[request.param]()
    await world.open()
    for number in (1, 2):
        await world.connector.deliver(filing(number))
    yield world
    await world.close()


@pytest.fixture
async def reader(there: Asked) -> Reader:
    """Both tickets are read up to now."""
    reader = Reader(there)
    await reader.read()
    return reader


@pytest.mark.parametrize("name", WORLDS)
def test_who_is_not_asked_says_why(name: str) -> None:
    found = connector_class(name)
    assert ("news" in found.lacks) is (found.polling is None)
    assert ("news" in found.lacks) is (found.news is Connector.news)


async def test_a_merged_ticket_is_told_to_nobody_and_followed(there: Asked, reader: Reader) -> None:
    there.answer(2, "Voici votre relevé.")
    await reader.read()
    there.answer(1, "Nous regardons.", private=True)
    await reader.read()
    there.merge(1, into := 2)
    there.answer(into, "C'est réglé pour vous deux.")

    told = [*await reader.read(), *await reader.read()]

    assert sorted(one for one in told if not one[2]) == [
        (REFERENCE, "C'est réglé pour vous deux.", False),
        (OTHER, "C'est réglé pour vous deux.", False),
    ]
    (note,) = [one for one in told if one[2]]
    assert note[0] == REFERENCE
    assert f"{there.system}, le ticket 1" in note[1]
    assert "fusionné avec le ticket 2" in note[1]


async def test_what_is_sent_while_nobody_knows_of_the_merge_follows_it(
    there: Asked, reader: Reader
) -> None:
    there.merge(1, 2)
    sent = await there.connector.deliver(message("1", "Et maintenant ?"))
    await reader.read()
    if isinstance(sent, RetryLater):
        sent = await there.connector.deliver(message(reader.ids[REFERENCE], "Et maintenant ?"))
    assert isinstance(sent, Delivered)
    assert sum("Et maintenant ?" in one for one in there.said_on(2)) == 1


async def test_while_nobody_is_let_in_nothing_is_lost(there: Asked, reader: Reader) -> None:
    there.shut(closed=True)
    there.answer(1, "Pendant la maintenance.")
    with pytest.raises(ConnectorError) as raised:
        await reader.read()
    assert isinstance(raised.value.failure, RetryLater)
    there.shut(closed=False)
    assert await reader.read() == [(REFERENCE, "Pendant la maintenance.", False)]


async def test_a_deleted_ticket_is_a_note_for_the_desk(there: Asked, reader: Reader) -> None:
    there.delete(1)
    assert [(one[0], one[2]) for one in await reader.read()] == [(REFERENCE, True)]
    assert await reader.read() == []


async def test_a_changed_title_cuts_nothing(there: Asked, reader: Reader) -> None:
    there.rename(1, "Identifiant perdu")
    there.answer(1, "Voici.")
    assert await reader.read() == [(REFERENCE, "Voici.", False)]
    found = await there.connector.find(filing(1))
    assert isinstance(found, Delivered)
    assert found.their_id == "1"


async def test_a_solution_comes_before_the_status(there: Asked, reader: Reader) -> None:
    there.solve(1, "Votre accès est rétabli.")
    replies = [one for one in await reader.replies() if one.reference == REFERENCE]
    assert [one.words for one in replies] == ["Votre accès est rétabli.", ""]
    assert replies[0].status is None
    assert replies[1].status in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
    there.reopen(1)
    last = [one.status for one in await reader.replies() if one.reference == REFERENCE]
    assert last == [TicketStatus.IN_PROGRESS]


async def test_a_note_that_is_made_public_is_an_answer(there: Asked, reader: Reader) -> None:
    written = there.answer(1, "À voir avec le service.", private=True)
    assert await reader.read() == [(REFERENCE, "À voir avec le service.", True)]
    there.publish(written)
    assert await reader.read() == [(REFERENCE, "À voir avec le service.", False)]


async def test_a_correction_arrives(there: Asked, reader: Reader) -> None:
    written = there.answer(1, "Le 3 mai.")
    assert await reader.read() == [(REFERENCE, "Le 3 mai.", False)]
    there.correct(1, written, "Le 4 mai.")
    assert await reader.read() == [(REFERENCE, "Le 4 mai.", False)]


async def test_what_happened_before_the_ticket_was_known_here_is_read(there: Asked) -> None:
    """It was found after a doubt only; meanwhile another ticket has moved the mark on."""
    there.answer(1, "Quel mois ?")
    there.tick(3600)
    there.answer(2, "Voici.")
    _, mark = await there.connector.news("", [an_external(OTHER, "2", "")])
    replies, _ = await there.connector.news(mark, [an_external(REFERENCE, "1", "")])
    assert [one.words for one in replies if one.words] == ["Quel mois ?"]


async def test_what_the_requester_wrote_there_is_no_advisors_answer(
    there: Asked, reader: Reader
) -> None:
    there.as_requester(1, "Merci, j'attends.")
    assert await reader.read() == [(REFERENCE, "Merci, j'attends.", True)]


async def test_what_a_desk_wrote_itself_is_no_news(there: Asked, reader: Reader) -> None:
    await there.connector.deliver(message("1"))
    await there.connector.deliver(status("2"))
    assert await reader.read() == []


async def test_what_was_found_is_not_looked_at_for_ever(there: Asked, reader: Reader) -> None:
    """The same second is looked at again, everything that came is known by its name."""
    there.answer(1, "Une fois.")
    assert len(await reader.read()) == 1
    there.tick(3600)
    there.answer(2, "Deux fois.")
    assert await reader.read() == [(OTHER, "Deux fois.", False)]


def of_desk(name: str) -> TicketExport:
    return TicketExport(item=ExportItem.TICKET, ticket=a_ticket(1), number=1, at=NOW, desk=name)


async def test_another_desk_on_the_same_system_has_the_same_reference(there: Asked) -> None:
    first = await there.connector.deliver(of_desk("aaaa1111"))
    assert await there.connector.find(of_desk("bbbb2222")) is None
    second = await there.connector.deliver(of_desk("bbbb2222"))
    assert first != second
    assert await there.connector.find(of_desk("aaaa1111")) == first
    assert await there.connector.find(of_desk("bbbb2222")) == second
