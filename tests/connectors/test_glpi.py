"""GLPI's known traps, each with its test, against a strict stand-in that speaks HTTP."""

from dataclasses import replace

import pytest
from connectors.asked import GlpiWorld
from connectors.samples import NOW, REFERENCE, a_ticket, filing, message, status

from bot.connectors.glpi_api import read_added
from bot.connectors.ticket_text import text_from_html
from bot.domain.delivery import Delivered, Refused, RetryLater, Uncertain
from bot.domain.ticket_export import ExportItem, ExternalTicket, TicketExport


async def test_no_field_of_ours_is_dropped(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    await world.connector.deliver(message("1"))
    assert world.server.dropped == []


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("itilcategories_id", "category"),
        ("_users_id_requester_notif", "requester_email"),
    ],
)
async def test_what_glpi_drops_without_a_word_is_noticed(
    world: GlpiWorld, field: str, said: str
) -> None:
    world.server.refused.add(field)
    assert await world.connector.deliver(filing()) == Delivered("1", (said,))


async def test_a_ticket_that_cannot_be_read_back_is_delivered_all_the_same(
    world: GlpiWorld,
) -> None:
    await world.connector.find(filing())
    world.server.faults.extend(["", "503_before"])
    assert await world.connector.deliver(filing()) == Delivered("1")


async def test_the_category_is_that_of_the_longest_path(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    assert world.server.tickets[1]["itilcategories_id"] == 15


async def test_the_star_is_the_category_of_what_no_path_fits(world: GlpiWorld) -> None:
    categories = {"declarations": 15, "*": 12}
    connector = replace(world.connector, categories=categories, fields={"entities_id": 3})
    assert await connector.deliver(filing()) == Delivered("1")
    ticket = world.server.tickets[1]
    assert (ticket["itilcategories_id"], ticket["entities_id"]) == (12, 3)


async def test_the_requesters_address_goes_along(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    (actor,) = world.server.actors
    assert (actor["users_id"], actor["type"]) == (0, 1)
    assert actor["alternative_email"] == "rh@mairie-exemple.fr"
    assert "rh@mairie-exemple.fr" in world.server.tickets[1]["content"]


async def test_an_address_that_glpi_does_not_take_for_one_is_noticed(world: GlpiWorld) -> None:
    ticket = a_ticket()
    odd = replace(ticket, request=replace(ticket.request, email="rh@mairie"))
    export = TicketExport(item=ExportItem.TICKET, ticket=odd, number=1, at=NOW)
    assert await world.connector.deliver(export) == Delivered("1", ("requester_email",))


async def test_what_was_found_after_a_doubt_is_read_back_too(world: GlpiWorld) -> None:
    world.server.refused.add("itilcategories_id")
    await world.connector.find(filing())
    world.server.faults.append("500_after")
    assert isinstance(await world.connector.deliver(filing()), Uncertain)
    assert await world.connector.find(filing()) == Delivered("1", ("category",))


async def test_a_status_that_glpi_drops_is_noticed_and_is_no_news(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    world.server.stubborn.add(6)
    assert await world.connector.deliver(status("1")) == Delivered("1", ("status",))
    known = [ExternalTicket(reference=REFERENCE, their_id="1", status="1")]
    replies, _ = await world.connector.news("", known)
    assert replies == ()


async def test_a_name_that_comes_back_encoded_is_still_known(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    assert "&" in world.server.tickets[1]["name"]
    assert await world.connector.find(filing()) == Delivered("1")


async def test_another_reference_that_begins_alike_is_another_ticket(world: GlpiWorld) -> None:
    await world.connector.deliver(filing(12))
    assert await world.connector.find(filing(1)) is None
    world.server.tickets[1]["name"] = "[PEPS-2026-0000010] trop long"
    assert await world.connector.find(filing(1)) is None


async def test_a_lost_session_is_opened_again_without_a_second_ticket(world: GlpiWorld) -> None:
    await world.connector.deliver(filing(1))
    world.server.faults.append("session_lost")
    assert await world.connector.deliver(filing(2)) == Delivered("2")
    assert len(world.server.tickets) == 2


async def test_a_session_that_is_lost_for_ever_is_for_later(world: GlpiWorld) -> None:
    world.server.faults.extend(["session_lost", "session_lost"])
    assert await world.connector.deliver(filing()) == RetryLater("glpi.session")


async def test_errors_are_known_by_their_code_whatever_the_language(world: GlpiWorld) -> None:
    world.api.user_token = "wrong"
    receipt = await world.connector.deliver(filing())
    assert receipt == RetryLater("glpi.ERROR_GLPI_LOGIN_USER_TOKEN")
    assert "GLPI_USER_TOKEN" in (await world.connector.check() or "")
    world.api.user_token, world.api.app_token = "user-token", "wrong"
    assert "GLPI_APP_TOKEN" in (await world.connector.check() or "")


async def test_a_part_that_was_not_done_is_not_taken_for_done(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    world.server.profile["ticket"] = 1024 | 4
    assert await world.connector.deliver(status("1")) == RetryLater("glpi.ERROR_GLPI_UPDATE")


def test_a_part_of_a_list_is_read_result_by_result() -> None:
    results = [{"id": 7, "message": ""}, {"id": False, "message": "Droits manquants"}]
    assert read_added(["ERROR_GLPI_PARTIAL_ADD", results]) == Delivered("7")
    assert read_added(["ERROR_GLPI_PARTIAL_ADD", results[::-1]]) == Refused("glpi.not_added")
    assert read_added(["ERROR_GLPI_PARTIAL_ADD", ""]) == Uncertain("glpi.unreadable")


async def test_a_server_that_does_not_answer_is_asked_later() -> None:
    world = GlpiWorld(timeout=0.3)
    await world.open()
    await world.connector.find(filing())
    world.server.silence = 0.6
    world.server.faults.append("silent_after")
    receipt = await world.connector.deliver(filing())
    assert isinstance(receipt, Uncertain)
    assert receipt.after is not None
    await world.close()


async def test_a_follow_up_is_found_behind_the_first_page(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    for number in range(60):
        world.server.answer(1, f"Suivi {number}")
    await world.connector.deliver(message("1"))
    assert await world.connector.find(message("1")) == Delivered("61")


async def test_what_has_the_marks_own_second_is_looked_at_again(world: GlpiWorld) -> None:
    await world.connector.deliver(filing())
    known = [ExternalTicket(reference=REFERENCE, their_id="1", status="1")]
    _, mark = await world.connector.news("", known)
    world.server.tick(-1)
    world.server.answer(1, "Dans la même seconde.")
    replies, _ = await world.connector.news(mark, known)
    assert [one.words for one in replies] == ["Dans la même seconde."]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("&lt;p&gt;Un &amp;amp; deux&lt;/p&gt;", "Un & deux"),
        ("<p>Un</p><p>Deux</p>", "Un\nDeux"),
        ("simple", "simple"),
        ("2 &#60; 3", "2 < 3"),
        ("&#60;p&#62;Un &#38;amp; deux&#60;/p&#62;", "Un & deux"),
        (
            "&#60;p&#62;2 &#38;lt; 3&#60;/p&#62;&#60;p&#62;Voir &#38;eacute;tape&#60;/p&#62;",
            "2 < 3\nVoir étape",
        ),
        ("<p>2 &lt; 3 et 4 &gt; 3</p>", "2 < 3 et 4 > 3"),
        ("<p>Écrivez &lt;nom&gt;</p><!-- rien -->", "Écrivez <nom>"),
    ],
)
def test_contents_are_read_as_text(content: str, expected: str) -> None:
    assert text_from_html(content) == expected
