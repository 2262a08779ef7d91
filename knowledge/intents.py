"""What is not for this base: small talk, other services' business, people asking for themselves
(`intents.toml`).

Small talk is a message that holds nothing else: its phrases are taken out, and if only words
that say nothing remain, that is what it was. Another service's business shows by a word of its
own (« CAF », « permis de construire »); it is only that when no article speaks of the very same
thing.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.answers import Reason
from knowledge.errors import ContentError
from knowledge.vocabulary import Vocabulary

SHORT_MESSAGE = 14
"""Words; a longer message is never only small talk."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A rule that recognised a message: why nothing is searched, and what to say instead."""

    code: str
    reason: Reason
    answer: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sequences of words, by their first word, longest first, each with its intent."""

    by_first: Mapping[str, tuple[tuple[tuple[str, ...], Intent], ...]]
    long_words: tuple[str, ...]
    """First words long enough to be recognised misspelled."""

    def at(self, words: Sequence[str], place: int) -> tuple[int, Intent | None]:
        """The longest phrase that begins here: how many words, and whose it is."""
        for phrase, intent in self.by_first.get(words[place], ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                return len(phrase), intent
        return 0, None

    def find(self, words: Sequence[str]) -> Intent | None:
        """Whose phrase occurs first."""
        found = (self.at(words, place)[1] for place in range(len(words)))
        return next((intent for intent in found if intent), None)


@dataclass(frozen=True, slots=True)
class Intents:
    """The rules, in the order of the file."""

    order: Sequence[Intent]
    talk: Phrases
    elsewhere: Phrases
    own: Phrases
    vocabulary: Vocabulary
    employer: Phrases
    """Words of an employer's question, whoever it seems to be about."""
    outside: Sequence[str]
    """Every phrase, signal and example of what is not for this base."""

    def small_talk(self, text: str) -> Intent | None:
        """The small talk that a message consists of, None where it holds anything else."""
        words = self._spelled(self.vocabulary.words(text)[: SHORT_MESSAGE + 1])
        if not words or len(words) > SHORT_MESSAGE:
            return None
        found, place = set(), 0
        while place < len(words):
            length, intent = self.talk.at(words, place)
            if intent:
                found.add(intent.code)
            elif words[place] not in self.vocabulary.ignored:
                return None
            place += length or 1
        return next((intent for intent in self.order if intent.code in found), None)

    def _spelled(self, words: Sequence[str]) -> list[str]:
        """The words of small talk as they should be: « bonnjour », « mercii »."""
        return [self._nearest(word) if len(word) > 4 else word for word in words]

    def _nearest(self, word: str) -> str:
        if word in self.talk.by_first or word in self.vocabulary.listed:
            return word
        near = process.extractOne(word, self.talk.long_words, scorer=OSA.distance, score_cutoff=1)
        return near[0] if near else word

    def others_business(self, words: Sequence[str]) -> Intent | None:
        """The other service that a question, given by its words, names."""
        return self.elsewhere.find(words)

    def own_business(self, words: Sequence[str]) -> Intent | None:
        """An agent or a pensioner speaking of themselves, and of nothing an employer does."""
        found = self.own.find(words)
        return None if found is None or self.employer.find(words) else found


def load_intents(folder: Traversable, vocabulary: Vocabulary) -> Intents:
    """Read `intents.toml`.

    Raises:
        ContentError: the file is missing, is no TOML or a rule lacks a key.
    """
    path = folder / "intents.toml"
    try:
        return build_intents(tomllib.loads(path.read_text(encoding="utf-8")), vocabulary)
    except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise ContentError(Path(str(path)), f"illisible ({error})") from error


def build_intents(tables: Mapping[str, Any], vocabulary: Vocabulary) -> Intents:
    """The rules from the tables `talk`, `elsewhere`, `own` and `self`."""
    talk = [(_intent(row, Reason(row["reason"])), row["phrases"]) for row in tables["talk"]]
    elsewhere = [(_intent(row, Reason.ELSEWHERE), row["signals"]) for row in tables["elsewhere"]]
    own = [(_intent(row, Reason.SELF), row["phrases"]) for row in tables["self"]]
    return Intents(
        order=[intent for intent, _ in talk],
        talk=_phrases((intent, vocabulary.words(text)) for intent, texts in talk for text in texts),
        elsewhere=_phrases(
            (intent, vocabulary.words(text)) for intent, texts in elsewhere for text in texts
        ),
        own=_phrases((intent, vocabulary.words(text)) for intent, texts in own for text in texts),
        vocabulary=vocabulary,
        employer=_phrases((own[0][0], vocabulary.words(text)) for text in tables["own"]["unless"]),
        outside=[
            *_texts(talk),
            *_texts(elsewhere),
            *(t for r in tables["elsewhere"] for t in r["examples"]),
        ],
    )


def _texts(rules: Iterable[tuple[Intent, Iterable[str]]]) -> Iterator[str]:
    for _, texts in rules:
        yield from texts


def _intent(row: Mapping[str, Any], reason: Reason) -> Intent:
    return Intent(row["code"], reason, row["answer"])


def _phrases(pairs: Iterable[tuple[Intent, Sequence[str]]]) -> Phrases:
    by_first: dict[str, list[tuple[tuple[str, ...], Intent]]] = {}
    for intent, words in pairs:
        by_first.setdefault(words[0], []).append((tuple(words), intent))
    longest_first = {w: tuple(sorted(r, key=lambda row: -len(row[0]))) for w, r in by_first.items()}
    return Phrases(longest_first, tuple(word for word in by_first if len(word) > 4))
