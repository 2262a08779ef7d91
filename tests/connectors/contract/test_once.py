"""Everything arrives once: late commits, rights lost and given back, a day away."""

from connectors.contract.conftest import WORLDS, Bridge

from bot.domain.delivery import OutboxState
from bot.domain.retention import Retention
from bot.services.advisor_tickets import AdvisorAction
from bot.services.personal_export import PersonalExport


def times(bridge: Bridge, words: str) -> dict[str, int]:
    """How often words have arrived, by system; a webhook's message repeats its ticket."""
    return {
        name: sum(words in one for one in world.arrived()) for name, world in bridge.worlds.items()
    }


ONCE = dict.fromkeys(WORLDS, 1)
NEVER = dict.fromkeys(WORLDS, 0)


async def test_a_day_away_and_a_new_start(bridge: Bridge) -> None:
    reference = bridge.file("Une demande.")
    for _ in range(25):
        bridge.fail("503_before", "450_before")
        await bridge.deliver()
        bridge.wait(hours=1)
    assert times(bridge, reference) == NEVER
    bridge.fail("")
    bridge.restart()
    await bridge.deliver()
    assert times(bridge, reference) == ONCE
    assert bridge.rows(OutboxState.BURIED) == bridge.rows(OutboxState.WAITING) == []


async def test_what_is_committed_long_after_the_answer(bridge: Bridge) -> None:
    """A proxy gives up after a moment, the server behind it does not."""
    reference = bridge.file("Une demande.")
    for name in ("glpi", "zammad"):  # what they are asked first changes nothing
        await bridge.worlds[name].connector.check()
    bridge.fail("504_late", "reset_after")
    await bridge.deliver()
    for _ in range(20):
        bridge.wait(seconds=30)
        await bridge.deliver()
    assert times(bridge, reference) == ONCE


async def test_a_right_that_is_lost_is_waited_for(bridge: Bridge) -> None:
    reference = bridge.file("Une demande.")
    await bridge.deliver()
    for world in bridge.worlds.values():
        world.may(write=False)
    bridge.house.do("luc", lambda bench: bench.answer(reference, "Bonjour Anne."))
    for _ in range(6):
        await bridge.deliver()
        bridge.wait(hours=1)
    assert times(bridge, "Bonjour Anne.") == NEVER
    assert bridge.rows(OutboxState.BURIED) == []
    for world in bridge.worlds.values():
        world.may(write=True)
    await bridge.deliver()
    assert times(bridge, "Bonjour Anne.") == ONCE


async def test_no_employer_reads_the_name_of_a_system(bridge: Bridge) -> None:
    house = bridge.house
    shown = house.type("anne", "/confidentialite")
    reference = house.file("anne")
    shown += house.receipt + house.look("anne")
    await bridge.deliver()
    glpi = bridge.worlds["glpi"].server
    glpi.answer(1, "Bonjour.")
    glpi.delete(1)
    await bridge.poll()
    shown += house.type("anne", "/demandes", "1")
    with house.app.store.transaction() as db:
        person = db.people.of("terminal:anne", house.now)
        export = PersonalExport(db=db, fields={}, retention=Retention(), now=house.now)
        copy = export.of_requester(person)
    whole = f"{shown} {copy}".casefold()
    assert reference.casefold() in whole
    assert "transmise au service qui la traite" in whole
    assert "leur outil de suivi" in whole
    assert [word for word in ("glpi", "webhook", "connector", "zammad") if word in whole] == []


async def test_an_internal_note_goes_nowhere(bridge: Bridge) -> None:
    house = bridge.house
    reference = bridge.file("Une demande.")
    deed = AdvisorAction(who="local:luc", at=house.now)
    house.app.advisor_desk.do(deed, lambda bench: bench.note(reference, "Entre nous."))
    house.app.advisor_desk.do(deed, lambda bench: bench.answer(reference, "Bonjour."))
    await bridge.deliver()
    assert times(bridge, "Entre nous") == NEVER
    assert times(bridge, "Bonjour.") == ONCE


async def test_what_was_buried_is_asked_for_before_it_is_sent_again(bridge: Bridge) -> None:
    reference = bridge.file("Une demande.")
    bridge.fail("500_after", "reset_after")
    await bridge.deliver()
    waiting = bridge.rows(OutboxState.WAITING)
    assert len(waiting) == len(WORLDS)
    with bridge.house.app.store.transaction() as db:
        for row in waiting:
            assert row.failure is not None
            db.outbox.bury(row.id, row.failure, bridge.now())
            db.outbox.revive(row.id, bridge.now())
    bridge.wait(minutes=1)
    await bridge.deliver()
    assert times(bridge, reference) == ONCE


async def test_one_ticket_that_is_not_taken_holds_up_no_other(bridge: Bridge) -> None:
    bridge.file("Une demande.")
    bridge.fail("503_before", "450_before")
    await bridge.deliver()
    other = bridge.file("Une autre.")
    await bridge.deliver()
    assert times(bridge, other) == ONCE


async def test_what_they_had_before_they_failed_is_never_taken_for_an_answer(
    bridge: Bridge,
) -> None:
    """They are asked for news before we could ask whether they have ours."""
    reference = bridge.file("Une demande.")
    await bridge.settle()
    bridge.house.do("luc", lambda bench: bench.answer(reference, "Bonjour."))
    bridge.wait(seconds=1)
    bridge.worlds["glpi"].faults.append("500_after")
    bridge.worlds["zammad"].faults.extend(["", "500_after"])  # it is asked for the ticket first
    await bridge.deliver()
    bridge.wait(minutes=20)
    await bridge.settle()
    assert [one.text for one in bridge.house.ticket(reference).messages] == ["Bonjour."]
    assert times(bridge, "Bonjour.") == ONCE


async def test_what_was_dropped_is_told_to_the_operator(bridge: Bridge, caplog) -> None:
    bridge.worlds["glpi"].server.refused.add("name")
    reference = bridge.file("Une demande.")
    await bridge.deliver()
    assert f"glpi a pris {reference} sans : title" in caplog.text
    with bridge.house.app.store.transaction() as db:
        noted = [(one.who, one.what, one.detail) for one in db.audit_log.entries(reference)]
    assert ("connector:glpi", "ticket.partly_kept", "title") in noted
