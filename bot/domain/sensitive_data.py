"""NIRs and bank numbers standing where nobody asked for them: in a search, a caption.

A NIR in its usual spelling is 13 or 15 characters of its structure, its key right or wrong,
whatever stands between its groups. The difficulty is what must *not* be taken for one: the numbers
of a help desk. Hence these rules, in this order:

1. Characters that show nothing are not there, coded ones (`%20`, `&#50;`) are what they stand for.
   Letters may touch a number on both sides.
2. Digits with nothing between them are one group, never cut. Groups one to three separators (space,
   dot, dash, slash) apart on the same line are a run; a NIR is made of whole groups of one run.
3. A run of 14 digits is never touched, whatever its spacing: it is a SIRET.
4. A run after 88W is the reference of a transfer.
5. The structure of `bot.domain.identifiers` holds: sex, month, department, commune, order.
6. The groups break where those of a NIR do. The fewer breaks, the less they prove (a postcode and
   a telephone number also make 15 digits), the more is asked: that nothing else be in the run, or
   that the key be right, as for groups of one size (« 285 067 500 412 344 »).
7. A number cut by a line break is one when its two halves are whole runs.

`bot.domain.nir_spellings` then reads the text once more, for what has no usual groups.

An IBAN is two letters, two digits and what its country asks for, with a checksum of its own
(ISO 13616); a card number has 13 to 19 digits of which the last agrees with the others by the
formula of Luhn (ISO/IEC 7812). python-stdnum knows both. SIRETs follow Luhn too: a card number is
believed in the lengths and groups of cards only.

What is longer than anybody types counts as sensitive from there on, unread.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from itertools import accumulate, pairwise
from typing import Final
from urllib.parse import unquote

from stdnum import iban, luhn

from bot.domain.identifiers import (
    NIR_LENGTH,
    NIR_LENGTH_WITH_KEY,
    SIRET_LENGTH,
    expected_nir_key,
    has_nir_shape,
    nir_faults,
)
from bot.domain.nir_spellings import find_spelled_nirs
from bot.domain.text import drawn_digits, is_invisible, plain_forms

LONGEST_TEXT: Final = 32 * 4096
"""Characters that are read of one text: as many as a channel puts together of its parts."""

_SIZES: Final = (NIR_LENGTH_WITH_KEY, NIR_LENGTH)
_FEWEST_DIGITS: Final = NIR_LENGTH - 1  # one may be the letter of a Corsican department

# Digits, with the letter of a Corsican department where more digits follow.
_GROUP: Final = re.compile(r"[0-9]+(?:(?<=2)[AaBb](?=[ .\-/]{0,3}[0-9]{3})[0-9]*)?")
_BETWEEN_GROUPS: Final = re.compile(r"[ .\-/]{1,3}")
_CODED: Final = re.compile(
    r"%(?:[23][0-9A-Fa-f]|0[9ADad]|[Cc]2%[Aa]0)|&#(?:[0-9]{2,4}|[xX][0-9A-Fa-f]{2,4});|&nbsp;"
)
"""Blanks, digits and signs as addresses and web pages write them."""
_LINE_CUT: Final = re.compile(r" {0,3}\n {0,3}")
_TRANSFER_PREFIX: Final = re.compile(r"88[Ww][ \-]*$")
_BREAKS: Final = frozenset({1, 3, 5, 7, 10, 13})
_OVERSEAS_BREAK: Final = 8  # 97x and 98x: three digits of department, two of commune.

_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ .\-\n]{0,3}[A-Za-z0-9]){11,30}")
_IBAN_LENGTHS: Final = range(34, 14, -1)
# By the first digits of the networks (ISO/IEC 7812), so that « 2026 0012 3456 7890 » is none: in
# groups of four; American Express has 4, 6 and 5. Behind 88W stands the reference of a transfer.
_CARD: Final = re.compile(
    r"(?<![0-9])(?<!88W)(?<!88W )(?:(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6[05][0-9]{2}"
    r"|35[0-9]{2})(?:[ .\-]{0,3}[0-9]{4}){3}(?:[ .\-]?[0-9]{3})?"
    r"|3[47][0-9]{2}[ .\-]{0,3}[0-9]{6}[ .\-]{0,3}[0-9]{5})(?![0-9])"
)

_Run = list[re.Match[str]]
"""Neighbouring groups of digits, with their places in the visible text."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A place in a text, from one index up to another; never what stands there."""

    start: int
    end: int


def _size(run: _Run) -> int:
    return sum(len(group[0]) for group in run)


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
    """Where NIR stand in a text, in order, by their indexes in it; whatever their spelling."""
    return _found(text, _nirs)


def bank_number_places(text: str) -> list[tuple[int, int]]:
    """The places (start, end) of IBANs and card numbers, in order, none inside another."""
    found = list(_ibans(text))
    for card in _CARD.finditer(text):
        is_inside = any(start <= card.start() < end for start, end in found)
        if not is_inside and luhn.is_valid(re.sub(r"[^0-9]", "", card[0])):
            found.append(card.span())
    return sorted(found)


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """A sentence may go on behind an IBAN: of all lengths, one has the right checksum."""
    for match in _IBAN.finditer(text):
        places = [at for at in range(*match.span()) if text[at].isalnum()]
        for length in _IBAN_LENGTHS:
            ends = places[:length]
            if len(ends) == length and _is_iban("".join(text[at] for at in ends)):
                yield match.start(), ends[-1] + 1
                break


def _is_iban(number: str) -> bool:
    return bool(iban.is_valid(number, check_country=False))  # a bank that is unknown is a bank


def find_bank_numbers(text: str) -> list[TextSpan]:
    """Where IBANs and card numbers stand in a text; what is a NIR too is left to `find_nirs`."""
    nirs = find_nirs(text)
    found = _found(text, bank_number_places)
    return [one for one in found if not any(_overlap(one, nir) for nir in nirs)]


def find_sensitive(text: str) -> list[TextSpan]:
    """Where NIRs, IBANs and card numbers stand in a text, in order."""
    return _merged([*find_nirs(text), *_found(text, bank_number_places)])


def redact_nirs(text: str, mark: str) -> str:
    """The text with `mark` in the place of every NIR."""
    return _redacted(text, find_nirs(text), mark)


def redact_sensitive(text: str, mark: str) -> str:
    """The text with `mark` in the place of every NIR, IBAN and card number."""
    return _redacted(text, find_sensitive(text), mark)


def _found(text: str, find: Callable[[str], list[tuple[int, int]]]) -> list[TextSpan]:
    """What `find` sees in the visible text, by its places in the whole one."""
    if len(text) > LONGEST_TEXT:
        rest = TextSpan(LONGEST_TEXT, len(text))
        return _merged([*_found(text[:LONGEST_TEXT], find), rest])
    decoded = _CODED.sub(_decoded, text)
    places = [place for place, character in enumerate(decoded) if not is_invisible(character)]
    visible = plain_forms(drawn_digits("".join(decoded[place] for place in places)))
    ends = {code.start(): code.end() for code in _CODED.finditer(text)}
    lasts = [(start, places[end - 1]) for start, end in find(visible)]
    return _merged([TextSpan(places[start], ends.get(last, last + 1)) for start, last in lasts])


def _decoded(code: re.Match[str]) -> str:
    """The one character that a code stands for, and invisible ones up to the code's length."""
    return unescape(unquote(code[0])).ljust(len(code[0]), "\0")


def _nirs(visible: str) -> list[tuple[int, int]]:
    """The usual spellings, by their groups, then the others."""
    found = find_spelled_nirs(visible)
    if sum(map(str.isdecimal, visible)) < _FEWEST_DIGITS:
        return found  # as in most messages
    runs = _runs(visible)
    nirs = [nir for run in runs for nir in _nirs_in(run)]
    nirs += _across_lines(visible, runs)
    return found + [(nir[0].start(), nir[-1].end()) for nir in nirs]


def _redacted(text: str, spans: list[TextSpan], mark: str) -> str:
    kept, end = [], 0
    for span in spans:
        kept += [text[end : span.start], mark]
        end = span.end
    return "".join((*kept, text[end:]))


def _overlap(one: TextSpan, other: TextSpan) -> bool:
    return one.start < other.end and other.start < one.end
