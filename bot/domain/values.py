"""Values among words: what every reader of an answer does with the words around a value.

« c'est à compter du 01/09/2026 je crois », « pas l'ircantec, la cnracl », « 12 ou 15 mars 2026 ».
A reader (`dates`, `amounts`, `identifiers`, `people`, `names`) finds the places where a value of
its kind stands; `settle` decides whether one value is meant. A wrong value noted with assurance is
the worst fault of a form: where another number or a negation stands beside the value nothing is
taken, and where two values are possible the person is asked.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from bot.domain.errors import InvalidAnswerError
from bot.domain.short_replies import comparable, reads_like_a_question, short_line
from bot.domain.text import plain_forms, without_accents

ValueT = TypeVar("ValueT")

MOST_READINGS: Final = 4
"""Values that a person is asked to choose from; where there are more the question is asked anew."""


@dataclass(frozen=True, slots=True)
class Understood(Generic[ValueT]):
    """What a text was read as: the value, and the words left aside, usual ones not counted."""

    value: ValueT
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Candidate(Generic[ValueT]):
    """Where a value stands in a line, and what it may be: « 03/06/05 » has two values."""

    start: int
    end: int
    values: tuple[ValueT, ...]


def folded(text: str) -> str:
    """Lower case, no accents, plain digits and signs: one character for one of the text."""
    plain = plain_forms(text)
    if plain.isascii():  # most cells of a file; nothing there has an accent
        return without_accents(plain).lower()
    return "".join(map(_folded, plain))


def _folded(character: str) -> str:
    bare = without_accents(character).lower()
    return bare if len(bare) == 1 else character


def settle(
    text: str,
    places: Sequence[Candidate[ValueT]],
    fault: StrEnum,
    *,
    write: Callable[[ValueT], str] = str,
    numbers_beside: bool = False,
) -> Understood[ValueT]:
    """The one value that is meant by a line (`one_line`).

    `numbers_beside`: the value has a sign of its own (« € »), so that other numbers may stand by.
    Raises InvalidAnswerError with `fault`: no value stands there, or what stands around makes it
    unsure; with its `readings`, as `write` writes them, where several values are possible.
    """
    words = folded(text)
    meant: list[Candidate[ValueT]] = []
    denied: list[Candidate[ValueT]] = []
    for place in places:
        negation = _NEGATION_BEFORE.search(words, 0, place.start)
        if negation:
            denied.append(Candidate(negation.start(), place.end, ()))
        else:
            meant.append(place)
    values = tuple(dict.fromkeys(value for place in meant for value in place.values))
    rest = _HARMLESS.sub(" ", " ".join(_beside(words, [*meant, *denied])))
    has_numbers = not numbers_beside and any(map(str.isdecimal, rest))
    aside = left_aside(text, [*meant, *denied])
    is_question = bool(aside) and reads_like_a_question(text)
    if not values or has_numbers or is_question or _NEGATION.search(rest):
        raise InvalidAnswerError(fault)
    if len(values) > 1:
        shown = values if len(values) <= MOST_READINGS else ()
        raise InvalidAnswerError(fault, tuple(map(write, shown)))
    return Understood(values[0], aside)


def named_places(text: str, name: str, value: ValueT) -> Iterator[Candidate[ValueT]]:
    """Where a name stands in a line as a word of its own, whatever its case and accents."""
    words, name = folded(text), folded(name)
    start = words.find(name)
    while start >= 0:
        end = start + len(name)
        if not words[start - 1 : start].isalnum() and not words[end : end + 1].isalnum():
            yield Candidate(start, end, (value,))
        start = words.find(name, end)


def _beside(text: str, places: Sequence[Candidate[ValueT]]) -> list[str]:
    """The pieces of a text around the places, in order."""
    pieces, end = [], 0
    for place in sorted(places, key=lambda place: place.start):
        pieces.append(text[end : place.start])
        end = place.end
    return [*pieces, text[end:]]


def left_aside(text: str, places: Sequence[Candidate[ValueT]]) -> str:
    """The words around the places without those that usually stand around an answer."""
    kept = [_without_usual_words(piece) for piece in _beside(text, places)]
    return ", ".join(piece for piece in kept if piece)


def _without_usual_words(piece: str) -> str:
    """« c'est à compter du », « inclus, je crois » leave nothing; « vu avec le DRH » stays."""
    words = piece.strip(" ,;:.-()").split()
    while words and is_usual_word(words[-1]):
        words.pop()
    while words and is_usual_word(words[0]) and folded(words[0]) not in ("a", "au", "aux"):
        words.pop(0)
    return " ".join(words).strip(" ,;:-")


def is_usual_word(word: str) -> bool:
    """Whether a word usually stands around an answer, as « du », « c'est », « n° »."""
    parts = re.findall(r"[a-z0-9€]+", folded(word))
    return all(part in _USUAL for part in parts)


_USUAL: Final = frozenset(
    """
    a au aux mais ou c ca ce cela cest cet cette d dans de depuis des du en est et etait etre il
    elle l la le les leur lui ma mes mon notre nos on par pour sa sera ses soit son sont sur un
    une votre vos y alors ben bonjour bonsoir bien merci oui ok svp stp voici voila donc plutot
    exactement precisement je j crois pense suppose sauf erreur prevu prevue fixe fixee compter
    partir inclu inclus incluse compris comprise date jour mois annee exercice periode naissance
    deces effet ne nee lundi mardi mercredi jeudi vendredi samedi dimanche montant somme total
    euro euros eur adresse mail mailto mel email voir e courriel electronique numero num no n
    siret siren nir secu securite sociale cle clef reference ref virement fonds fond caisse
    employeur agent agente concerne concernee contrat immatriculation dossier demande identifiant
    que qu entre
    """.split()  # noqa: SIM905 -- a list of words reads better as words
)
"""Words that usually stand around an answer and say nothing about it."""

_DENIALS: Final = r"(?<![a-z])(?:pas|sauf|ni|hors|hormis|excepte|non|au lieu|plutot que|jamais)"
# « non titulaire » denies no value, nor does « Pas-de-Calais ».
_NEGATION: Final = re.compile(
    rf"(?!non [a-z]{{4}}){_DENIALS}(?![a-z-])|(?<![a-z])(?:aucune?|fausse?|faux)(?![a-z])"
)
_NEGATION_BEFORE: Final = re.compile(
    rf"{_DENIALS}(?: (?:aux?|avec|celle|celui|chez|de|des|du|en|la|les?|par|pour|sur|une?))*+"
    r"(?: [dl]'| d'une?)? ?\Z"
)
_HARMLESS: Final = re.compile(
    r"^ *non ?[,.:] ?|sauf erreur(?: de (?:ma|notre) part)?"
    r"|(?<![a-z0-9])[0-9]{1,2} ?h(?:eures?)? ?(?:[0-9]{2})?(?![a-z0-9])"
)


def denies(text: str) -> bool:
    """« pas ircantec », « tous sauf la RAFP »: what is named is not what is meant."""
    return _NEGATION.search(_HARMLESS.sub(" ", folded(text))) is not None


_UNKNOWN: Final = (
    r"j[e']?\s*(?:ne |n')?(?:l'?|le |la |les |en )?(?:ai|sais|connais|trouve|retrouve)"
    r" (?:pas|plus|aucune?)\b.*"
    r"|j'?ai (?:pas|plus|aucune?)\b.*"
    r"|je (?:l'?|le |la )?(?:ai|sais|connais|trouve) (?:pas|plus)\b.*"
    r"|(?:je )?sais (?:pas|plus)\b.*|pas (?:de |d'|le |la |son |sa )[^\d]{1,30}"
    r"|jsp|jsais pas|chais pas|nsp|aucune? idee|inconnue?s?|aucune?|pas besoin"
)
_LEFT_EMPTY: Final = (
    r"non(?: merci)?|rien(?: a (?:signaler|declarer|dire))?|neant|ras|vide|n[./]?[ca]\.?"
    r"|(?:non|pas(?: encore)?) (?:renseigne|communique|connu|precise|dispo(?:nible)?|concerne"
    r"|applicable)e?s?|pas encore|sans (?:objet|reponse)|[?!./\\_*x \-]+"
)
_ELSEWHERE: Final = (
    r"(?:idem|pareil|(?:la |le )?meme(?: chose)?|comme)"
    r"(?: (?:que )?(?:precedemment|avant|(?:ci-?|au[- ])dessus|plus haut))?"
    r"|(?:(?:voir|cf\.?|vu|dans|sur|en|regardez)[ :]+)*+(?:(?:le|la|les|ma|mes|mon|vos) )?"
    r"(?:pj|p\.j|pieces?[- ]jointes?|annexes?|(?:ci[- ]?)joints?|ci[- ]dessus|plus haut|dossier"
    r"|courrier|mail|photo|fichier|document)(?: (?:ci[- ]?)?jointe?s?)?"
    r"|(?:a |en )(?:completer|voir|definir|preciser|venir|suivre|attente)|plus tard|ulterieurement"
)
_EMPTY: Final = re.compile(f"{_UNKNOWN}|{_LEFT_EMPTY}|{_ELSEWHERE}")
_NO_STORY: Final = re.compile(f"{_LEFT_EMPTY}|{_ELSEWHERE}")


def is_empty_answer(text: str, *, in_own_words: bool = False) -> bool:
    """« je ne l'ai pas », « idem », « voir PJ », « - », « ??? »: words of an empty box.

    `in_own_words`: a situation is to be told, and « je ne trouve pas l'agent » tells one.
    """
    words = short_line(text)
    if not words:  # nothing but full stops, or a story
        return bool(text.strip()) and not comparable(text)
    return (_NO_STORY if in_own_words else _EMPTY).fullmatch(words) is not None
