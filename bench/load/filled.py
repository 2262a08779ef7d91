"""A desk full of tickets and of people: a turn costs there what it costs in an empty one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import insert
from support.talking import A_SIRET

from bot.app import assemble, open_store
from bot.channels.formatting import render_telegram
from bot.conversation.events import Commanded, Event, Typed
from bot.conversation.session import Session
from bot.services.helpdesk import HelpDesk
from bot.services.helpdesk_config import IncomingEvent
from bot.settings import Settings
from bot.storage.base import Base
from bot.storage.row_mac import signed
from bot.storage.store import Store
from bot.storage.tables_requests import TicketRow
from knowledge import KnowledgeBase, load_knowledge

TURNS = 60
CHUNK = 10_000
TURN: tuple[Event, ...] = (
    Typed("mot de passe oublié"),
    Commanded("demandes", ""),
    Commanded("start", ""),
)
"""A search, a look at one's own tickets, and a turn that only reads and saves."""


@dataclass(frozen=True, slots=True)
class Filled:
    """Milliseconds a turn, in an empty desk and in a full one."""

    empty: float
    full: float

    @property
    def ratio(self) -> float:
        return self.full / self.empty


def compare(tickets: int, people: int) -> Filled:
    """The same turns before and after the desk is filled."""
    knowledge = load_knowledge()
    with TemporaryDirectory() as folder:
        store = open_store(Settings(_env_file=None, data_dir=Path(folder) / "data"))
        desk = _desk(store, knowledge, Path(folder))
        _turns(desk, first=1)  # what is loaded at the first use is no matter of the size
        empty = _turns(desk, first=2)
        _fill(store, tickets, people)
        full = _turns(desk, first=3)
        store.close()
    return Filled(empty, full)


def _desk(store: Store, knowledge: KnowledgeBase, folder: Path) -> HelpDesk:
    settings = Settings(_env_file=None, data_dir=folder / "data")
    return assemble(settings, store, knowledge, {"telegram": render_telegram}, {}).helpdesk


def _turns(desk: HelpDesk, *, first: int) -> float:
    """The median turn of one person, in milliseconds."""
    took = []
    for number in range(TURNS):
        for event in TURN:
            began = perf_counter()
            desk.receive([IncomingEvent(address=f"telegram:{first}", event=event)], _now(number))
            took.append(perf_counter() - began)
    return 1000 * median(took)


def _now(number: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=number)


def _fill(store: Store, tickets: int, people: int) -> None:
    """Persons with a conversation each, and their tickets, in the rows that filing makes."""
    ids: list[str] = []
    now = datetime.now(UTC)
    for start in range(0, people, 500):
        with store.transaction() as db:
            some = [f"telegram:{10**6 + n}" for n in range(start, min(people, start + 500))]
            db.people.load_many(some, now)
            for address in some:
                person = db.people.of(address, now)
                db.conversations.save(person.id, Session(turn=1), now)
                ids.append(person.id)
    table = Base.metadata.tables[str(TicketRow.__tablename__)]
    for rows in _chunks(_tickets(tickets, ids, now)):
        with store.engine.begin() as connection:
            whole = [signed(store.encryption, table.name, row) for row in rows]
            connection.execute(insert(table), whole)


def _tickets(number: int, people: list[str], now: datetime) -> Iterator[dict[str, Any]]:
    for n in range(number):
        filed = now - timedelta(minutes=n % 500_000)
        yield {
            "id": f"draft-{n}",
            "reference": f"PEPS-1999-{n:07d}",
            "year": 1999,
            "number": n,
            "person_id": people[n % len(people)],
            "siret": A_SIRET if n % 1000 == 0 else f"{n % 60_000:014d}",
            "path": "acces-peps/connexion/mot-de-passe-oublie",
            "theme_label": "Accès",
            "motif_label": "Connexion",
            "sous_motif_label": "Mot de passe",
            "fund": None,
            "status": "new" if n % 50 == 0 else "closed",
            "assurance": "declared",
            "filed_at": filed,
            "updated_at": filed,
            "closed_at": None if n % 50 == 0 else filed,
            "content_sealed": b"\0" * 300,
        }


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
