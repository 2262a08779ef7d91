"""What the operator announces, with its dates, and who reads it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.commandline import Done, guichet

from bot.clock import utc_now
from bot.domain.errors import InvalidAnswerError
from bot.domain.service_notices import ServiceNotice, parse_moment


def run(data: Path, *words: str) -> Done:
    return guichet("notice", *words, data=data)


def in_days(days: int) -> str:
    return f"{utc_now() + timedelta(days=days):%d/%m/%Y}"


@pytest.mark.parametrize(
    ("typed", "at_end", "moment"),
    [
        ("01/12/2026", False, datetime(2026, 11, 30, 23, 0, tzinfo=UTC)),
        ("01/12/2026", True, datetime(2026, 12, 1, 22, 59, tzinfo=UTC)),
        ("01/12/2026 18:00", True, datetime(2026, 12, 1, 17, 0, tzinfo=UTC)),
        ("01/07/2026 18:00", False, datetime(2026, 7, 1, 16, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_that_of_paris(typed: str, at_end: bool, moment: datetime) -> None:
    assert parse_moment(typed, at_end=at_end) == moment


@pytest.mark.parametrize("typed", ["demain", "31/02/2026", "01/12/2026 25:00", "2026-12-01T18"])
def test_other_words_are_no_moment(typed: str) -> None:
    with pytest.raises((InvalidAnswerError, ValueError)):
        parse_moment(typed)


def test_a_notice_says_its_dates() -> None:
    notice = ServiceNotice(
        number=1,
        words="PEP's est fermé.",
        starts_at=parse_moment("01/12/2026 08:00"),
        ends_at=parse_moment("01/12/2026 18:00"),
    )
    assert notice.term == "du 01/12/2026 à 08 h 00 au 01/12/2026 à 18 h 00"
    assert notice.is_current(parse_moment("01/12/2026 08:00"))
    assert not notice.is_current(parse_moment("01/12/2026 18:00"))


def test_a_notice_is_added_listed_and_ended(tmp_path: Path) -> None:
    assert "n° 1" in run(tmp_path, "add", "PEP's est lent.", "--until", in_days(2)).stdout
    later = run(
        tmp_path, "add", "Maintenance.", "--from", in_days(3), "--until", f"{in_days(4)} 18:00"
    )
    assert "18 h 00" in later.stdout
    listed = " ".join(run(tmp_path, "list").stdout.split())
    assert "en cours" in listed
    assert "à venir" in listed
    assert "retirée" in run(tmp_path, "end", "1").stdout
    assert "en cours" not in run(tmp_path, "list").stdout
    assert "passée" in run(tmp_path, "list", "--all").stdout
    again = run(tmp_path, "end", "1")
    assert again.returncode == 1
    assert "guichet notice list" in again.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Lent.", "--until", "demain"), "01/12/2026 18:00"),
        (("Lent.", "--until", "01/01/2020"), "--until"),
        (("", "--until", "01/01/2099"), "1 à 500"),
        (("NIR 2 85 06 75 999 001 16", "--until", "01/01/2099"), "numéro personnel"),
    ],
)
def test_what_cannot_be_announced_is_said(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    done = run(tmp_path, "add", *words)
    assert done.returncode == 1
    assert told in done.stderr
