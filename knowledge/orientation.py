"""Orientation: who else answers what this base does not, and how to reach them.

Employers ask their pension desk about everything. An entry is one other service: what it does, what
of it is ours, where it is, and other ways of asking for it. It is shown as one line beside the
articles, never as one of them.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path

from knowledge.articles import ORIENTATION, split_head
from knowledge.content_reader import (
    ContentError,
    ShapeError,
    refuse_unknown,
    text_in,
    text_or_none,
    texts_in,
)
from knowledge.departements import centre_named_in
from knowledge.search.confidence import Oriented, Signals
from knowledge.search.engine import Index, IndexedArticle, Wordings
from knowledge.search.language import fold
from knowledge.search.query import QueryTerm
from knowledge.vocabulary import Vocabulary

KEYS = frozenset(("code", "title", "contact", "wordings", "intents", "source", "read_on"))
CDG = "cdg-statut"

NAMES_CENTRE = re.compile(r"\b(?:cdg|cig|centres? (?:departemental )?de gestion)\b")

LIKE = 0.40
"""Likeness to the nearest entry from which it is shown, at confidence 0 in our own articles."""
CLIMB = 0.04
LOWEST, HIGHEST = -6.0, 12.0
"""How much more like it must be for each step of that confidence, and where that ends. Both are of
a logistic regression on half of the questions of `tests/knowledge` (docs/search.md)."""
SURE = 2.0
"""Confidence from which it must also be more like the question than our own articles are."""
RARE = 0.6
"""Share of the highest idf from which one word alone may stand for another service."""
NAMED_BELOW = 2.0
"""Confidence in our own articles above which a service that is merely named is not shown."""
FIRST_BELOW = -0.5
"""Confidence below which the entry stands before the articles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orientation:
    """Another service. `intents` are the codes of `intents.toml` that name it; `source` is the page
    where `contact` was read, on the day `read_on`."""

    code: str
    title: str
    answer: str
    contact: str
    wordings: tuple[str, ...]
    intents: tuple[str, ...] = ()
    source: str | None = None
    read_on: date | None = None


class Orientations:
    """The entries, and which of them a question is for.

    Words weigh as they do in the articles' `index`: « retraite » tells little, « caf » much.
    """

    def __init__(
        self, entries: Sequence[Orientation], vocabulary: Vocabulary, index: Index
    ) -> None:
        self.entries: Mapping[str, Orientation] = {one.code: one for one in entries}
        self._ordered = tuple(entries)
        self._by_intent = {code: one for one in entries for code in one.intents}
        indexed = [_indexed(one, vocabulary) for one in entries]
        self._index = index
        self._lines = {
            text: frozenset(line)
            for one in indexed
            for text, line in zip(one.texts, one.lines, strict=True)
        }
        self._wordings = Wordings(indexed, index)

    def find(
        self, text: str, question: Sequence[QueryTerm], intent: str, signals: Signals
    ) -> Oriented | None:
        """The service that a question is for, where it is as like one as our own articles are like
        it; `intent` is the code of the service that it names, if any."""
        if NAMES_CENTRE.search(fold(text)) and centre_named_in(text):
            return _oriented(self.entries[CDG], text, first=True)
        if signals.cited:
            return None
        named = self._by_intent.get(intent) if signals.confidence < NAMED_BELOW else None
        found = self._nearest(question, signals) or named
        return _oriented(found, text, first=signals.confidence < FIRST_BELOW) if found else None

    def _nearest(self, question: Sequence[QueryTerm], signals: Signals) -> Orientation | None:
        """The entry with the wording most like a question, if it is like it enough."""
        near = self._wordings.nearest(question)
        if not near:
            return None
        place = max(near, key=lambda one: near[one][1])
        if not self._shares_enough(question, self._lines[near[place][0]]):
            return None
        needed = LIKE + CLIMB * min(HIGHEST, max(LOWEST, signals.confidence))
        if signals.confidence > SURE:
            needed = max(needed, signals.likeness)
        return self._ordered[place] if near[place][1] >= needed else None

    def _shares_enough(self, question: Sequence[QueryTerm], line: Set[str]) -> bool:
        """Two words of the question stand in the wording, or one that few articles have: a usual
        word alone (« contractuel ») is no sign of anybody else's business."""
        shared = [asked for asked in question if not line.isdisjoint(asked.variants)]
        rare = RARE * self._index.highest_idf
        return len(shared) > 1 or any(self._index.weight(asked) >= rare for asked in shared)


def _indexed(entry: Orientation, vocabulary: Vocabulary) -> IndexedArticle:
    texts = (entry.title, *entry.wordings)
    lines = [vocabulary.indexed(vocabulary.words(text)) for text in texts]
    return IndexedArticle(texts, lines, (), (), ())


def _oriented(entry: Orientation, question: str, *, first: bool) -> Oriented:
    """The entry for this question; the centre de gestion by the département that it names."""
    answer = entry.answer
    if entry.code == CDG and (centre := centre_named_in(question)):
        answer = f"{answer} Le vôtre : {centre}."
    return Oriented(
        code=entry.code, title=entry.title, answer=answer, contact=entry.contact, first=first
    )


def load_orientations(folder: Traversable) -> tuple[Orientation, ...]:
    """Read `orientation/*.md`, sorted by code. Raises ContentError."""
    files = [one for one in (folder / ORIENTATION).iterdir() if one.name.endswith(".md")]
    entries = sorted((_parse(file) for file in files), key=lambda one: one.code)
    codes = [one.code for one in entries]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ContentError(Path(str(folder)), f"orientation en double : {', '.join(twice)}")
    return tuple(entries)


def _parse(file: Traversable) -> Orientation:
    path = Path(str(file))
    try:
        head, body = split_head(file.read_text(encoding="utf-8"))
        refuse_unknown(head, KEYS)
        read_on = text_or_none(head, "read_on")
        return Orientation(
            code=text_in(head, "code"),
            title=text_in(head, "title"),
            answer=body,
            contact=text_in(head, "contact"),
            wordings=texts_in(head, "wordings"),
            intents=texts_in(head, "intents", needed=False),
            source=text_or_none(head, "source"),
            read_on=date.fromisoformat(read_on) if read_on else None,
        )
    except (ShapeError, ValueError) as error:
        raise ContentError(path, str(error)) from None
