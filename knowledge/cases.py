"""Questions with the answers expected, for `guichet kb eval`; and how to misspell them.

A question file holds one JSON object a line: `q`, `topics` (slugs, empty when nothing here
answers), `kind` (answerable, uncovered, out_of_scope, chitchat), `motif` (path of the right
sous-motif, or null), `style`.
"""

import json
import random
import string
from dataclasses import dataclass
from pathlib import Path

from knowledge.content_reader import NO_TEXT, ContentError
from knowledge.search.language import fold

SHORTEST_NOISY = 5
"""Letters of the shortest word that noise touches."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what should come of it."""

    question: str
    topics: tuple[str, ...]
    kind: str
    motif: str | None
    style: str


def load_cases(path: Path) -> tuple[Case, ...]:
    """The questions of a file.

    Raises:
        ContentError: a line is no such object; the message names it.
    """
    cases = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ContentError(path, NO_TEXT) from None
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            motif, style = row.get("motif"), row.get("style", "plain")
            cases.append(Case(row["q"], tuple(row["topics"]), row["kind"], motif, style))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            problem = f"ligne {number} : ce n'est pas une question avec q, topics et kind"
            raise ContentError(path, problem) from None
    return tuple(cases)


def misspelled(question: str, seed: int = 0) -> str:
    """No accents, and one typo in every word of five letters or more; the same question, the
    same typos."""
    chance = random.Random(f"{seed}:{question}")  # noqa: S311 - reproducible noise, no secret
    words = fold(question).split()
    return " ".join(
        _typo(w, chance) if len(w) >= SHORTEST_NOISY and w.isalpha() else w for w in words
    )


def _typo(word: str, chance: random.Random) -> str:
    place = chance.randrange(len(word) - 1)
    before, letter, after = word[:place], word[place], word[place + 1 :]
    other = chance.choice(string.ascii_lowercase)
    swapped = before + after[0] + letter + after[1:]
    return chance.choice(
        (swapped, before + after, before + other + letter + after, before + other + after)
    )
