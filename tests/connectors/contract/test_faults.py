"""A thousand faults: whatever goes wrong in four systems, each has every ticket once."""

import json
import re
from collections import Counter

from connectors.contract.conftest import SILENCE, Bridge
from support.faults import Weather

from bot.connectors.http import HttpClient
from bot.domain.delivery import OutboxState

FAULTS = 1000
TICKETS = 15


async def test_a_thousand_faults_leave_every_ticket_once_in_every_system(bridge: Bridge) -> None:
    weather = Weather(FAULTS)
    for number in range(TICKETS):
        bridge.file(f"Demande {number}", f"Complément {number}")
    for world in bridge.worlds.values():
        api = getattr(world, "api", world.connector)
        if hasattr(api, "client"):
            object.__setattr__(api, "client", HttpClient(timeout=SILENCE))
        world.faults = weather.over(world.kinds)

    for _ in range(2000):
        if not bridge.rows(OutboxState.WAITING):
            break
        await bridge.deliver()
        bridge.wait(minutes=16)

    assert bridge.rows(OutboxState.WAITING) == bridge.rows(OutboxState.BURIED) == []
    assert weather.done.total() == FAULTS
    for name, world in bridge.worlds.items():
        for words in ("Demande", "Complément"):
            there = Counter(number for one in world.arrived() for number in numbers(words, one))
            assert there == dict.fromkeys(map(str, range(TICKETS)), 1), (name, words)


def numbers(words: str, arrived: str) -> list[str]:
    """Which of our texts stand in what arrived; a webhook's message repeats its ticket."""
    if arrived.startswith("{"):
        told = json.loads(arrived)
        arrived = told["message"]["text"] if "message" in told else told["ticket"]["description"]
    return re.findall(rf"{words} (\d+)\b", arrived)
