"""Text sheets: what is in a CSV file, whatever program wrote it.

Excel alone writes four kinds: UTF-8 with its mark, « Texte Unicode » (UTF-16), Windows-1252 and, on
a Mac, MacRoman. DOS programs leave an end mark, others a `sep=` line. Which letters are meant is a
guess where the file does not say it: the one under which all of them are letters of French words.
"""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Final

MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
GUESSES: Final = ("cp1252", "mac_roman", "cp850")
"""Windows, old Macs, DOS: what French files without UTF-8 are written in, the likeliest first."""

END_MARK: Final = "\x1a"  # CP/M and DOS close a text with it
DELIMITERS: Final = ";\t,|"
LOOKED_AT: Final = 100  # lines from which the delimiter is told

_END_OF_LATIN: Final = "\u0250"
_FRENCH: Final = frozenset("àâäçéèêëîïôöùûüÿœæ")
_SIGNS: Final = frozenset("’‘“”«»–—…€°º²·\u00a0\u202f")


class UnknownLettersError(ValueError):
    """No encoding makes French words of all the letters."""


class NotTextError(ValueError):
    """A file holds something else than text."""


class OpenQuotationError(ValueError):
    """A quotation mark is opened and not closed where its cell ends."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def decode(content: bytes) -> str:
    """The text of a file, without its byte order mark.

    Raises NotTextError, or UnknownLettersError.
    """
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _decode(content, encoding)
    if b"\0" in content:
        return _decode(content, "utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(content)


def _decode(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise NotTextError from None
    latin = sum(letter < _END_OF_LATIN and letter != "\0" for letter in text)
    if latin < 0.9 * len(text):  # any two bytes are a letter of some writing
        raise NotTextError
    return text


def _guess(content: bytes) -> str:
    """The reading with the most French letters. Raises UnknownLettersError: two are as likely."""
    readings: dict[int, list[str]] = {}
    for encoding in GUESSES:
        text = content.decode(encoding, errors="replace")
        if _is_french(text):
            readings.setdefault(sum(letter.isalpha() for letter in text), []).append(text)
    likeliest = readings[max(readings)] if readings else []
    if len(likeliest) != 1:
        raise UnknownLettersError
    return likeliest[0]


def _is_french(text: str) -> bool:
    """Whether each letter that is not ASCII is one of French words, its case that of the word."""
    for place, letter in enumerate(text):
        if letter.isascii() or letter in _SIGNS:
            continue
        if letter.lower() not in _FRENCH:
            return False
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if letter.isupper() and (before.islower() or (before.isupper() and after.islower())):
            return False
        if letter.islower() and before.isupper() and after.isupper():
            return False
    return True


def read_delimited(text: str, most_rows: int, most_columns: int) -> Iterator[tuple[int, list[str]]]:
    """The lines with their numbers in the file, at most so many. Raises OpenQuotationError."""
    text = text.rstrip(f"{END_MARK}\n\r ") + "\n"
    lines = text.splitlines(keepends=True)
    first = lines[0].strip().casefold() if lines else ""
    told = first.startswith("sep=") and len(first) == 5
    delimiter = first[4] if told else _delimiter(lines)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins_at = 1
    try:
        for number, cells in enumerate(islice(reader, most_rows + 2)):
            if any("\n" in cell and delimiter in cell for cell in cells):
                raise OpenQuotationError(begins_at)
            if number or not told:
                yield begins_at, [cell.strip() for cell in cells[:most_columns]]
            begins_at = reader.line_num + 1
    except csv.Error:  # the text ends in a quoted cell, or goes on behind one
        raise OpenQuotationError(begins_at) from None


def _delimiter(lines: list[str]) -> str:
    """The sign that stands on the most lines; where several do, the one that stands most often."""
    looked_at = lines[:LOOKED_AT]

    def weight(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in looked_at]
        return sum(count > 0 for count in counts), sum(counts)

    return max(DELIMITERS, key=weight)
