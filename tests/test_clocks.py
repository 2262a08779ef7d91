"""Nothing depends on the day: one place of the product reads the clock, and no test does."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.clocks import SPECIAL_DAYS, process_at

from bot.clock import PROCESS_CLOCK, utc_now

ROOT = Path(__file__).parents[1]
READINGS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
THE_CLOCK = "bot/clock.py"
REAL = {
    "tests/support/certificates.py": "OpenSSL holds certificates against the real clock",
    "tests/support/botapi/server.py": "the server on its own; beside a desk it is given a clock",
    "tests/test_clocks.py": "what is forbidden is written here",
}
PROCESSES = "tests/torture"
"""What runs there is held against processes of its own, which live today."""


def readings(tops: tuple[str, ...]) -> Iterator[str]:
    for top in tops:
        for file in sorted((ROOT / top).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                match node:
                    case ast.Attribute(value=ast.Name(id=name), attr=attr):
                        if (name, attr) in READINGS:
                            yield f"{file.relative_to(ROOT)}:{node.lineno}"


def test_the_product_reads_the_clock_in_one_place() -> None:
    assert [one for one in readings(("bot", "knowledge")) if not one.startswith(THE_CLOCK)] == []


def test_no_test_reads_it() -> None:
    allowed = (*REAL, PROCESSES)
    assert [one for one in readings(("tests",)) if not one.startswith(allowed)] == []


@pytest.mark.parametrize("day", SPECIAL_DAYS)
def test_a_process_lives_on_the_day_it_is_given(day: str) -> None:
    outside = utc_now()
    with process_at(SPECIAL_DAYS[day]):
        first, second = utc_now(), utc_now()
        assert SPECIAL_DAYS[day] <= first <= second
        assert first.tzinfo is UTC
    assert utc_now() >= outside


def test_outside_tests_it_is_the_real_one() -> None:
    before = datetime.now(UTC)
    assert before <= type(PROCESS_CLOCK)().now() <= datetime.now(UTC)
