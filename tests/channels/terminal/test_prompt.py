"""A real terminal: typing, buttons by number, erasing, and leaving by Ctrl-C or Ctrl-D."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.window import PATIENCE, Window

# Fictitious: the commune code 999 is given to no commune of department 75.
A_NIR = "2850675999001 16"
CTRL_C, CTRL_D = b"\x03", b"\x04"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    opened = Window(tmp_path / "data", "chat")
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
    again = Window(tmp_path / "data", "chat")
    again.wait_for("Vous avez une demande en cours")
    again.close()


def test_a_number_typed_by_mistake_leaves_the_screen(window: Window) -> None:
    window.wait_for("Quelle est votre question ?")
    window.type(f"dossier de mme durand {A_NIR}")
    window.wait_for("(message effacé)")
    window.wait_for("je l'ai effacé")
