"""Employers and requesters: for whom somebody asks, and how far that somebody is known."""

from dataclasses import dataclass
from enum import StrEnum


class Assurance(StrEnum):
    """How far a requester is known; part of every ticket."""

    DECLARED = "declared"
    EMAIL_CONFIRMED = "email_confirmed"
    INVITED = "invited"


@dataclass(frozen=True, slots=True)
class Employer:
    """A public body; `siret` is its 14 digits."""

    siret: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is remembered of a requester; the first employer is the current one.

    `email` is None until asked for, and empty when the person preferred not to give one.
    """

    employers: tuple[Employer, ...] = ()
    email: str | None = None
    assurance: Assurance = Assurance.DECLARED

    @property
    def employer(self) -> Employer | None:
        """The employer for whom the person asks at the moment."""
        return self.employers[0] if self.employers else None

    def with_email(self, email: str) -> "Profile":
        """The same person with another reply address, which nobody has confirmed."""
        is_lost = self.assurance is Assurance.EMAIL_CONFIRMED and email != self.email
        assurance = Assurance.DECLARED if is_lost else self.assurance
        return Profile(employers=self.employers, email=email, assurance=assurance)

    def with_employer(self, employer: Employer) -> "Profile":
        """The same person asking for `employer`, the others kept behind it."""
        others = tuple(other for other in self.employers if other.siret != employer.siret)
        return Profile(employers=(employer, *others), email=self.email, assurance=self.assurance)
