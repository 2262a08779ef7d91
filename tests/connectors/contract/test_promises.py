"""The contract: what holds for every connector, against a real server on loopback."""

from dataclasses import replace

import pytest
from connectors.contract.conftest import WORLDS
from connectors.samples import A_NIR, REFERENCE, filing, message, status
from connectors.worlds import HookWorld, MailWorld, World

from bot.connectors import Connector, ConnectorError, ConsoleConnector
from bot.connectors.factory import CONNECTORS, connector_class
from bot.conversation.questions import KEY_UNCHECKED
from bot.domain.delivery import Delivered, Refused, RetryLater, Uncertain
from bot.domain.ticket import Agent, Answer
from bot.domain.ticket_export import NirShown

MARK = "2026-11-23 09:00:00"


def test_every_connector_is_held_to_the_contract() -> None:
    assert {*WORLDS, "console"} == set(CONNECTORS)


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_connector_says_itself_who_it_is_and_how_it_is_asked(name: str) -> None:
    found = connector_class(name)
    assert issubclass(found, Connector)
    assert found.name == name
    assert found.polling is None or found.polling.total_seconds() >= 1
    assert found.remedy.endswith(".")


async def test_who_is_out_of_reach_has_no_news_and_says_so_in_the_contracts_words(
    world: World,
) -> None:
    connector = world.connector
    assert await connector.news(MARK, ()) == ((), MARK)
    await world.close()
    if connector.polling is None:
        assert await connector.news(MARK, ()) == ((), MARK)
    else:
        with pytest.raises(ConnectorError) as raised:
            await connector.news(MARK, ())
        assert isinstance(raised.value.failure, RetryLater)
    await connector.close()
    await world.open()


async def test_a_ticket_arrives_with_its_reference_and_without_its_nir(world: World) -> None:
    receipt = await world.connector.deliver(filing())
    assert isinstance(receipt, Delivered)
    (arrived,) = world.arrived()
    assert REFERENCE in arrived
    assert "Mairie d" in arrived
    assert A_NIR not in arrived
    assert "••" in arrived or "\\u2022" in arrived


@pytest.mark.parametrize("kind", WORLDS)
async def test_what_is_shown_of_a_nir_is_a_setting(kind: str) -> None:
    for nir in NirShown:
        world = WORLDS[kind]()
        await world.open(nir)
        await world.connector.deliver(filing())
        (arrived,) = world.arrived()
        assert (A_NIR in arrived) is (nir is NirShown.CLEAR)
        assert ("••" in arrived) is (nir is NirShown.MASKED)
        assert world.connector.nir is nir
        await world.close()


async def test_a_key_that_nobody_checked_is_said_over_there(world: World) -> None:
    agents = (Agent((Answer("nir", A_NIR[:13], note=KEY_UNCHECKED),)),)
    request = replace(filing().ticket.request, agents=agents)
    await world.connector.deliver(filing(1, request=request))
    (arrived,) = world.arrived()
    assert "clé non vérifiée" in arrived or f'"note": "{KEY_UNCHECKED}"' in arrived


async def test_messages_and_statuses_follow_their_ticket(world: World) -> None:
    receipt = await world.connector.deliver(filing())
    assert isinstance(receipt, Delivered)
    added = await world.connector.deliver(message(receipt.their_id))
    assert isinstance(added, Delivered)
    assert isinstance(await world.connector.deliver(status(receipt.their_id)), Delivered)
    assert any("Merci" in arrived for arrived in world.arrived())


async def test_the_same_thing_again_is_there_once(world: World) -> None:
    """After a doubt: what can be asked is asked, what knows a key is sent the key again."""
    for fault in ("500_after", "reset_after", ""):
        world.faults.extend([fault] if fault else [])
        found = await world.connector.find(filing()) if world.arrived() else None
        if found is None:
            await world.connector.deliver(filing())
    assert len(world.arrived()) == 1


async def test_two_desks_with_the_same_reference_are_told_apart(world: World) -> None:
    for desk in ("aaaa1111", "bbbb2222"):
        receipt = await world.connector.deliver(replace(filing(), desk=desk))
        assert isinstance(receipt, Delivered)
    assert len(world.arrived()) == 2


async def test_what_may_have_arrived_is_uncertain(world: World) -> None:
    world.faults.append("reset_after")
    assert isinstance(await world.connector.deliver(filing()), Uncertain)
    assert len(world.arrived()) == 1


async def test_nobody_there_is_later(world: World) -> None:
    await world.close()
    assert isinstance(await world.connector.deliver(filing()), RetryLater)
    fault = await world.connector.check()
    assert fault is not None
    assert fault.endswith(".")
    await world.open()


async def test_a_good_connection_checks_out(world: World) -> None:
    assert await world.connector.check() is None
    assert list(world.arrived()) == []


async def test_refused_is_final(world: World) -> None:
    match world:
        case MailWorld():
            world.faults.append("550_before")
            assert isinstance(await world.connector.deliver(filing()), Refused)
        case HookWorld():
            world.faults.append("400_before")
            assert isinstance(await world.connector.deliver(filing()), Refused)
        case _:  # its ticket never arrived there; a lack of rights would be waited out
            assert isinstance(await world.connector.deliver(message("")), Refused)
    assert list(world.arrived()) == []


async def test_not_now_is_later(world: World) -> None:
    world.faults.append("450_before" if isinstance(world, MailWorld) else "429_before")
    receipt = await world.connector.deliver(filing())
    assert isinstance(receipt, RetryLater)
    if not isinstance(world, MailWorld):
        assert receipt.after is not None
        assert receipt.after.total_seconds() == 7


async def test_the_console_says_what_happens_and_nothing_personal(capsys) -> None:
    for export in (filing(), message(), status()):
        assert await ConsoleConnector().deliver(export) == Delivered()
        assert await ConsoleConnector().find(export) is None
    assert await ConsoleConnector().check() is None
    shown = capsys.readouterr().err
    assert shown.count(REFERENCE) == 3
    assert A_NIR[:7] not in shown
    assert "Merci" not in shown
