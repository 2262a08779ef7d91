"""The papers are true: commands, settings, links and the transcripts of the README."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.main import get_command

from bot.app import build_app
from bot.channels import formatting, terminal
from bot.channels.terminal import Terminal
from bot.cli import app as cli
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [*(ROOT / name for name in NAMES), *sorted((ROOT / "docs").glob("*.md"))]
WITH_TRANSCRIPTS = (ROOT / "README.md", ROOT / "docs" / "transcripts.md")
TRANSCRIPTS = [
    transcript
    for page in WITH_TRANSCRIPTS
    for transcript in re.findall(r"```text\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
]
NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"\bmake ([a-z-]+)", _code(page)))
        assert named <= targets, page


def test_commands_exist() -> None:
    command = get_command(cli)
    for page in PAGES:
        for words in re.findall(r"^guichet ([a-z]+)(?: ([a-z]+))?", _code(page), re.MULTILINE):
            group = command.get_command(None, words[0])
            assert group is not None, words
            assert not hasattr(group, "commands") or words[1] in group.commands, words


def _code(page: Path) -> str:
    """Fenced blocks and inline code, one a line."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return "\n".join([*fenced, *re.findall(r"`([^`\n]+)`", text)])


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_every_setting_is_in_the_example_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    written = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    assert set(written) == {name.upper() for name in Settings.model_fields}


def test_the_example_can_be_used_as_it_is(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert Settings() == Settings(_env_file=None)


def test_the_changelog_has_its_unreleased_part() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


class Paper:
    """A screen that writes down what it is shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def read(self) -> str:
        raise EOFError

    def show(self, block: str) -> None:
        self.lines.append(formatting.to_plain(block))

    def erase(self) -> None:
        self.lines.append("(message effacé)")


def replay(transcript: str, folder: Path) -> str:
    """What the conversation prints today for the lines that the person typed."""
    app = build_app(Settings(_env_file=None, data_dir=folder), {"terminal": terminal.render})
    paper = Paper()
    person = Terminal(app, "terminal:readme", paper)
    for line in transcript.splitlines():
        if line.startswith("> "):
            paper.lines.append(line)
            person.take(terminal.to_event(line[2:]), NOW)
    return "\n".join(paper.lines).strip() + "\n"


@pytest.mark.parametrize("number", range(len(TRANSCRIPTS)))
def test_the_transcripts_are_what_the_conversation_says(number: int, tmp_path: Path) -> None:
    assert replay(TRANSCRIPTS[number], tmp_path) == TRANSCRIPTS[number]


def test_one_transcript_ends_with_an_answer_and_one_with_a_reference() -> None:
    answered, filed = TRANSCRIPTS[-2:]
    assert "Merci." in answered.splitlines()[-1]
    assert "Demande enregistrée sous la référence PEPS-" in filed.rpartition("> envoyer")[2]


def test_the_readme_is_read_in_five_minutes() -> None:
    assert README.count("\n") <= 200
