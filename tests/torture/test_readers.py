"""The readers that the guided search runs bear their seeds, whole and in pieces, and without it."""

import pytest
from torture import guided
from torture.hostile import guiding
from torture.readers import READERS
from torture.rows import NOT_RUN, Sizes


@pytest.mark.parametrize("name", READERS)
def test_readers_bear_seeds_and_what_is_left_of_them(name: str) -> None:
    read, seeds = READERS[name]
    for seed in seeds():
        step = max(1, len(seed) // 20)
        for place in range(0, len(seed), step):
            read(seed[:place])
            read(seed[:place] + b"\xff\x00[" + seed[place + step :])
        read(seed)


def test_where_the_search_is_not_installed_it_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr(guided, "NAME", "no_such_module")

    (row,) = guiding(Sizes(1, 1, 1, 1.0, deep=False), tmp_path)

    assert row.holds is None
    assert NOT_RUN in str(row)
