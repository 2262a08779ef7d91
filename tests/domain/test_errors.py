"""Faults are keys of texts, and an error says nothing but its fault."""

import re

from bot.domain.errors import Fault, InvalidAnswerError


def test_every_fault_is_a_key_of_a_text() -> None:
    keys = [fault.value for fault in Fault]

    assert len(keys) == len(set(keys)) > 30
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", key) for key in keys)


def test_an_error_says_its_fault_and_nothing_else() -> None:
    error = InvalidAnswerError(Fault.NIR_KEY)

    assert (error.fault, str(error), error.args) == ("nir.key", "nir.key", ("nir.key",))
