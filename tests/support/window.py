"""A terminal window with one of the commands in it, as a person has it before them."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 30  # seconds; only a command that does not answer makes anybody wait so long


class Window:
    """A pseudo-terminal, and what stands on its screen."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        environment = {
            **os.environ,
            "DATA_DIR": str(data),
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def wait_for(self, words: str) -> str:
        """Read until the words stand on the screen after those waited for before."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.shown:
            assert time.monotonic() < deadline, f"« {words} » not in:\n{self.shown}"
            if select.select([self.ours], [], [], 0.1)[0]:
                self.shown += _plain(os.read(self.ours, 65536).decode(errors="replace"))
        before, _, self.shown = self.shown.partition(words)
        return before

    def type(self, words: str) -> None:
        os.write(self.ours, words.encode() + b"\r")

    def press(self, key: bytes) -> None:
        os.write(self.ours, key)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)


def _plain(screen: str) -> str:
    """What is on the screen without the codes that move the cursor and colour the words."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r", "", screen)
