"""Legal references, however they are written: « article 7 du décret 2003-1306 », « L. 161-22 »,
« art. L161-22 du CSS ».

A reference becomes terms of the index: the text by its number (`§2003-1306`), an article of a text
(`§2003-1306:7`), an article of a code by its letter and number (`§l161-22`).
"""

import re
from collections.abc import Iterator

from knowledge.search.language import fold

MARK = "§"
"""What the terms of references begin with."""
_TEXT = re.compile(
    r"\b(?:decret|loi|ordonnance|arrete|dec|ord)s?\s*+(?:n\s*+(?:[°ºo]|um)?s?\s*+)?"
    r"((?:19|20)\d\d\s\d{1,4}|\d{2,4}-\d{1,4})\b"
    r"|\bn\s*[°º]s?\s*(\d{2,4}-\d{1,4})\b"
    r"|\b(?:et|,)\s*(\d{4}-\d{2,4})\s+du\b"
)
_ARTICLE = re.compile(
    r"\bart(?:icles?)?s?\.?\s*(\d{1,4}(?:-\d{1,2})?)\b(?!\s*+(?:er|eme)?\s*+(?:ans|annees))"
)
_ARTICLE_WORD = re.compile(r"\bart(?:icles?)?\b\.?")
_CODE = re.compile(r"\b([lrd])\s?\.?\s?\*?\s?(\d{1,4}(?:-\d{1,3}){1,3}|(?<=\.)\s?\d{1,4})\b")


def references_in(text: str) -> list[str]:
    """The reference terms of a text, in the order they are found, each once."""
    return list(dict.fromkeys(_found(fold(text))))


def without_references(text: str) -> str:
    """The text, folded, less its references: their numbers are no words of the question."""
    rest = fold(text)
    for pattern in (_TEXT, _ARTICLE, _CODE, _ARTICLE_WORD):
        rest = pattern.sub(" ", rest)
    return rest


def _found(text: str) -> Iterator[str]:
    numbers = [next(group for group in match.groups() if group) for match in _TEXT.finditer(text)]
    for number in numbers:
        yield f"{MARK}{_long_year(number)}"
        for article in _ARTICLE.finditer(text):
            yield f"{MARK}{_long_year(number)}:{article[1]}"
    for letter, number in _CODE.findall(text):
        yield f"{MARK}{letter}{number}"


def _long_year(number: str) -> str:
    """« 86-33 » and « 1986-33 » are the same law; texts before 2000 are cited both ways, and some
    write « 2003 1306 »."""
    year, rest = re.split(r"[-\s]", number)
    return f"{year if len(year) == 4 else '19' + year}-{rest}"
