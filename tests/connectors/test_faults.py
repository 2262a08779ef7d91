"""A thousand faults: a system that commits and then fails in every way has each ticket once."""

import json
import random
import re
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from connectors.worlds import GlpiWorld, HookWorld
from support.glpi import KINDS

from bot.app import assemble, open_store
from bot.background.sender import DeliveryRecorder
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TicketDelivery, deliver_due
from bot.domain.delivery import OutboxState
from bot.domain.people import Employer
from bot.domain.ticket import TicketRequest
from bot.services.requester_tickets import RequesterTickets
from bot.settings import Settings
from bot.storage.store import DatabaseThread
from knowledge import KnowledgeBase

FAULTS = 1000
TICKETS = 60


class Weather(deque[str]):
    """Bad weather: of each ten calls about nine go wrong, until so many have."""

    def __init__(self, kinds: list[str]) -> None:
        super().__init__()
        self.chance = random.Random(5)
        self.kinds = kinds
        self.weights = [1 if one.startswith("silent") else 20 for one in kinds]
        self.done = Counter[str]()

    def __bool__(self) -> bool:
        return self.done.total() < FAULTS and self.chance.random() < 0.92

    def popleft(self) -> str:
        (kind,) = self.chance.choices(self.kinds, self.weights)
        self.done[kind] += 1
        return kind


class Clock:
    """Goes on when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def a_request(number: int) -> TicketRequest:
    return TicketRequest(
        identity=f"draft-{number}",
        path="cotisations/calcul/taux-cnracl",
        labels=("Cotisations", "Taux", "Taux de cotisation"),
        fund="CNRACL",
        employer=Employer("99999999900017", "Mairie d'Exemple"),
        email="",
        answers=(),
        agents=(),
        description=f"Demande {number}",
    )


@pytest.fixture(params=["glpi", "webhook"])
async def parts(request, tmp_path: Path, knowledge: KnowledgeBase):
    """The register, and a system that fails; time flies."""
    world = GlpiWorld(timeout=0.1) if request.param == "glpi" else HookWorld(timeout=0.1)
    await world.open()
    if isinstance(world, GlpiWorld):
        world.server.silence = 0.15
    else:
        world.silence = 0.15
    settings = Settings(_env_file=None, data_dir=tmp_path / "d")
    app = assemble(
        settings,
        open_store(settings),
        knowledge,
        {"t": lambda *_: ()},
        {request.param: world.connector},
    )
    yield world, app, request.param
    await world.close()


async def test_a_thousand_faults_leave_every_ticket_once(parts) -> None:
    world, app, name = parts
    clock = Clock()
    kinds = [one for one in KINDS if name == "glpi" or one not in ("session_lost", "html_after")]
    weather = Weather(kinds)
    with app.store.transaction() as db:
        for number in range(TICKETS):
            window = RequesterTickets(
                db=db,
                notifications=app.advisor_desk.notifications,
                catalogue=app.knowledge.catalogue,
                person_id=db.people.of("t:1", clock.now).id,
                reopen_days=30,
            )
            reference = window.file(a_request(number), clock.now).reference
            window.add(reference, f"Complément {number}", clock.now)
    db_thread = DatabaseThread(app.store)
    recorder = DeliveryRecorder(
        TicketDelivery(db_thread, app.connectors, clock), patience=DELIVERY_PATIENCE
    )
    if isinstance(world, GlpiWorld):
        world.server.faults = weather
    else:
        world.faults = weather
    for _ in range(2000):
        if not _waiting(app):
            break
        await deliver_due(app.store, recorder, clock)
        clock.now += timedelta(minutes=16)
    db_thread.close()
    assert not _waiting(app)
    assert weather.done.total() == FAULTS
    arrived = world.arrived()
    for words in ("Demande", "Complément"):
        there = Counter(int(number) for one in arrived for number in _numbers(words, one, name))
        assert there == dict.fromkeys(range(TICKETS), 1)
    with app.store.transaction() as db:
        assert db.outbox.list(OutboxState.BURIED) == ()


def _waiting(app) -> bool:
    with app.store.transaction() as db:
        return bool(db.outbox.list(OutboxState.WAITING, 1))


def _numbers(words: str, arrived: str, name: str) -> list[str]:
    """Which of our texts stand in what arrived; a webhook's message repeats its ticket."""
    if name == "webhook":
        told = json.loads(arrived)
        said = told["message"]["text"] if "message" in told else told["ticket"]["description"]
        arrived = f"{said}<"
    return re.findall(rf"{words} (\d+)<", arrived)
