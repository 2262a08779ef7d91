"""Names of persons among words: surname at birth and first name, as a secretary writes them.

« Mme DUPONT épouse MARTIN », « MARTIN née Dupont », « DUPONT Marie », « elle s'appelle Le Gall ».
Only its bearer knows which word of « Martin Paul » is the surname: capitals, a comma, « née » or
the words « nom » and « prénom » tell it, else the person is asked.
"""

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from bot.domain.calendar_parts import calendar_parts
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.people import parse_name
from bot.domain.text import one_line
from bot.domain.values import Understood, folded, is_empty_answer


@dataclass(frozen=True, slots=True)
class PersonName:
    """A surname (nom de naissance), and the first name if it was said too."""

    surname: str
    first_name: str = ""

    def __str__(self) -> str:
        """The words that are read as this name and no other."""
        kind = "nom composé" if len(_units(self.surname)) > 1 else "nom"
        return _joined(f"{kind} {self.surname}", self.first_name and f"prénom {self.first_name}")


_TITLE: Final = (
    r"(?:m|mr|mme|mlle|melle|mmes?|monsieur|madame|mademoiselle|dr|docteur|pr|me|maitre)"
)
_LEAD: Final = re.compile(
    rf"(?:(?:ben|alors|oui|non|bonjour|voici|donc)(?:[,:] ?| (?={_TITLE}[ .]))"
    r"|je (?:crois|pense) que |c(?:'?est)?(?: |: ?)"
    r"|(?:(?:il|elle|l'agente?|la personne) )?s'? ?(?:appelle|nomme)[ :]+"
    rf"|(?:pour|de) (?={_TITLE}[ .])"
    r"|(?:(?:son|le|sa|leur) )?(?:prenom|nom(?! d'usage| marital| d'ep))s?(?: complet| usuel)?"
    r"(?: de (?:l'agente?|naissance|famille|jeune fille))?(?: (?:est|c'est))?(?: ?: ?| )"
    r"|(?:l')?agente?(?: (?:est|c'est))?(?: ?: ?| )"
    rf"|{_TITLE}(?:\. ?| ))"
)
_TAIL: Final = re.compile(r"(?<![a-z])(?:je (?:crois|pense)|svp|stp|merci|s'il vous plait|voila)\Z")
_LABEL: Final = re.compile(
    r"(?<![a-z])(?P<key>prenom|nom compose|nom)s?(?: de (?:naissance|famille|jeune fille))?"
    r"(?: est| c'est)?(?: ?: ?| )"
)
_MARRIED: Final = re.compile(
    r"(?<![a-z])(?:epouse|epoux|epse|ep\.?|veuve|vve|divorcee?|mariee|femme"
    r"|(?:nom )?d'usage|nom (?:marital|d'epouse|d'epoux))(?: ?: ?| )"
)
_BORN: Final = re.compile(
    r"(?<![a-z])(?:nee?|nom de (?:naissance|jeune fille))(?: ?: ?| )(?P<birth>[^,()]+)"
)
_BIRTHDAY: Final = re.compile(
    r"(?<![a-z])(?:nee?|date de naissance)(?: ?:)?(?: le| du)? ?\Z|(?<![a-z])(?:le|du) \Z"
)
_BIRTHPLACE: Final = re.compile(r"(?:aux?|a|en) [^,()]*")
_BORN_AT: Final = re.compile(r"(?<![a-z])nee? (?:aux?|a|en) [^,()]*")
_NO_NAME: Final = re.compile(
    r"(?<![a-z'-])(?:je|tu|il|elle|nous|vous|on|ne|pas|plus|sont|dans|avec|pour|voir|que|qui|quoi|mais"
    r"|sais|dossier|pieces?|jointe?s?|mairie|commune|autre|agents?|agente|fichier|courrier"
    r"|meme|celui|celle|ce|cette|ou bien)(?![a-z'-])"
)
_PARTICLES: Final = frozenset(
    """
    le la les l de du des d da do dos di del della van von der den ten ben bel el al abd abdel ait
    ould saint sainte st ste mac mc san santa 't
    """.split()  # noqa: SIM905 -- a list of words reads better as words
)


def read_surname(text: str) -> Understood[PersonName]:
    """The surname at birth, with the first name where it stands beside it.

    Raises InvalidAnswerError; with its `readings` where only the person can tell them apart.
    """
    line, aside = _without_birth(one_line(text).replace(" - ", "-").replace(";", ","))
    if labelled := _labelled(line):
        return Understood(labelled.value, _joined(labelled.aside, aside))
    line = _bare(line)
    is_other_name = _MARRIED.match(folded(line)) is not None  # « veuve Durand »
    line, beside = _at_birth(line)
    said, *others = [part.strip() for part in line.split(",") if part.strip()] or [""]
    if others and _by_capitals(said) is None and _is_first_name(others[0]):
        readings = [_named(said, others.pop(0))]
    else:
        names = [_parted(one) for one in re.split(r" ou | et |/", said)]
        readings = list(dict.fromkeys(name for either in names for name in either))
    aside = _joined(*others, beside, aside)
    if len(readings) > 1 or is_other_name:
        told = tuple(_joined(str(one), aside) for one in readings)
        raise InvalidAnswerError(Fault.NAME_SEVERAL, told)
    return Understood(readings[0], aside)


def read_first_name(text: str, surname: str = "") -> Understood[str]:
    """A first name; the surname known already may stand beside it. Raises InvalidAnswerError."""
    line, aside = _without_birth(one_line(text))
    first, *others = re.split(r" ?[,;(] ?", _bare(line))
    first = _without(surname, first)
    if by_capitals := _by_capitals(first):
        aside, first = _joined(by_capitals.surname, aside), by_capitals.first_name
    return Understood(_checked(first), _joined(*others, aside).strip(" )"))


def read_last_name(text: str, first_name: str = "") -> Understood[str]:
    """The name that somebody bears, the first name known already beside it or not.

    Raises InvalidAnswerError.
    """
    line = _without(first_name, _bare(one_line(text)))
    by_capitals = _by_capitals(line)
    return Understood(_checked(by_capitals.surname if by_capitals else line))


def _without(known: str, line: str) -> str:
    """The line without a name that is known, unless nothing else stands there."""
    rest = [unit for unit in _units(line) if folded(unit) != folded(known)]
    return " ".join(rest) or line


def _labelled(line: str) -> Understood[PersonName] | None:
    """« Nom : Durand, prénom : Anne », « nom composé Garcia Lopez »; None for other lines."""
    labels = list(_LABEL.finditer(folded(line)))
    said, aside = {}, ""
    for label, after in zip_longest(labels, labels[1:]):
        segment = line[label.end() : after.start() if after else len(line)].strip(" ,;")
        value, _, rest = segment.partition(",")
        for tail in (" et le", " et son", " et"):
            value = value.removesuffix(tail)
        said[label["key"]], aside = value, _joined(aside, rest)
    if "nom compose" in said:
        return Understood(_named(said["nom compose"]), aside)
    if "nom" in said and "prenom" in said:
        return Understood(_named(said["nom"], said["prenom"]), aside)
    return None


def _at_birth(line: str) -> tuple[str, str]:
    """The name at birth of « MARTIN née DUPONT », « DUPONT épouse MARTIN », and the other one."""
    words = folded(line)
    if born := _BORN.search(words):
        before, after = line[: born.start()].strip(" ,("), line[born.end() :].strip(" ,)")
        name = line[slice(*born.span("birth"))]
        if by_capitals := _by_capitals(before):  # « MARTIN Anne née DUPONT »
            return f"{name}, {by_capitals.first_name}", _joined(by_capitals.surname, after)
        return name, _joined(before, after)
    married = _MARRIED.search(words)
    if married and married.start():
        return line[: married.start()].strip(" ,("), line[married.start() :].strip(" )")
    if married:
        return line[married.end() :], ""
    return line, ""


def _bare(line: str) -> str:
    """The line without titles, « elle s'appelle », « je crois »."""
    while lead := _LEAD.match(folded(line)):
        if lead.end() == len(line):
            break
        line = line[lead.end() :]
    line = line.strip(" .,;:!")
    while tail := _TAIL.search(folded(line)):
        line = line[: tail.start()].rstrip(" .,;:!")
    return line


def _without_birth(line: str) -> tuple[str, str]:
    """The line without day and place of a birth, and these: « née le 03/06/1985 à Lyon »."""
    words = folded(line)
    start = end = len(words)
    for part in calendar_parts(words):
        if part.months and part.day and part.year:
            born = _BIRTHDAY.search(words, 0, part.start)
            start, end = born.start() if born else part.start, part.end
            place = _BIRTHPLACE.match(words, end + 1)
            end = place.end() if place else end
            break
    else:
        place = _BORN_AT.search(words)
        if place:
            start, end = place.span()
    before, after = line[:start].strip(" ,("), line[end:].strip(" ,.)")
    if not before:
        return after, line[start:end].strip()
    return before, _joined(line[start:end], after)


def _joined(*parts: str) -> str:
    return ", ".join(part.strip() for part in parts if part.strip())


def _parted(line: str) -> tuple[PersonName, ...]:
    """The names that a line may be: sure by capitals, or as one word."""
    by_capitals = _by_capitals(line)
    if by_capitals is not None:
        return (_named(by_capitals.surname, by_capitals.first_name),)
    units = _units(line)
    if len(units) < 2:
        return (_named(line),)
    first, last, rest, start = units[0], units[-1], " ".join(units[1:]), " ".join(units[:-1])
    return _named(first, rest), _named(last, start), _named(line)


def _is_first_name(words: str) -> bool:
    """Behind a comma: one word, or several with capitals."""
    return len(words.split()) == 1 or all(word[0].isupper() for word in words.split())


def _by_capitals(line: str) -> PersonName | None:
    """« DUPONT Marie », « Anne-Marie LE GALL »: the surname in capitals; None for other lines."""
    units = _units(line)
    capitals = [unit for unit in units if unit.isupper() and len(unit) > 1]
    if not capitals or len(capitals) == len(units):
        return None
    others = [unit for unit in units if unit not in capitals]
    if units not in (capitals + others, others + capitals):
        return None
    return PersonName(" ".join(capitals), " ".join(others))


def _units(line: str) -> list[str]:
    """The words of a name, « de La Tour » being one."""
    units: list[str] = []
    holds = False
    for word in line.split():
        if holds:
            units[-1] += f" {word}"
        else:
            units.append(word)
        holds = folded(word).strip(".") in _PARTICLES
    return units


def _named(surname: str, first_name: str = "") -> PersonName:
    return PersonName(_checked(surname), _checked(first_name) if first_name.strip() else "")


def _checked(name: str) -> str:
    """Raises InvalidAnswerError for what is no name."""
    if _NO_NAME.search(folded(name)) or is_empty_answer(name):
        raise InvalidAnswerError(Fault.NAME_SENTENCE)
    return parse_name(name.strip(" ,;:"))
