"""The files of the product that one action passes, traced in the running desk.

A file counts when one of its functions is called between the person's message and the mark of the
answer as sent. What only builds an object there does not count, nor what runs beside it by itself.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from channels.telegram.staffed import LUC, Room, file, staffed
from support.house import ROOMS, Bar

from bot.domain.delivery import OutboxState
from bot.services.ticket_notifications import STAFF
from knowledge import load_knowledge

ROOT = Path(__file__).parents[2]
PRODUCT = tuple(f"{ROOT / top}/" for top in ("bot", "knowledge"))
BESIDE = frozenset(
    {
        "bot/background/leader.py",
        "bot/background/tasks.py",
        "bot/clock.py",
        "bot/monitoring/health.py",
        "bot/storage/leases.py",
    }
)
"""What runs at any time, whatever people do."""
BUILDING = frozenset({"__init__", "__post_init__", "<lambda>", "<genexpr>"})
"""Functions whose call alone does not make a file a part of the walk."""


class Tracer:
    """Notes which files of the product are entered, in every thread that starts after it."""

    def __init__(self) -> None:
        self._found: set[str] | None = None

    def __enter__(self) -> "Tracer":
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]

    @contextmanager
    def recording(self) -> Iterator[set[str]]:
        self._found = found = set[str]()
        try:
            yield found
        finally:
            self._found = None
            found -= BESIDE

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if self._found is None or event != "call" or code.co_name in BUILDING:
            return
        if code.co_filename.startswith(PRODUCT):
            self._found.add(Path(code.co_filename).relative_to(ROOT).as_posix())


async def trace_rooms() -> tuple[Bar, Bar]:
    """A typed question until it is answered; an advisor's answer until its requester reads it."""
    with Tracer() as tracer, TemporaryDirectory() as folder:
        async with staffed(Path(folder), load_knowledge()) as stage:
            group = Room(stage)
            await stage.say("j'ai oublié mon identifiant")
            await stage.reads("Voici")
            await file(stage)
            recap = await group.sees("Quel est le taux de mars")
            await _rest(stage)
            with tracer.recording() as question:
                await stage.say("mot de passe oublié")
                await stage.reads("Voici")
                await _rest(stage)
            with tracer.recording() as reply:
                words = "Le taux de mars est de 34,65 %."
                await group.say(LUC, words, reply_to=recap.message_id)
                await stage.reads("34,65")
                await _rest(stage)
    return (
        Bar("files that a typed question passes", ROOMS, len(question), tuple(sorted(question))),
        Bar("files that an advisor's reply passes", ROOMS, len(reply), tuple(sorted(reply))),
    )


async def _rest(stage: Any) -> None:
    """Until everything that was said is marked as sent."""

    def is_quiet() -> bool:
        with stage.app.store.read() as db:
            waiting = db.outbox.list(OutboxState.WAITING)
            return not any(one.lane.startswith(("telegram:", f"{STAFF}:")) for one in waiting)

    await stage.until(is_quiet)


def measure_rooms() -> tuple[Bar, Bar]:
    """Both walks, in a desk of their own."""
    return asyncio.run(trace_rooms())
