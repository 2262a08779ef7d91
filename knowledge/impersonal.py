"""What may be kept of a question: the words of the trade, and nothing of a person."""

import re
from collections.abc import Callable

LEFT_OUT = "…"

CIVILITY = re.compile(
    r"\b(m|mr|mme|mlle|monsieur|madame|mademoiselle|dr|docteur)\b\.?\s+[\w'’-]+(\s+[A-ZÀ-Þ][\w'’-]+)?",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d[\d\s./-]*|\S*@\S*")


def impersonal(question: str, is_known: Callable[[str], bool]) -> str:
    """The question with only the words that the base knows: no name, no number, no address."""

    def kept(match: re.Match[str]) -> str:
        return match[0] if match[0].isalpha() and is_known(match[0]) else LEFT_OUT

    without_names = CIVILITY.sub(LEFT_OUT, question)
    words = WORD.sub(lambda m: " ".join(_parts(m[0], kept)), without_names)
    return re.sub(rf"{LEFT_OUT}(\s*{LEFT_OUT})+", LEFT_OUT, " ".join(words.split()))


def _parts(word: str, kept: Callable[[re.Match[str]], str]) -> list[str]:
    """An elided word is two: « l'employeur »."""
    return [kept(match) for match in re.finditer(r"[^\W_]+|\S", word)]
