"""Staff: the people of the desk, and what their role allows."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody at the desk may do.

    Advisors and supervisors answer; supervisors and the data protection officer read the journal.
    Whoever has a role may be shown a NIR, for a reason that is kept; nobody else may.
    """

    ADVISOR = "advisor"
    SUPERVISOR = "supervisor"
    DPO = "dpo"

    @property
    def may_answer(self) -> bool:
        return self is not Role.DPO

    @property
    def may_read_journal(self) -> bool:
        return self is not Role.ADVISOR


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the desk; `address` is `telegram:12345` or `local:anne`."""

    address: str
    name: str
    role: Role
