"""What somebody sees on special days: every dialogue twice, the demonstration, the doctor.

`make check-dates` runs it. The suite itself tries on all of these days what is cheap.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from channels.terminal.test_terminal import AtTerminal
from channels.test_dialogues import OnTelegram
from support.clocks import MONDAY, SPECIAL_DAYS, RunningClock, process_at
from support.commandline import guichet
from support.dialogue import FILES, play

from bot.app import build_app
from bot.channels import terminal
from bot.settings import Settings

DIALOGUES = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


@pytest.fixture(params=SPECIAL_DAYS)
def clock(request: pytest.FixtureRequest) -> Iterator[RunningClock]:
    moment: datetime = SPECIAL_DAYS[request.param]
    with process_at(moment) as running:
        yield running


@DIALOGUES
def test_a_dialogue_at_the_prompt(clock: RunningClock, file: Path, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    app = build_app(settings, {"terminal": terminal.render})
    play(file, AtTerminal(app, now=clock()), tmp_path)
    app.store.close()


@DIALOGUES
def test_a_dialogue_on_telegram(clock: RunningClock, file: Path, tmp_path: Path) -> None:
    player = OnTelegram(tmp_path / "data", clock)
    try:
        play(file, player, tmp_path)
    finally:
        player.stop()


def test_the_demonstration(clock: RunningClock, tmp_path: Path) -> None:
    shown = guichet(
        "demo", "--dir", str(tmp_path / "demo"), data=tmp_path / "mine", typed="/revue\n"
    )
    assert shown.returncode == 0, shown.stderr
    assert "expire demain" in shown.stdout
    assert "expire dans 6 jours" in shown.stdout


def test_the_doctor(clock: RunningClock, tmp_path: Path) -> None:
    """On no day has a fresh desk anything wrong, and the same is advised."""
    with process_at(MONDAY):
        usual = advice(tmp_path / "on-monday")
    assert advice(tmp_path / "today") == usual


def advice(data: Path) -> list[str]:
    """What the doctor says of a fresh desk, but for what is well."""
    assert guichet("tickets", "list", data=data).returncode == 0
    said = guichet("doctor", data=data)
    assert said.stdout, said.stderr
    lines = [line.strip() for line in said.stdout.replace(str(data), "…").splitlines()]
    return [line for line in lines if not line.startswith("bien")]
