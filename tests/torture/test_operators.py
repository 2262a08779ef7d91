"""Hostile input by those who run the desk: content files, settings, command lines.

Each is taken, or refused in one French sentence that names the place; nothing else comes out.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from commands.test_commands import data
from hypothesis import given
from hypothesis import strategies as st
from support.commandline import guichet
from support.french import strange_in
from support.talking import A_NIR
from torture.drawn import ANYTHING, ODD
from torture.test_doors import calm
from typer.main import get_command

from bot.cli import app as cli
from bot.connectors.factory import build_connectors
from bot.settings import Settings, SettingsError
from knowledge import ContentError
from knowledge.articles import parse_article
from knowledge.catalogue import FIELD_TEXTS, FORM_KEYS, Catalogue, load_catalogue

__all__ = ["data"]  # a fixture

KEYS = st.sampled_from(sorted({*FORM_KEYS, *FIELD_TEXTS, "motif"}))
ROWS = st.deferred(lambda: st.dictionaries(KEYS, LEAF, max_size=4))
LEAF = ANYTHING | st.lists(ODD, max_size=2) | st.lists(ROWS, max_size=2) | st.just("tous")
"""What may stand behind a key: of any kind, also of the right one."""
PLACES = ("theme", "motif", "sous_motif", "field", "queue", "file")
WHOLE = {"code": "a", "id": "x1", "label": "A", "funds": ["tous"], "fields": [], "articles": []}
FIELD = {**dict.fromkeys(FIELD_TEXTS, "siret"), "scope": "ticket", "words": ["x"]}


@calm
@given(
    ODD,
    st.dictionaries(st.sampled_from(("title", "kind", "published", "sources", "funds")), LEAF),
    ODD,
)
def test_articles_of_any_text(
    tmp_path_factory: pytest.TempPathFactory, head: str, rows: dict[str, object], body: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.md"
    file.write_bytes(_bytes(f"+++\n{_toml(rows)}\n{head}\n+++\n{body}"))
    try:
        parse_article(file)
    except ContentError as error:
        assert_told(str(error), file)


@calm
@given(st.sampled_from(PLACES), ROWS, ODD, st.data())
def test_catalogues_of_any_text(
    tmp_path_factory: pytest.TempPathFactory,
    place: str,
    row: dict[str, object],
    junk: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    damaged = data.draw(st.sampled_from(("fields.toml", "catalogue.toml", "queues.toml")))
    for name, written in _catalogue(place, row).items():
        more = junk if place == "file" and name == damaged else ""
        (folder / name).write_bytes(_bytes(f"{written}\n{more}"))
    try:
        load_catalogue(folder)
    except ContentError as error:
        assert_told(str(error), folder)


def _catalogue(place: str, row: Mapping[str, object]) -> dict[str, str]:
    """The three files as they should be, but for one row."""

    def at(name: str, usual: dict[str, object]) -> dict[str, object]:
        return {**usual, **row} if place == name else usual

    form = at("sous_motif", dict(WHOLE))
    motif = at("motif", {"code": "b", "label": "B", "sous_motif": [form]})
    theme = at("theme", {"code": "c", "label": "C", "motif": [motif]})
    return {
        "fields.toml": _toml({"field": [at("field", dict(FIELD))]}),
        "catalogue.toml": _toml({"theme": [theme]}),
        "queues.toml": _toml({"queue": [at("queue", {"code": "d", "label": "D"})]}),
    }


def _toml(rows: Mapping[str, object]) -> str:
    return "\n".join(f"{json.dumps(key)} = {_value(value)}" for key, value in rows.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


def _bytes(written: str) -> bytes:
    return written.encode("utf-8", "surrogatepass")


def assert_told(said: str, place: Path) -> None:
    """It names the file, and says in French what is wrong there."""
    assert str(place) in said
    assert not strange_in(said.replace(str(place), "")), said


NAMES = sorted(name.upper() for name in Settings.model_fields)
VALUES = (
    ODD.filter(lambda text: "\0" not in text and text.isprintable())
    | st.sampled_from(("-1", "1e999", "99999999999", "true", "a,b", "é", "/dev/null/x", "::"))
    | st.sampled_from(("x:y", "comptes:--5", "http://", "sqlite:///", "a@b\nBcc: c@d", "<a@b>"))
)


@calm
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=3))
def test_settings_of_any_value(
    tmp_path_factory: pytest.TempPathFactory, given_: dict[str, str]
) -> None:
    said, folder = "", str(tmp_path_factory.getbasetemp() / "settings")
    with patch.dict(os.environ, {"DATA_DIR": folder, **given_}):
        try:
            settings = Settings.load()
            _ = (settings.rules, settings.kept, settings.staff_chats, settings.calendar)
            build_connectors(settings, Catalogue((), {}))
        except SettingsError as error:
            said = str(error)
    assert not said or any(name in said for name in given_) or "TICKETS_TO" in said
    assert not said or not strange_in(said), said


@pytest.mark.parametrize("content", [b"\xff\xfe", b"LOG_LEVEL=\xe9", b"= =\n\0", b"A" * 5000])
def test_a_file_of_settings_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_bytes(content)
    said = ""
    try:
        Settings.load()
    except SettingsError as error:
        said = str(error)

    assert not said or (".env" in said and not strange_in(said)), said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATA_DIR", "/dev/null/x"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "nowhere"),
        ("DATABASE_URL", "sqlite:////dev/null/x/y.db"),
        ("DATABASE_URL", "postgresql+psycopg://127.0.0.1:1/x"),
        ("DATABASE_URL", "postgresql+psycopg://127.0.0.1:port/x"),
        ("DATABASE_URL", "oracle://a/b"),
    ],
)
def test_a_desk_that_cannot_open_says_why(tmp_path: Path, name: str, value: str) -> None:
    done = guichet("outbox", "list", data=tmp_path, **{name: value})

    assert done.returncode == 1
    assert name in done.stderr or "/dev/null/x" in done.stderr  # the setting, or the folder
    assert not strange_in(done.stderr), done.stderr


@pytest.mark.parametrize("content", [b"", b"titre\n{nulle_part}", b"\xff\xfe", b"\0"])
def test_ready_made_answers_of_any_bytes(tmp_path: Path, content: bytes) -> None:
    own = tmp_path / "data" / "reponses"
    own.mkdir(parents=True)
    (own / "a.md").write_bytes(content)

    done = guichet("desk", "canned", data=tmp_path / "data")

    assert not done.returncode or (done.returncode == 1 and "a.md" in done.stderr)
    assert not done.stderr or not strange_in(done.stderr), done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "kb eval {file}",
        "accounts import {file} --siret 21750001600019 --name Mairie",
        "backup verify {file}",
        "restore {file} --keys {file}",
        "desk piece PEPS-2026-000001 1 --to {file} --reason x",
    ],
)
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\0", b"[1]", b"null", b"PK\x03\x04", b"[" * 9999]
)
def test_files_of_any_bytes(data: Path, tmp_path: Path, words: str, content: bytes) -> None:
    file = tmp_path / "any"
    file.write_bytes(content)
    file.chmod(0o600)
    place = tmp_path / "new" if words.startswith("restore") else data

    done = guichet(*words.format(file=file).split(), data=place, typed="non\n")

    assert done.returncode in (0, 1), done.stderr
    assert not done.stderr or not strange_in(done.stderr), done.stderr


LONG = ("chat", "telegram", "web", "bridge", "demo", "simulate", "migrate")
"""What stays open, or takes minutes by design; their options are refused in the same place."""


Words = tuple[str, ...]


def _commands() -> list[tuple[Words, Words]]:
    """Every command that there is, by its words, and its options."""

    def walk(command: Any, words: Words) -> Iterator[tuple[Words, Any]]:
        context = command.make_context("guichet", [], resilient_parsing=True)
        names = command.list_commands(context) if hasattr(command, "list_commands") else ()
        for name in names:
            yield from walk(command.get_command(context, name), (*words, name))
        if not names:
            yield words, command

    found = walk(get_command(cli), ())
    return [
        (words, tuple(one for param in command.params for one in param.opts if one[0] == "-"))
        for words, command in found
        if words[0] not in LONG
    ]


COMMANDS = _commands()
REFERENCES = ("PEPS-2026-000001", "peps-2026-000001 ", "PEPS-2026-999999", "telegram:1", "local:a")
WORDS = ("1", "-5", "217 500 016 00019", "2026-11-23", "verify", "advisor", "closed", "-", "--foo")
ARGUMENT = VALUES | st.sampled_from((*REFERENCES, *WORDS, A_NIR, "peps-creer-compte", "transmis"))


@calm
@given(st.sampled_from(COMMANDS), st.data())
def test_command_lines_of_any_words(
    data: Path, tmp_path: Path, chosen: tuple[Words, Words], draws: st.DataObject
) -> None:
    words, options = chosen
    more = draws.draw(st.lists(ARGUMENT | st.sampled_from(("--", *options)), max_size=4))
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        done = guichet(*words, *more, data=data, typed="non\n")
    finally:
        os.chdir(before)

    assert done.returncode in (0, 1, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert words == ("tickets", "reveal") or A_NIR not in _without(done.stdout, more)
    if done.returncode:
        assert done.stderr or words == ("doctor",)
        told = _without(done.stderr, more).replace(" ".join(words), "…")  # English names of ours
        assert not told or not strange_in(told), done.stderr


def _without(said: str, typed: list[str]) -> str:
    """What is said beside the words that it repeats."""
    for word in (word for word in typed if len(word) > 3):
        said = said.replace(word, "…").replace(word.strip().upper(), "…")
    return said
