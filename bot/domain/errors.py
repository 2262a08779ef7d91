"""The two errors of ours: a typed answer that cannot be read, and a start that cannot be made."""

from enum import StrEnum


class Fault(StrEnum):
    """The rule an answer broke; each kind of answer lists its own in a subclass.

    A value reads `kind.fault` and is the key of the French text that explains it.
    """


class StartError(Exception):
    """Settings, keys, database or files cannot be used; the message says, in French, what to do."""


class InvalidAnswerError(ValueError):
    """An answer cannot be read.

    The message is the fault alone: an error travels into logs and traces, where nothing that a
    person typed may appear.
    """

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault: str = fault.value
