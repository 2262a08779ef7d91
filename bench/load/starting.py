"""From the start of the process to its first question for updates and its first answer, and what
it holds in memory at rest."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from support.botapi.server import Server

from load.desk import TOKEN, DeskProcess
from load.people import Person

REST = 3.0  # seconds until what a start leaves behind has settled


async def start_and_rest() -> tuple[float, float, float]:
    """Seconds until ready and to the first answer, on a desk that was open before; MiB at rest."""
    server = Server(record_calls=False)
    url = await server.start()
    server.bot(TOKEN)
    with TemporaryDirectory() as folder:
        desk = DeskProcess(server, url, Path(folder))
        try:
            await desk.start()
            await desk.stop()
            waits = Person(server, 1)
            server.add_user(1)
            began = monotonic()
            await server.user_says(TOKEN, 1, "/start")
            ready = await desk.start()
            await waits.read(".")
            first = monotonic() - began
            await asyncio.sleep(REST)
            return ready, first, desk.memory()
        finally:
            await desk.stop()
            await server.stop()
