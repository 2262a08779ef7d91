"""People: requesters and their employers, support staff, names and e-mail addresses.

A person's name is letters of any script, with what the « état civil » writes between them: space,
hyphen, apostrophe, the dot of an abbreviation (« St. »), the Catalan middle dot (« Gal·la »).
Source: instruction générale relative à l'état civil; foreign names come as their papers have them.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.sensitive_data import find_sensitive
from bot.domain.text import fold_apostrophes, one_line, plain_forms
from bot.domain.values import Candidate, Understood, folded, settle


class Assurance(StrEnum):
    """How far a requester is known for an employer; part of every ticket.

    Only an invitation says something about the employer: whoever holds an account there vouched
    for the person. A confirmed address says that letters to it arrive, and nothing more.
    """

    DECLARED = "declared"
    EMAIL_CONFIRMED = "email_confirmed"
    INVITED = "invited"


@dataclass(frozen=True, slots=True)
class Employer:
    """A public body; `siret` is its 14 digits."""

    siret: str
    name: str

    @property
    def named(self) -> str:
        """« Mairie d'Exemple (21750001600019) »; what a requester could not give is said."""
        return f"{self.name or 'nom manquant'} ({self.siret or 'SIRET manquant'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is remembered of a requester; the first employer is the current one.

    `email` is None until asked for, and empty when the person preferred not to give one.
    `invited_by` are the SIRETs of the employers at which they are linked to an account now.
    """

    employers: tuple[Employer, ...] = ()
    email: str | None = None
    email_confirmed: bool = False
    invited_by: frozenset[str] = frozenset()

    @property
    def employer(self) -> Employer | None:
        """The employer for whom the person asks at the moment."""
        return self.employers[0] if self.employers else None

    def with_email(self, email: str) -> "Profile":
        """The same person with another reply address, which nobody has confirmed."""
        return replace(
            self, email=email, email_confirmed=self.email_confirmed and email == self.email
        )

    def assurance_at(self, siret: str, email: str) -> Assurance:
        """How far the person is known who asks for this employer, with this reply address."""
        if siret in self.invited_by:
            return Assurance.INVITED
        is_confirmed = self.with_email(email).email_confirmed
        return Assurance.EMAIL_CONFIRMED if is_confirmed else Assurance.DECLARED

    def with_employer(self, employer: Employer) -> "Profile":
        """The same person asking for `employer`, the others kept behind it."""
        others = tuple(other for other in self.employers if other.siret != employer.siret)
        return replace(self, employers=(employer, *others))


class StaffRole(StrEnum):
    """What somebody at the desk may do: advisors answer, the data protection officer does not.

    Whoever has a role may be shown a NIR, for a reason that is kept; nobody else may.
    """

    ADVISOR = "advisor"
    DPO = "dpo"

    @property
    def may_answer(self) -> bool:
        return self is not StaffRole.DPO


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the support staff; `address` is `telegram:12345` or `local:anne`."""

    address: str
    name: str
    role: StaffRole


_HYPHENS: Final = re.compile("[\u2010-\u2015\u2212\ufe63\uff0d]")
_BETWEEN_LETTERS: Final = frozenset(" -'.\u00b7")
# No script stacks more; a longer pile is drawn over the lines around it.
_MARKS_AT_MOST: Final = 4
_EMPLOYER_SYMBOLS: Final = frozenset("°+€|")


def _kinds(text: str) -> str:
    """The first letter of each character's Unicode category: L letter, M mark, N number…"""
    return "".join(unicodedata.category(character)[0] for character in text)


def _is_made_of(text: str, kinds: str, signs: frozenset[str]) -> bool:
    """Whether there is a letter in it, and nothing but characters of these kinds and signs."""
    pairs = zip(_kinds(text), text, strict=True)
    return "L" in _kinds(text) and all(kind in kinds or sign in signs for kind, sign in pairs)


def _has_pile_of_marks(text: str) -> bool:
    """Whether a mark stands alone at the start, or too many on one letter."""
    kinds = _kinds(text)
    return kinds.startswith("M") or "M" * (_MARKS_AT_MOST + 1) in kinds


def parse_name(text: str) -> str:
    """A person's name of 1 to 80 characters, in NFC, apostrophes and hyphens straightened.

    Case is kept: only its bearer knows how « de La Tour » is written.
    Raises InvalidAnswerError.
    """
    name = _HYPHENS.sub("-", fold_apostrophes(one_line(text)))
    if not name:
        raise InvalidAnswerError(Fault.NAME_EMPTY)
    if any(character.isdigit() for character in name):
        raise InvalidAnswerError(Fault.NAME_DIGITS)
    if not _is_made_of(name, "LM", _BETWEEN_LETTERS) or _has_pile_of_marks(name):
        raise InvalidAnswerError(Fault.NAME_CHARACTERS)
    if len(name) > 80:
        raise InvalidAnswerError(Fault.NAME_TOO_LONG)
    return name


_ADDRESS: Final = re.compile(
    r"://|\bwww\.|@|\w\.(?:fr|com|org|net|eu|re|gouv|bzh|paris)(?:/|$)", re.IGNORECASE
)
"""A page of the web or a mailbox, which names nobody."""


def parse_employer_name(text: str) -> str:
    """An employer's name of 2 to 120 characters: letters, and digits and punctuation with them.

    A question mark is refused: no employer has one, and a question wants its answer instead.
    Raises InvalidAnswerError.
    """
    name = fold_apostrophes(one_line(text))
    if len(name) < 2:
        raise InvalidAnswerError(Fault.EMPLOYER_NAME_TOO_SHORT)
    if len(name) > 120:
        raise InvalidAnswerError(Fault.EMPLOYER_NAME_TOO_LONG)
    if re.search("[?\u00bf\u037e\u061f\uff1f]", name):
        raise InvalidAnswerError(Fault.EMPLOYER_NAME_QUESTION)
    if _ADDRESS.search(name) or not _is_made_of(name, "LMNPZ", _EMPLOYER_SYMBOLS):
        raise InvalidAnswerError(Fault.EMPLOYER_NAME_CHARACTERS)
    return name


_EMPLOYER_LEAD: Final = re.compile(
    r"(?:(?:(?:c'est|je (?:suis|travaille)|nous sommes)(?: (?:a|au|aux|pour|chez|de|du))?|pour|chez"
    r"|(?:(?:le|mon|notre) )?(?:nom|employeur)(?: de (?:mon|notre) employeur)?(?: est| c'est)?)"
    r"(?: ?: ?| )(?:(?:la|le|les) |l')?)+"
)
_EMPLOYER_ALONE: Final = re.compile(
    r"(?:(?:une?|la|le|l'|ma|mon|notre) ?)?(?:autre |meme )?"
    r"(?:commune|mairie|ville|collectivite|hopital|employeur|etablissement|structure)"
)


def read_employer_name(text: str) -> Understood[str]:
    """An employer's name, « je travaille à la » set aside. Raises InvalidAnswerError."""
    name = parse_employer_name(text)
    lead = _EMPLOYER_LEAD.match(folded(name))
    if lead and lead.end() < len(name):
        name = parse_employer_name(name[lead.end() :])
    if _EMPLOYER_ALONE.fullmatch(folded(name)):
        raise InvalidAnswerError(Fault.EMPLOYER_NAME_TOO_SHORT)
    return Understood(name)


_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL: Final = re.compile(
    rf"(?<![\w.!#$%&'*+/=?^`{{|}}~@-])(?P<local>{_ATOM}(?:\.{_ATOM})*)"
    rf"@(?P<domain>(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]*[a-z0-9]))(?![\w@-])",
    re.IGNORECASE,
)


def parse_email(text: str) -> str:
    """An address and nothing else, as mail in use has it (RFC 5321, nothing quoted or commented).

    The domain comes back in lower case; what stands before the @ as it was typed.
    Raises InvalidAnswerError.
    """
    reading = read_email(re.sub(r"\A<|>\Z|\Amailto:", "", one_line(text), flags=re.IGNORECASE))
    if reading.aside:
        raise InvalidAnswerError(Fault.EMAIL_FORM)
    return reading.value


def read_email(text: str) -> Understood[str]:
    """An address among words: « mon mail est rh@mairie-exemple.fr ». Raises InvalidAnswerError."""
    line = re.sub(r" ?[(\[]?arobase[)\]]? ?|[(\[]at[)\]]", "@", plain_forms(one_line(text)))
    places = []
    for match in _EMAIL.finditer(line):
        if len(match[0]) > 254:  # as much as RFC 5321 leaves between the angle brackets
            raise InvalidAnswerError(Fault.EMAIL_TOO_LONG)
        if len(match["local"]) > 64:
            raise InvalidAnswerError(Fault.EMAIL_FORM)
        address = f"{match['local']}@{match['domain'].lower()}"
        places.append(Candidate(*match.span(), (address,)))
    reading = settle(line, places, Fault.EMAIL_FORM, numbers_beside=True)
    if find_sensitive(reading.value):
        raise InvalidAnswerError(Fault.EMAIL_NUMBER)
    return reading
