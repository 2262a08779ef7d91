"""The base as it was read: taken up where it fits, read anew where it does not."""

import shutil
import sys
from pathlib import Path

import pytest

from knowledge import KnowledgeBase
from knowledge.base import content_folder, read_content
from knowledge.kept import digest_of, keep, kept_or_built

QUESTION = "mon acces a expirer je peu plus rentré ds peps"


def never() -> KnowledgeBase:
    raise AssertionError("what is kept fits, and nothing is to be read")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def test_what_is_taken_up_answers_as_what_was_read(file: Path) -> None:
    content = content_folder()
    read = read_content(content)
    keep(read, digest_of(content), file)

    kept = kept_or_built(content, never, file)

    assert kept.search(QUESTION) == read.search(QUESTION)
    assert kept.suggest(QUESTION) == read.suggest(QUESTION)
    assert kept.articles == read.articles
    assert kept.catalogue == read.catalogue


def test_a_start_that_finds_nothing_keeps_what_it_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)

    assert kept_or_built(content_folder(), lambda: ["read"], file) == ["read"]
    assert kept_or_built(content_folder(), list, file) == ["read"]
    assert list(file.parent.iterdir()) == [file]


def test_where_nothing_is_to_be_written_it_is_read_each_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    assert kept_or_built(content_folder(), lambda: ["read"], file) == ["read"]
    assert not file.exists()


def test_where_nothing_can_be_written_it_is_read_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "folder").write_text("no folder")

    found = kept_or_built(content_folder(), lambda: ["read"], tmp_path / "folder" / "kept")

    assert found == ["read"]


@pytest.mark.parametrize("change", ["changed", "added", "removed", "renamed"])
def test_content_that_changed_is_read_anew(change: str, tmp_path: Path, file: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(content_folder(), content)
    keep(["before"], digest_of(content), file)
    article = next(content.rglob("*.md"))
    match change:
        case "changed":
            article.write_text(article.read_text() + ".")
        case "added":
            article.with_name("other.md").write_text("")
        case "removed":
            article.unlink()
        case _:
            article.rename(article.with_name("other.md"))

    assert kept_or_built(content, lambda: ["after"], file) == ["after"]


@pytest.mark.parametrize("rest", [0, 10, 64, -1])
def test_what_was_cut_short_is_read_anew(rest: int, file: Path) -> None:
    content = content_folder()
    keep(["before"], digest_of(content), file)
    file.write_bytes(file.read_bytes()[:rest])

    assert kept_or_built(content, lambda: ["after"], file) == ["after"]


def test_what_was_damaged_is_read_anew(file: Path) -> None:
    content = content_folder()
    keep(["before"], digest_of(content), file)
    damaged = bytearray(file.read_bytes())
    damaged[-3] ^= 1
    file.write_bytes(damaged)

    assert kept_or_built(content, lambda: ["after"], file) == ["after"]
