"""NIRs standing where nobody asked for them: in a search, a description, a caption.

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

What is longer than anybody types counts as one from there on, unread.
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
from bot.domain.text import is_invisible, plain_forms

LONGEST_TEXT: Final = 32 * 4096
"""Characters that are read of one text: as many as a channel puts together of its parts."""

_SIZES: Final = (NIR_LENGTH_WITH_KEY, NIR_LENGTH)
_FEWEST_DIGITS: Final = NIR_LENGTH - 1  # one may be the letter of a Corsican department

# Digits, with the letter of a Corsican department where more digits follow.
_GROUP: Final = re.compile(r"[0-9]+(?:(?<=2)[AaBb](?=[ .\-/]{0,3}[0-9]{3})[0-9]*)?")
_BETWEEN_GROUPS: Final = re.compile(r"[ .\-/]{1,3}")
_LINE_CUT: Final = re.compile(r" {0,3}\n {0,3}")
_TRANSFER_PREFIX: Final = re.compile(r"88[Ww][ \-]*$")
_TRANSFER_PREFIX_REACH: Final = 6
_BREAKS: Final = frozenset({1, 3, 5, 7, 10, 13})
_OVERSEAS_BREAK: Final = 8  # 97x and 98x: three digits of department, two of commune.
_OVERSEAS: Final = frozenset({"97", "98"})
_CONVINCING_BREAKS: Final = 3
_FEW_BREAKS: Final = 2
_SEX_YEAR: Final = frozenset({1, 3})
_SEX_YEAR_MONTH: Final = frozenset({1, 3, 5})


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A place in a text, from one index up to another; never what stands there."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, repr=False)
class _Run:
    """Neighbouring groups of digits, with their places in the visible text."""

    groups: tuple[str, ...]
    places: tuple[TextSpan, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.groups))

    @property
    def span(self) -> TextSpan:
        return TextSpan(self.places[0].start, self.places[-1].end)

    def part(self, start: int, end: int) -> "_Run":
        return _Run(self.groups[start:end], self.places[start:end])

    def then(self, other: "_Run") -> "_Run":
        return _Run(self.groups + other.groups, self.places + other.places)


def _is_structured(characters: str) -> bool:
    return has_nir_shape(characters) and not any(nir_faults(characters[:NIR_LENGTH]))


def _has_right_key(characters: str) -> bool:
    return characters[NIR_LENGTH:] == expected_nir_key(characters[:NIR_LENGTH])


def _are_of_one_size(groups: tuple[str, ...]) -> bool:
    """« 285 067 500 412 344 »: all of a size, the last perhaps shorter."""
    sizes = [len(group) for group in groups]
    return len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0]


def _is_led_by_date(characters: str, breaks: set[int]) -> bool:
    """« 1/12/2019 125 450 »: a day, a month, a year, where a NIR would have month 20."""
    return breaks & _SEX_YEAR_MONTH == _SEX_YEAR and characters[3:5] == "20"


def _reads_as_nir(run: _Run, *, is_alone: bool) -> bool:
    """Whether all the groups of a run together are a NIR (rules 5 and 6)."""
    characters = "".join(run.groups).upper()
    if not _is_structured(characters):
        return False
    breaks = set(accumulate(map(len, run.groups[:-1])))
    if characters[5:7] in _OVERSEAS:
        breaks.discard(_OVERSEAS_BREAK)
    if breaks <= {NIR_LENGTH}:
        return True
    if _is_led_by_date(characters, breaks):
        return False
    if breaks <= _BREAKS and len(breaks) >= _CONVINCING_BREAKS:
        return True
    return is_alone and _reads_as_nir_alone(run.groups, breaks)


def _reads_as_nir_alone(groups: tuple[str, ...], breaks: set[int]) -> bool:
    """The same for a run that is nothing else, its breaks being few or odd."""
    are_even = _are_of_one_size(groups)
    if are_even and len(groups[0]) == 1:
        return True
    if breaks <= _BREAKS and not are_even and (len(breaks) == _FEW_BREAKS or breaks == {1}):
        return True
    return (breaks <= _BREAKS or are_even) and _has_right_key("".join(groups).upper())


def _runs(text: str) -> list[_Run]:
    """The runs of a visible text, in order (rules 2 and 4)."""
    runs: list[list[re.Match[str]]] = []
    for group in _GROUP.finditer(text):
        if runs and _BETWEEN_GROUPS.fullmatch(text, runs[-1][-1].end(), group.start()):
            runs[-1].append(group)
        else:
            runs.append([group])
    return [_run_of(groups) for groups in runs if not _is_transfer(text, groups[0].start())]


def _run_of(groups: list[re.Match[str]]) -> _Run:
    places = tuple(TextSpan(group.start(), group.end()) for group in groups)
    return _Run(tuple(group[0] for group in groups), places)


def _is_transfer(text: str, start: int) -> bool:
    return _TRANSFER_PREFIX.search(text, max(0, start - _TRANSFER_PREFIX_REACH), start) is not None


def _parts(run: _Run) -> Iterator[_Run]:
    """The NIR among the groups of a run, from the left, with their key where one follows."""
    start = 0
    while start < len(run.groups):
        near = run.groups[start : start + NIR_LENGTH_WITH_KEY]
        sizes = list(accumulate(map(len, near)))
        ends = [start + sizes.index(size) + 1 for size in _SIZES if size in sizes]
        found = (run.part(start, end) for end in ends)
        part = next((part for part in found if _reads_as_nir(part, is_alone=False)), None)
        if part:
            yield part
        start += len(part.groups) if part else 1


def _in_run(run: _Run) -> Iterator[_Run]:
    if run.size == SIRET_LENGTH:
        return
    if run.size in _SIZES and _reads_as_nir(run, is_alone=True):
        yield run
    else:
        yield from _parts(run)


def _across_lines(text: str, runs: list[_Run]) -> Iterator[_Run]:
    """NIR whose groups go on in the next line (rule 7)."""
    for first, second in pairwise(runs):
        both = first.then(second)
        if _LINE_CUT.fullmatch(text, first.span.end, second.span.start) and (
            both.size in _SIZES and _reads_as_nir(both, is_alone=False)
        ):
            yield both


def _visible(text: str) -> tuple[str, list[int]]:
    """The text without its invisible characters, and where each of the others stood."""
    places = [place for place, character in enumerate(text) if not is_invisible(character)]
    return plain_forms("".join(text[place] for place in places)), places


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
    visible, places = _visible(text)
    runs = _runs(visible)
    found = [part.span for run in runs for part in _in_run(run)]
    found += [part.span for part in _across_lines(visible, runs)]
    return [TextSpan(places[span.start], places[span.end - 1] + 1) for span in _merged(found)]


def redact_nirs(text: str, mark: str) -> str:
    """The text with `mark` in the place of every NIR."""
    kept, end = [], 0
    for span in find_nirs(text):
        kept += [text[end : span.start], mark]
        end = span.end
    return "".join((*kept, text[end:]))
