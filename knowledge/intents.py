"""What is not for this base: small talk, other services' business, people asking for themselves
(`intents.toml`).

Small talk is a message that holds nothing else: its phrases are taken out, and if only words
that say nothing remain, that is what it was. A word that asks or objects says something: « merci
mais ça marche pas » is no thanks. Another service's business shows by a word of its own (« CAF »,
« permis de construire »), which weighs against the question (`confidence.py`); a name that is this
base's business alone (« CNRACL ») weighs for it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from itertools import chain, product
from typing import Any

from knowledge.content_reader import reading_rules
from knowledge.search.confidence import Reason
from knowledge.vocabulary import Vocabulary

BLUNT = (Reason.INSULT, Reason.UNKNOWN)
"""Small talk that is meant as it is said, also beside « mais » or « pas »."""
LONG_WORD = 5
"""Letters of the shortest word that is recognised misspelled."""
SHORT_MESSAGE = 14
"""Words; a longer message is never only small talk."""

_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Intent:
    """A rule that recognised a message: why nothing is searched, and what to say instead."""

    code: str
    reason: Reason
    answer: str


Rule = tuple[Intent, Iterable[str]]
"""An intent and the texts that tell it."""


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

    def find(self, words: Sequence[str]) -> list[tuple[range, Intent]]:
        """Every phrase that occurs, by its places in the text, each with its intent."""
        found = [(place, *self.at(words, place)) for place in range(len(words))]
        return [(range(p, p + length), intent) for p, length, intent in found if intent]


@dataclass(frozen=True, slots=True)
class Intents:
    """The rules, in the order of the file."""

    order: Sequence[Intent]
    talk: Phrases
    beside: Phrases
    """What goes with small talk without being it: « merci pour *la réponse* »."""
    asking: frozenset[str]
    """Words that ask or object: beside them politeness is a question's."""
    elsewhere: Phrases
    ours: Phrases
    own: Phrases
    personal: Sequence[Intent]
    vocabulary: Vocabulary
    employer: Phrases
    """Words of an employer's question, whoever it seems to be about."""
    others: Sequence[str]
    """The signals and examples of other services' business."""
    outside: Sequence[str]
    """The same with small talk: words that are spelled right, though no article says them."""

    def small_talk(self, text: str) -> Intent | None:
        """The small talk that a message consists of, None where it holds anything else."""
        words = [self._spelled(word) for word in self.vocabulary.words(text)[: SHORT_MESSAGE + 1]]
        if len(words) > SHORT_MESSAGE:
            return None
        found, rest, place = set[str](), list[str](), 0
        while place < len(words):
            length, talk = self.talk.at(words, place)
            beside, _ = self.beside.at(words, place)
            if talk and length >= beside:
                found.add(talk.code)
            elif not beside:
                rest.append(words[place])
            place += max(length, beside, 1)
        intent = next((intent for intent in self.order if intent.code in found), None)
        if intent is None or not self.vocabulary.ignored.issuperset(rest):
            return None
        polite = intent.reason not in BLUNT
        return None if polite and self.asking.intersection(rest) else intent

    def _spelled(self, word: str) -> str:
        """A word of small talk as it should be: « bonnjour », « mercii »."""
        return self.vocabulary.respelled(word, self.talk.long_words, shortest=LONG_WORD)

    def others_business(self, words: Sequence[str]) -> Intent | None:
        """The other service that a question, given by its words, names first."""
        return next((intent for _, intent in self.elsewhere.find(words)), None)

    def names_ours(self, words: Sequence[str]) -> bool:
        """Whether a question names what is this base's business alone."""
        return bool(self.ours.find(words))

    def own_business(self, words: Sequence[str]) -> Intent | None:
        """An agent or a pensioner speaking of themselves, and of nothing an employer does; of
        several rules the first of the file."""
        found = self.own.find(words)
        told = {place for places, _ in found for place in places}
        rest = ["" if place in told else word for place, word in enumerate(words)]
        if not found or self.employer.find(rest):
            return None
        codes = {intent.code for _, intent in found}
        return next(intent for intent in self.personal if intent.code in codes)


def load_intents(folder: Traversable, vocabulary: Vocabulary) -> Intents:
    """Read `intents.toml`.

    Raises:
        ContentError: the file is missing, is no TOML or a rule lacks a key.
    """
    with reading_rules(folder / "intents.toml", "reason", Reason) as tables:
        return build_intents(tables, vocabulary)


def build_intents(tables: Mapping[str, Any], vocabulary: Vocabulary) -> Intents:
    """The rules from the tables of `intents.toml`."""

    def rules(name: str, key: str, reason: Reason | None = None) -> list[Rule]:
        return [
            (Intent(row["code"], reason or Reason(row["reason"]), row["answer"]), row[key])
            for row in tables[name]
        ]

    talk = rules("talk", "phrases")
    elsewhere = rules("elsewhere", "signals", Reason.ELSEWHERE)
    own = rules("self", "phrases", Reason.SELF)
    others = [*_texts(elsewhere), *(t for row in tables["elsewhere"] for t in row["examples"])]
    return Intents(
        order=[intent for intent, _ in talk],
        talk=_phrases(talk, vocabulary),
        beside=_phrases([(talk[0][0], tables["beside"]["phrases"])], vocabulary),
        asking=frozenset(w for text in tables["beside"]["unless"] for w in vocabulary.words(text)),
        elsewhere=_phrases(elsewhere, vocabulary),
        ours=_phrases([(own[0][0], tables["ours"]["signals"])], vocabulary),
        own=_phrases(own, vocabulary),
        personal=[intent for intent, _ in own],
        vocabulary=vocabulary,
        employer=_phrases([(own[0][0], tables["own"]["unless"])], vocabulary),
        others=others,
        outside=[*_texts(talk), *others],
    )


def _texts(rules: Iterable[Rule]) -> Iterator[str]:
    return (one for _, texts in rules for text in texts for one in alternatives(text))


def alternatives(text: str) -> Iterator[str]:
    """« (mon|ma) chat » is « mon chat » and « ma chat »."""
    parts = _ALTERNATIVES.split(text)
    for choice in product(*(part.split("|") if n % 2 else [part] for n, part in enumerate(parts))):
        yield "".join(choice)


def _phrases(rules: Iterable[Rule], vocabulary: Vocabulary) -> Phrases:
    by_first: dict[str, dict[tuple[str, ...], Intent]] = {}
    for intent, texts in rules:
        for text in chain.from_iterable(map(alternatives, texts)):
            words = tuple(vocabulary.words(text))
            by_first.setdefault(words[0], {}).setdefault(words, intent)
    longest_first = {
        word: tuple(sorted(rows.items(), key=lambda row: -len(row[0])))
        for word, rows in by_first.items()
    }
    return Phrases(longest_first, tuple(word for word in by_first if len(word) >= LONG_WORD))
