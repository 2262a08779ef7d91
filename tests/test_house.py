"""The house does not grow back unseen: files, lines, modules, methods and doubled names."""

import pytest
from support.house import NOW, SMALL_WITH_REASON, Bar, measure, read_sources

SOURCES = read_sources()


@pytest.mark.parametrize("bar", measure(SOURCES), ids=lambda bar: bar.what)
def test_the_house_keeps_to_its_bars(bar: Bar) -> None:
    most = NOW.get(bar.what, bar.most)
    assert bar.found <= most, "\n".join((f"{bar.found} of at most {most}", *bar.where))


def test_every_reason_for_a_small_file_is_still_needed() -> None:
    lines = {source.name: source.lines for source in SOURCES}
    assert all(lines.get(name, 0) for name in SMALL_WITH_REASON)
