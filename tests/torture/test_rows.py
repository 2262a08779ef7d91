"""The rows of `make torture`: what was not measured, or not whole, is no pass."""

from pathlib import Path

import pytest
from torture.killing import fleets, until_done
from torture.rows import Row, Sizes, verdict
from torture.tally import Tally

SIZES = Sizes(kills=4, cuts=0, fleets=1, minutes=0, deep=False)


@pytest.mark.parametrize(
    ("good", "done", "said"),
    [(True, 4, True), (True, 3, None), (False, 4, False), (False, 1, False)],
)
def test_what_was_cut_short_is_no_pass_and_a_fault_is_one_at_any_size(
    *, good: bool, done: int, said: bool | None
) -> None:
    assert verdict(good, done, 4) is said


def test_without_a_postgresql_the_row_says_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.postgres.WHEEL", "a_wheel_that_nobody_has")
    (row,) = fleets(SIZES, tmp_path)
    assert row.holds is None
    assert str(row).endswith("not run")


def test_whoever_is_stopped_keeps_what_was_counted() -> None:
    sizes = Sizes(kills=4, cuts=0, fleets=1, minutes=0, deep=False)

    async def one_round(number: int, _: int) -> Tally:
        if number == 2:
            raise KeyboardInterrupt
        return Tally(kills=1, tickets=2)

    tally = until_done("kills", 4, one_round, sizes)
    assert (tally.kills, tally.tickets) == (2, 4)
    assert sizes.is_cut_short


def test_a_row_names_its_goal() -> None:
    assert str(Row("what", "1", "0", holds=False)).split() == ["what", "1", "0", "FALLS", "SHORT"]
