"""A real terminal: typing, buttons by number, erasing, and leaving by Ctrl-C or Ctrl-D."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Fictitious: the commune code 999 is given to no commune of department 75.
A_NIR = "2850675999001 16"
PATIENCE = 30  # seconds; only a conversation that does not answer makes anybody wait so long
CTRL_C, CTRL_D = b"\x03", b"\x04"


class Window:
    """A terminal window with the conversation in it."""

    def __init__(self, data: Path) -> None:
        self.ours, theirs = pty.openpty()
        environment = {
            **os.environ,
            "DATA_DIR": str(data),
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "chat"],
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


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    opened = Window(tmp_path / "data")
    yield opened
    opened.close()


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
def test_leaving_ends_well_and_keeps_the_draft(window: Window, tmp_path: Path, key: bytes) -> None:
    window.wait_for("Quelle est votre question ?")
    window.type("/start m_j7af")
    window.wait_for("Continuer]")
    window.type("1")
    window.wait_for("Continuer ma demande]")
    window.type("continuer ma demande")
    window.wait_for("SIRET de votre établissement")
    window.type("21750001600019")
    window.wait_for("nom de votre employeur")
    window.wait_for(">")
    window.press(key)
    assert window.process.wait(PATIENCE) == 0
    again = Window(tmp_path / "data")
    again.wait_for("Vous avez une demande en cours")
    again.close()


def test_a_number_typed_by_mistake_leaves_the_screen(window: Window) -> None:
    window.wait_for("Quelle est votre question ?")
    window.type(f"dossier de mme durand {A_NIR}")
    window.wait_for("(message effacé)")
    window.wait_for("je l'ai effacé")
