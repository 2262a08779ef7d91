"""The conversation in a terminal: every dialogue, the scripted pipe, and coming back later."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.clocks import SPECIAL_DAYS
from support.dialogue import FILES, FOLDER, Shown, announce, ask_requester, play

from bot.app import App, build_app
from bot.channels import formatting, terminal
from bot.channels.terminal import Terminal
from bot.commands.run import fill_register, send_reminder
from bot.domain.dates import day_in_paris
from bot.settings import Settings

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


class Paper:
    """A screen that writes down what it is shown."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.erased = False

    def read(self) -> str:
        raise EOFError

    def show(self, block: str) -> None:
        self.blocks.append(formatting.to_plain(block))

    def erase(self) -> None:
        self.erased = True


class AtTerminal:
    """A person at the prompt: buttons are pressed by typing their label."""

    def __init__(self, app: App, name: str = "anne", now: datetime = NOW) -> None:
        self.now, self.today = now, day_in_paris(now)
        self.paper = Paper()
        self.terminal = Terminal(app, f"terminal:{name}", self.paper)

    def type(self, words: str) -> Shown:
        self.paper.blocks, self.paper.erased = [], False
        self.terminal.take(terminal.to_event(words), self.now)
        text = "\n".join(self.paper.blocks)
        return Shown(text, _labels(self.paper.blocks), self.paper.erased)

    def press(self, label: str) -> Shown:
        return self.type(label)

    def send(self, file: Path) -> Shown:
        return self.type(f"/importer {file}")

    def wait_for_answer(self, words: str) -> Shown:
        ask_requester(self.terminal.app, words, self.now)
        return self.type("/aide")

    def read_notice(self, words: str) -> None:
        announce(self.terminal.app, words, self.now)

    def administer(self) -> Shown:
        app = self.terminal.app
        fill_register(app, self.terminal.address, self.now)
        send_reminder(app, self.now)
        return self.type("/aide")


def _labels(blocks: list[str]) -> tuple[str, ...]:
    """« [1 Lire] [Passer] » back to labels."""
    rows = [block for block in blocks if block.startswith("[")]
    labels = [part.strip("[]") for row in rows for part in row.split("]  [")]
    return tuple(re.sub(r"\A\d{1,2} ", "", label) for label in labels)


@pytest.fixture
def app(tmp_path: Path) -> App:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    return build_app(settings, {"terminal": terminal.render})


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_dialogue_at_the_prompt(app: App, file: Path, tmp_path: Path) -> None:
    play(file, AtTerminal(app), tmp_path)


@pytest.mark.parametrize("day", SPECIAL_DAYS)
def test_a_review_is_the_same_on_any_day(app: App, day: str, tmp_path: Path) -> None:
    anne = AtTerminal(app, now=SPECIAL_DAYS[day].astimezone(UTC))
    play(FOLDER / "05_review.txt", anne, tmp_path)


def test_people_at_one_machine_are_kept_apart(app: App) -> None:
    anne, annette = AtTerminal(app, "anne"), AtTerminal(app, "annette")
    anne.type("/profil")
    anne.press("Ajouter un employeur")
    shown = annette.type("/profil")
    assert "pas encore indiqué" in shown.text
    assert "SIRET" not in shown.text


def test_numbers_press_buttons_only_where_no_text_is_awaited(app: App) -> None:
    anne = AtTerminal(app)
    anne.type("mot de passe oublié")
    assert "Cela répond-il" in anne.type("1").text
    anne.type("/profil")
    anne.press("Ajouter un employeur")
    assert "14 chiffres" in anne.type("1").text


def test_a_number_presses_the_button_that_shows_it_after_an_answer_in_passing(app: App) -> None:
    sous_motif = app.knowledge.catalogue.sous_motif("declarations/anomalies/anomalie-agent")
    assert sous_motif is not None
    anne = AtTerminal(app)
    for words in (f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande"):
        anne.type(words)
    anne.type("comment renouveler un compte peps ?")
    buttons = "\n".join(anne.paper.blocks)
    assert "[1 Lire l'article]" in buttons
    assert "[3 Ircantec]" in buttons
    assert "Ircantec, c'est noté." in anne.type("3").text


def test_a_draft_is_offered_again_the_next_day_but_not_the_day_after(app: App) -> None:
    sous_motif = app.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    anne = AtTerminal(app)
    for words in (f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande"):
        anne.type(words)
    anne.type("21750001600019")
    later = AtTerminal(app)
    later.terminal.take(terminal.Opened(), NOW + timedelta(hours=23))
    assert "Taux de cotisation CNRACL" in "\n".join(later.paper.blocks)
    assert "[1 Reprendre ma demande]  [2 Abandonner]" in later.paper.blocks
    too_late = AtTerminal(app)
    too_late.terminal.take(terminal.Opened(), NOW + timedelta(hours=25))
    assert "Reprendre" not in "\n".join(too_late.paper.blocks)


def test_who_leaves_an_open_draft_hears_how_long_it_is_kept(app: App) -> None:
    anne = AtTerminal(app)
    anne.terminal.hold(lambda: NOW)
    assert "est gardée" not in "\n".join(anne.paper.blocks)
    sous_motif = app.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    for words in (f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande"):
        anne.type(words)
    anne.type("21750001600019")
    anne.terminal.hold(lambda: NOW)
    assert anne.paper.blocks[-1] == "Votre demande en cours est gardée 24 heures."
    anne.terminal.hold(lambda: NOW + timedelta(hours=25))
    assert "est gardée" not in anne.paper.blocks[-1]


def guichet(*arguments: str, data: Path, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run the installed command as a person would."""
    environment = {**os.environ, "DATA_DIR": str(data), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "bot.cli", *arguments]
    return subprocess.run(  # noqa: PLW1510 -- the test looks at the status itself
        command, input=typed, env=environment, capture_output=True, text=True, timeout=60
    )


def test_a_scripted_conversation_prints_plain_text_and_ends_well(tmp_path: Path) -> None:
    done = guichet("chat", data=tmp_path / "d", typed="mot de passe oublié\n1\n")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "Cela répond-il à votre question ?" in done.stdout
    assert str(tmp_path) in done.stdout
    assert "\x1b" not in done.stdout
    assert (tmp_path / "d" / "guichet.db").stat().st_mode & 0o777 == 0o600


def test_bad_settings_stop_the_start_with_one_sentence(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DRAFT_HOURS", "soon")
    done = guichet("chat", data=tmp_path / "d")
    assert done.returncode == 1
    assert "DRAFT_HOURS" in done.stderr
    assert "Traceback" not in done.stderr
