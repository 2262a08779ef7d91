"""Faults are keys of texts: each is one, and begins with the kind of answer it belongs to."""

import re

# Imported for their faults.
from bot.domain import amounts, dates, identifiers, people, text
from bot.domain.errors import Fault, InvalidAnswerError

MODULES = (amounts, dates, email, names, nir, period, siret, text)


def all_faults() -> list[Fault]:
    return [
        fault
        for module in MODULES
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Fault) and kind.__module__ == module.__name__
        for fault in kind
    ]


def test_every_fault_is_a_key_of_its_own() -> None:
    keys = [fault.value for fault in all_faults()]

    assert len(keys) == len(set(keys)) > 30
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", key) for key in keys)


def test_an_error_says_its_fault_and_nothing_else() -> None:
    error = InvalidAnswerError(identifiers.NirFault.KEY)

    assert (error.fault, str(error), error.args) == ("nir.key", "nir.key", ("nir.key",))
