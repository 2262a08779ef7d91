"""NIRs, passwords and one-time codes standing where nobody asked for them: in a search, a caption.

A NIR in a sentence is 13 or 15 characters of its structure, its key right or wrong, whatever stands
between its groups. The difficulty is what must *not* be taken for one: the numbers of a help desk.
Hence these rules, in this order:

1. Characters that show nothing are not there. Letters may touch a number on both sides.
2. Digits with nothing between them are one group, never cut. Groups one to three separators (space,
   dot, dash, slash) apart on the same line are a run; a NIR is made of whole groups of one run.
3. A run of 14 digits is never touched, whatever its spacing: it is a SIRET.
4. A run after 88W is the reference of a transfer.
5. The structure of `bot.domain.identifiers` holds: sex, month, department, commune, order.
6. The groups break where those of a NIR do. The fewer breaks, the less they prove (a postcode and
   a telephone number also make 15 digits), the more is asked: that nothing else be in the run, or
   that the key be right, as for groups of one size (« 285 067 500 412 344 »).
7. A number cut by a line break is one when its two halves are whole runs.

A password or a code is recognised only when announced: the name of the secret, a sign that its
value comes (or at once the value, where it can be nothing else), then the value: « mon code est
482913 », « mdp : Soleil2024! ». What a help desk reads all day is left alone: « mot de passe
oublié », « mon mot de passe est expiré », « code postal 75001 ».

What is longer than anybody types counts as sensitive from there on, unread.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

from bot.domain.identifiers import (
    NIR_LENGTH,
    NIR_LENGTH_WITH_KEY,
    SIRET_LENGTH,
    expected_nir_key,
    has_nir_shape,
    nir_faults,
)
from bot.domain.text import clean, is_invisible, plain_forms, without_accents

LONGEST_TEXT: Final = 32 * 4096
"""Characters that are read of one text: as many as a channel puts together of its parts."""

_SIZES: Final = (NIR_LENGTH_WITH_KEY, NIR_LENGTH)
_FEWEST_DIGITS: Final = NIR_LENGTH - 1  # one may be the letter of a Corsican department

# Digits, with the letter of a Corsican department where more digits follow.
_GROUP: Final = re.compile(r"[0-9]+(?:(?<=2)[AaBb](?=[ .\-/]{0,3}[0-9]{3})[0-9]*)?")
_BETWEEN_GROUPS: Final = re.compile(r"[ .\-/]{1,3}")
_LINE_CUT: Final = re.compile(r" {0,3}\n {0,3}")
_TRANSFER_PREFIX: Final = re.compile(r"88[Ww][ \-]*$")
_BREAKS: Final = frozenset({1, 3, 5, 7, 10, 13})
_OVERSEAS_BREAK: Final = 8  # 97x and 98x: three digits of department, two of commune.

_Run = list[re.Match[str]]
"""Neighbouring groups of digits, with their places in the visible text."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A place in a text, from one index up to another; never what stands there."""

    start: int
    end: int


def _size(run: _Run) -> int:
    return sum(len(group[0]) for group in run)


def _span(run: _Run) -> TextSpan:
    return TextSpan(run[0].start(), run[-1].end())


def _reads_as_nir(run: _Run, *, is_alone: bool) -> bool:
    """Whether all the groups of a run together are a NIR (rules 5 and 6)."""
    characters = "".join(group[0] for group in run).upper()
    if not has_nir_shape(characters) or any(nir_faults(characters[:NIR_LENGTH])):
        return False
    sizes = [len(group[0]) for group in run]
    breaks = set(accumulate(sizes[:-1]))
    if characters[5:7] in ("97", "98"):
        breaks.discard(_OVERSEAS_BREAK)
    if breaks <= {NIR_LENGTH}:
        return True
    # « 1/12/2019 125 450 »: a day, a month, a year, where a NIR would have month 20.
    if breaks & {1, 3, 5} == {1, 3} and characters[3:5] == "20":
        return False
    if breaks <= _BREAKS and len(breaks) >= 3:
        return True
    return is_alone and _reads_as_nir_alone(characters, sizes, breaks)


def _reads_as_nir_alone(characters: str, sizes: list[int], breaks: set[int]) -> bool:
    """The same for a run that is nothing else, its breaks being few or odd."""
    are_even = len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]  # « 285 067 500 412 344 »
    if are_even and sizes[0] == 1:
        return True
    if breaks <= _BREAKS and not are_even and (len(breaks) == 2 or breaks == {1}):
        return True
    has_right_key = characters[NIR_LENGTH:] == expected_nir_key(characters[:NIR_LENGTH])
    return (breaks <= _BREAKS or are_even) and has_right_key


def _runs(text: str) -> list[_Run]:
    """The runs of a visible text, in order (rules 2 and 4)."""
    runs: list[_Run] = []
    for group in _GROUP.finditer(text):
        if runs and _BETWEEN_GROUPS.fullmatch(text, runs[-1][-1].end(), group.start()):
            runs[-1].append(group)
        else:
            runs.append([group])
    return [run for run in runs if not _is_transfer(text, run[0].start())]


def _is_transfer(text: str, start: int) -> bool:
    return _TRANSFER_PREFIX.search(text, max(0, start - 6), start) is not None


def _nirs_in(run: _Run) -> Iterator[_Run]:
    """The NIR among the groups of a run, from the left, with their key where one follows."""
    if _size(run) == SIRET_LENGTH:
        return
    if _size(run) in _SIZES and _reads_as_nir(run, is_alone=True):
        yield run
        return
    start = 0
    while start < len(run):
        near = run[start : start + NIR_LENGTH_WITH_KEY]
        sizes = list(accumulate(len(group[0]) for group in near))
        found = (near[: sizes.index(size) + 1] for size in _SIZES if size in sizes)
        nir = next((part for part in found if _reads_as_nir(part, is_alone=False)), None)
        if nir:
            yield nir
        start += len(nir) if nir else 1


def _across_lines(text: str, runs: list[_Run]) -> Iterator[_Run]:
    """NIR whose groups go on in the next line (rule 7)."""
    for first, second in pairwise(runs):
        both = first + second
        if _LINE_CUT.fullmatch(text, first[-1].end(), second[0].start()) and (
            _size(both) in _SIZES and _reads_as_nir(both, is_alone=False)
        ):
            yield both


def _merged(spans: list[TextSpan]) -> list[TextSpan]:
    """In order, those that overlap as one."""
    merged: list[TextSpan] = []
    for span in sorted(spans, key=lambda span: span.start):
        if merged and span.start < merged[-1].end:
            last = merged.pop()
            merged.append(TextSpan(last.start, max(span.end, last.end)))
        else:
            merged.append(span)
    return merged


def find_nirs(text: str) -> list[TextSpan]:
    """Where NIR stand in a text, in order, by their indexes in it."""
    if len(text) > LONGEST_TEXT:
        rest = TextSpan(LONGEST_TEXT, len(text))
        return _merged([*find_nirs(text[:LONGEST_TEXT]), rest])
    if sum(map(str.isdecimal, text)) < _FEWEST_DIGITS:
        return []  # as in most messages
    places = [place for place, character in enumerate(text) if not is_invisible(character)]
    visible = plain_forms("".join(text[place] for place in places))
    runs = _runs(visible)
    found = [_span(nir) for run in runs for nir in _nirs_in(run)]
    found += [_span(nir) for nir in _across_lines(visible, runs)]
    return [TextSpan(places[span.start], places[span.end - 1] + 1) for span in _merged(found)]


def redact_nirs(text: str, mark: str) -> str:
    """The text with `mark` in the place of every NIR."""
    kept, end = [], 0
    for span in find_nirs(text):
        kept += [text[end : span.start], mark]
        end = span.end
    return "".join((*kept, text[end:]))


# Passwords and one-time codes. Names are matched without accents, in any case.

_SIGN: Final = (
    r"(?P<sign>,? (?:c'est|est|etait|is)(?: bien)?(?: le)?(?: ?:)?\s| ?(?:[:=]|->|=>)\s*)"
)
_OPENING: Final = r"[\"'«»“”(\[<]* ?"

_NAME: Final = r"(?:mots? ?de ?passe|mdp|passwords?|passwd|passphrase|pwd)"
# A name may be qualified (« mot de passe de la mairie »), but not by what ends the announcement:
# a state of the password, or the name of another thing.
_ENDS_NAME: Final = (
    r"(?:et|ou|a|n'|ne|pas|plus|non|doit|fait|contient|avec|sans|mon|oubli\w*|perd\w*|expir\w*"
    r"|bloqu\w*|invalid\w*|incorrect\w*|refus\w*|chang\w*|reinit\w*|renouvel\w*|errone\w*|faux"
    r"|identifiants?|logins?|siret|siren|nir|tel\w*|mails?|e-mails?|courriels?|adresses?|numeros?"
    r"|codes?|messages?|erreurs?|liens?)"
)
_QUALIFIERS: Final = rf"(?P<qualifiers>(?: (?!{_ENDS_NAME}\b|(?:c'est|est|is)\b)[\w'-]++){{0,5}}?)"
_PASSWORD_ANNOUNCED: Final = re.compile(
    rf"\b{_NAME}{_QUALIFIERS}{_SIGN}{_OPENING}(?P<value>\S+)(?P<rest>[^\n]*)", re.IGNORECASE
)
_PASS_ANNOUNCED: Final = re.compile(r"\bpass ?[:=]\s*(?P<value>\S+)", re.IGNORECASE)
_PASSWORD_AT_ONCE: Final = re.compile(rf"\b{_NAME} {_OPENING}(?P<value>\S+)", re.IGNORECASE)
_VALUE_BEFORE: Final = re.compile(
    rf",? (?:est|c'est|is)(?: bien)? (?:mon|le|notre|son|my|the) {_NAME}\b", re.IGNORECASE
)
_SHORTEST, _SHORTEST_AT_ONCE, _LONGEST = 4, 6, 128
# What stands after « mot de passe : » or « est » and is no password, though a lone word.
_ORDINARY_WORD: Final = re.compile(
    _ENDS_NAME
    + r"|urgent\w*|bonjour|bonsoir|merci|svp|aide|probleme|comment|pourquoi|quoi|que|quel"
    r"|quelle|ou|procedure|demande|question|trop|tres|toujours|encore|deja|jamais|impossible|inconnu"
    r"|inactif|valable|valide|correct|bon|mauvais|rejete|errone|ok|oui|temporaire|provisoire"
    r"|obligatoire|personnel|confidentiel|secret|securise|complexe|inchange|illisible|manquant|vide"
    r"|introuvable|arrive|envoye|recu|demande|desactive|active|suspendu|verrouille|compromis|creation"
    r"|modification|acces|connexion|compte|plateforme|cnracl|ircantec|rafp|atiacl|fiphfp|peps|pep's"
    r"|dsn|rh|ci-dessous|ci-joint|ci-dessus",
    re.IGNORECASE,
)
_NOT_PASSWORD: Final = re.compile(
    r"[^\s@]++@[^\s@.]++\.\S++|(?:https?://|www\.)\S++|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{14}|(?:19|20)\d\d"
    r"|\d++(?:j|jours?|h|heures?|min|minutes?|s|mois|ans?|fois|caracteres?|chiffres?|e)|\d+h\d+",
    re.IGNORECASE,
)
_SIGNS_OF_PASSWORDS: Final = frozenset("!@#$%^&*+=_£§~?")

# What makes « code » a secret one. « Code postal », « code APE », « code erreur » have none of it.
_QUALIFIED: Final = (
    r"(?:secret|personnel|confidentiel|temporaire|provisoire|unique|recu|envoye|affiche|otp|pin|sms"
    r"|ce matin|hier|a usage unique|a (?:4|6|8|quatre|six|huit) chiffres|que j'ai recu"
    r"|que je viens de recevoir|qu'on m'a envoye|qui s'affiche|(?:de |d'|par |sur )?(?:securite"
    r"|verification|validation|connexion|confirmation|acces|activation|authentification"
    r"|double authentification|identification|sms|mail|courriel|telephone|mon telephone)"
    r"|(?:de |sur )?(?:la plateforme|pep'?s))"
)
_SECRET_CODE: Final = (
    rf"(?:codes?(?: {_QUALIFIED}\b)++|(?:code )?(?:otp|pin)"
    r"|(?:mon|notre|voici le|c'est le|recu le|tape le|saisi le|entre le) code"
    rf"(?: {_QUALIFIED}\b)*+)"
)
_DATE: Final = r"[0-3]?\d[ .\-](?:0?[1-9]|1[0-2])[ .\-](?:19|20)\d\d"
_DIGITS: Final = (
    rf"(?!{_DATE})(?P<value>\d(?:[ .\-]?\d){{3,7}})(?![ .,\-/]?\d|\w| ?(?:€|euros?\b|eur\b))"
)
_MIXED: Final = (
    r"(?=[a-z]{0,12}\d)(?=\d{0,12}[a-z])(?!\d{1,12}(?:h\d*|j|jours?|min|mois|ans)\b)[a-z\d]{4,12}\b"
)
_SECRET_CODE_ANNOUNCED: Final = re.compile(
    rf"\b{_SECRET_CODE}(?:{_SIGN}{_OPENING}(?:{_DIGITS}|{_MIXED})"
    rf"|,? {_OPENING}(?!(?:19|20)\d\d\b){_DIGITS.replace('value', 'at_once')})",
    re.IGNORECASE,
)
_CODE_ANNOUNCED: Final = re.compile(
    rf"(?<!erreur )(?<!anomalie )(?<!message )(?<!rejet )\bcode{_SIGN}{_OPENING}{_DIGITS}",
    re.IGNORECASE,
)
_CODE_BEFORE: Final = re.compile(
    rf"\b{_DIGITS},? (?:est|c'est)(?: bien)? (?:mon|le|notre) code(?: {_QUALIFIED}\b)*+"
    r"(?= *(?:[.,;:!)\n]|$))",
    re.IGNORECASE,
)


def _bare(token: str) -> str:
    """A token without the quotes around it and the punctuation of the sentence."""
    return token.strip("\"'«»“”()[]<>").rstrip(".,;:")


def _has_digit_and_letter(token: str) -> bool:
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token))


def _looks_chosen(token: str) -> bool:
    """Whether a token has what sentences have not: digits among letters, signs, inner capitals."""
    if len(token) < _SHORTEST or _NOT_PASSWORD.fullmatch(token):
        return False
    has_sign = any(sign in token.rstrip("?!") for sign in _SIGNS_OF_PASSWORDS)
    has_inner_capital = re.search("[a-z][A-Z]", token) is not None
    return token.isdigit() or _has_digit_and_letter(token) or has_sign or has_inner_capital


def _is_lone_word(match: re.Match[str], token: str) -> bool:
    """A word that can only be the value: capitalised after « est », or alone after a colon."""
    word = token.rstrip("?!")
    if len(word) < _SHORTEST or not word.isalpha() or _ORDINARY_WORD.fullmatch(word):
        return False
    if match["qualifiers"] or "?" in token:
        return False
    is_alone = not match["rest"].strip(" .!)»\"'")
    if re.search("[:=>]", match["sign"]):
        return is_alone
    return is_alone and word[0].isupper() and not match[0][:3].isupper()


def _announces_password(text: str) -> bool:
    for match in _PASSWORD_ANNOUNCED.finditer(text):
        token = _bare(match["value"])
        if _looks_chosen(token) or _is_lone_word(match, token):
            return True
    certain = [match["value"] for match in _PASS_ANNOUNCED.finditer(text)]
    for match in _VALUE_BEFORE.finditer(text):
        certain += text[max(0, match.start() - _LONGEST) : match.start()].split()[-1:]
    if any(_looks_chosen(_bare(token)) for token in certain):
        return True
    at_once = (_bare(match["value"]) for match in _PASSWORD_AT_ONCE.finditer(text))
    return any(
        len(token) >= _SHORTEST_AT_ONCE and _has_digit_and_letter(token) and _looks_chosen(token)
        for token in at_once
    )


def _announces_code(text: str) -> bool:
    if _SECRET_CODE_ANNOUNCED.search(text) or _CODE_BEFORE.search(text):
        return True
    codes = (re.sub(r"\D", "", match["value"]) for match in _CODE_ANNOUNCED.finditer(text))
    return any(len(digits) != 5 for digits in codes)  # five are a postcode


def announces_secret(text: str) -> bool:
    """Whether a text gives a password or a one-time code, named as such."""
    if len(text) > LONGEST_TEXT:
        return True
    lines = re.sub(r" +", " ", without_accents(plain_forms(clean(text))))
    return _announces_password(lines) or _announces_code(lines)
