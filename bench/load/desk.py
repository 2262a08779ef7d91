"""The desk as a process of its own: started, watched, stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic

from support.botapi.server import Server

TOKEN = "1234567:" + "A" * 24
START_PATIENCE = 60.0
GUICHET = (sys.executable, "-c", "from support.lifted import main; main()")


class DeskProcess:
    """One process that talks to a stand-in of the Bot API."""

    def __init__(
        self, server: Server, url: str, folder: Path, command: Sequence[str] = GUICHET
    ) -> None:
        self._server = server
        self._folder = folder
        self._command = command
        self._env = {
            **os.environ,
            "DATA_DIR": str(folder / "data"),
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": f"{url}/bot",
            "SEND_RATE": "1000",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, settings: Mapping[str, str] | None = None) -> float:
        """The seconds from the start of the process to its first question for updates."""
        before, began = self._server.call_count["getUpdates"], monotonic()
        await self.launch(settings)
        assert self._process is not None
        async with asyncio.timeout(START_PATIENCE):
            while self._server.call_count["getUpdates"] == before:
                if self._process.returncode is not None:
                    raise RuntimeError(self.log())
                await asyncio.sleep(0.005)
        return monotonic() - began

    async def launch(self, settings: Mapping[str, str] | None = None) -> None:
        """Start the process, and wait for nothing."""
        with (self._folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                env={**self._env, **(settings or {})},
                stdout=log,
                stderr=log,
            )

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()

    def processor_seconds(self) -> float:
        """What it has used so far, of all its threads."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MiB that stand in memory now."""
        line = next(one for one in self._proc("status").splitlines() if one.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def _proc(self, name: str) -> str:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/{name}").read_text()
