"""Parts of the calendar among words: a day, a month, a quarter, a semester or a year, as typed.

« 3/3/2026 », « 1er sept. 2026 », « 03032026 », « 2026-03-03 », « juin 87 », « T1 2020 », « 2e
semestre », « demain ». A part may leave its year unsaid, or its month as well (« 1er au 15 mars »):
`bot.domain.dates` completes it, where one completion alone is possible.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from rapidfuzz.distance import Levenshtein

from bot.domain.values import folded

_NAMES: Final = (
    "janvier janv jan|fevrier fevr fev|mars mar|avril avr|mai|juin|juillet juill juil|aout aou"
    "|septembre septemb sept sep|octobre octob oct|novembre novemb nov|decembre decemb dec"
)
_MONTHS: Final = {
    name: number
    for number, names in enumerate(_NAMES.split("|"), start=1)
    for name in names.split()
}
MONTH_NAMES: Final = tuple(names.split()[0] for names in _NAMES.split("|"))
"""The twelve months without accents."""
_ORDINALS: Final = {"premier": 1, "deuxieme": 2, "second": 2, "troisieme": 3, "quatrieme": 4}
WEEKDAYS: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_NEAR_DAYS: Final = (
    (re.compile(r"(?<![a-z])avant[- ]hier(?![a-z])"), -2),
    (re.compile(r"(?<![a-z])(?<!avant[- ])hier(?![a-z])"), -1),
    (re.compile(r"(?<![a-z])(?:aujourd'hui|ce jour)(?![a-z])"), 0),
    (re.compile(r"(?<![a-z])(?<!apres[- ])demain(?![a-z])"), 1),
    (re.compile(r"(?<![a-z])apres[- ]demain(?![a-z])"), 2),
)
_WEEKDAY: Final = re.compile(
    rf"(?<![a-z])(?P<name>{'|'.join(WEEKDAYS)})(?![a-z])(?! ?,? ?(?:le )?(?:\d|premier|1er))"
    r"(?: (?:(?P<past>dernier|passe)|(?P<next>prochain)|en (?P<far>huit|quinze)))?(?![a-z])"
)
"""« lundi » beside no date of its own; the day is the first such one after the one before it."""
_IN_SOME_TIME: Final = re.compile(
    r"(?<![a-z])dans (?P<count>\d{1,2}|une?|deux|trois|quinze) ?(?P<unit>jours?|semaines?)(?![a-z])"
)
_COUNTS: Final = {"un": 1, "une": 1, "deux": 2, "trois": 3, "quinze": 15}


@dataclass(frozen=True, slots=True)
class Part:
    """Where it stands; its year (two or four digits), first and last month, and day, if said."""

    start: int
    end: int
    year: str = ""
    months: tuple[int, int] | None = None
    day: int | None = None

    @property
    def is_year(self) -> bool:
        return self.months is None and self.day is None

    @property
    def is_bare_number(self) -> bool:
        """One or two digits alone: a day whose month is unsaid, or a year."""
        return self.months is None and self.day is not None

    def as_year(self) -> "Part":
        """The same part, its bare number being a year of two digits."""
        return replace(self, year=f"{self.day:02}", day=None)


_DAY: Final = r"(?P<day>\d{1,2})"
_MONTH: Final = r"(?P<month>\d{1,2})"
_NAME: Final = r"(?P<name>[a-z]{3,10})\.?"
_OF_YEAR: Final = r"(?:,? ?(?:de |d'|/ ?|- ?)?(?:l'annee |l'an )?'?(?P<year>\d{4}|\d\d))?"
_TH: Final = r"(?: ?(?:er|e|eme|nde?)(?![a-z]))?"
_APART: Final = r"(?<![/.,])(?<!\d-)"
_ENDS: Final = r"(?![/.\-]\d)"
_PATTERNS: Final = tuple(
    re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])")
    for pattern in (
        rf"{_APART}(?P<year>\d{{4}})[/.\-]{_MONTH}[/.\-]{_DAY}{_ENDS}",
        rf"{_DAY}(?: ?[/.\-] ?){_MONTH}(?: ?[/.\-] ?)(?P<year>\d{{4}}|\d\d{_ENDS})",
        rf"(?<!\d ){_DAY} {_MONTH} (?P<year>\d{{4}}|\d\d)(?! \d)",
        r"(?P<day>\d\d)(?P<month>\d\d)(?P<year>(?:19|20|21)\d\d)",
        rf"(?:{_DAY}|(?P<first>premier)){_TH}[ \-/]?(?:de )?{_NAME}{_OF_YEAR}",
        rf"(?P<nth>[1-4]|{'|'.join(_ORDINALS)}){_TH} ?(?P<unit>trim|sem)(?:estre)?\.?{_OF_YEAR}",
        rf"(?P<unit>[ts])(?P<nth>[1-4]){_OF_YEAR}",
        rf"{_NAME}{_OF_YEAR}",
        rf"{_APART}{_MONTH}(?:[/.\-]| / )(?P<year>\d{{4}})(?![/.]\d)",
        rf"{_APART}(?P<year>\d{{4}})-(?P<month>0[1-9]){_ENDS}",
        rf"{_APART}{_DAY}[/.]{_MONTH}{_ENDS}",
        r"(?<![.,])(?P<year>\d{4})",
        rf"(?<![/.,]){_DAY}(?: ?er)?",
    )
)
"""From the surest spelling to the least sure: what one has found is hidden from the next."""


def calendar_parts(words: str, today: date | None = None, *, weekdays: bool = False) -> list[Part]:
    """Every part in a line of folded words, in order; « demain » where `today` is given.

    `weekdays`: « lundi » alone is the next one; else only « lundi dernier » and the like are read.
    """
    found = list(_near_days(words, today)) if today else []
    found += _weekdays(words, today, bare=weekdays) if today else []
    for part in found:
        words = _hidden(words, part)
    for pattern in _PATTERNS:
        for part in filter(None, map(_part, pattern.finditer(words))):
            found.append(part)
            words = _hidden(words, part)
    return sorted(found, key=lambda part: part.start)


def hide_dates(line: str) -> str:
    """The line with underlines for its days and months: their numbers belong to nothing else."""
    for part in calendar_parts(folded(line)):
        is_sure = len(part.year) == 4 or part.day or line[part.start].isalpha()  # no « 1.13 »
        if part.months and part.year and is_sure:
            line = line[: part.start] + "_" * (part.end - part.start) + line[part.end :]
    return line


def _hidden(words: str, part: Part) -> str:
    return words[: part.start] + "\0" * (part.end - part.start) + words[part.end :]


def _near_days(words: str, today: date) -> Iterator[Part]:
    for name, distance in _NEAR_DAYS:
        for match in name.finditer(words):
            yield _whole_day(match, today + timedelta(distance))
    for match in _IN_SOME_TIME.finditer(words):
        count = _COUNTS.get(match["count"]) or int(match["count"])
        days = count * (1 if match["unit"].startswith("j") else 7)
        yield _whole_day(match, today + timedelta(days))


def _weekdays(words: str, today: date, *, bare: bool) -> Iterator[Part]:
    """« de lundi à vendredi »: each is the first such day after the one before it."""
    before = today
    for match in _WEEKDAY.finditer(words):
        if not bare and not (match["past"] or match["next"] or match["far"]):
            continue
        ahead = (WEEKDAYS.index(match["name"]) - before.weekday() - 1) % 7 + 1
        weeks = {"huit": 1, "quinze": 2}.get(match["far"] or "", 0)
        before += timedelta(ahead + 7 * weeks - (7 if ahead < 7 else 14) * bool(match["past"]))
        yield _whole_day(match, before)


def _whole_day(match: re.Match[str], day: date) -> Part:
    return Part(*match.span(), f"{day.year:04}", (day.month, day.month), day.day)


def _part(match: re.Match[str]) -> Part | None:
    """The part that a pattern has found; None where a word is no month."""
    told = {key: value for key, value in match.groupdict().items() if value}
    part = Part(*match.span(), year=told.get("year", ""))
    if "unit" in told:
        nth = _ORDINALS.get(told["nth"]) or int(told["nth"])
        size = 3 if told["unit"].startswith("t") else 6
        return replace(part, months=((nth - 1) * size + 1, nth * size))
    if "name" in told and (month := _month_named(told["name"])):
        part = replace(part, months=(month, month))
    elif "name" in told:
        return None
    elif "month" in told:
        part = replace(part, months=(int(told["month"]), int(told["month"])))
    if "first" in told or "day" in told:
        part = replace(part, day=int(told.get("day", 1)))
    if not part.year and part.day and part.months and part.months[0] > 12:  # « 09/19 »
        return replace(part, year=told["month"], months=(part.day, part.day), day=None)
    return part


def _month_named(name: str) -> int | None:
    """1 to 12 for a month's name or usual abbreviation, one letter wrong in a long one."""
    if name in _MONTHS or len(name) < 5:
        return _MONTHS.get(name)
    long_names = (month for month in _MONTHS if len(month) > 4)
    return next((_MONTHS[one] for one in long_names if Levenshtein.distance(one, name) < 2), None)
