"""Wishes: what a person wants from the desk, whatever they are being asked (`wishes.toml`).

A person to talk to, the telephone, news of a request, one to complete or to take back, another
employer. People say these in many ways, and only what they are made of is always the same: « un
vrai conseiller », « passez-moi quelqu'un au téléphone svp ». So a message is cut into phrases of
known groups; it is a wish when its groups are those of one, and nothing else is in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any

from knowledge.content_reader import reading_rules
from knowledge.intents import alternatives
from knowledge.vocabulary import Vocabulary

MOST_WORDS = 24
"""Whoever writes more tells a story: it is a question or a description."""
LONGEST_STORY = 80
"""Words of a story in which a wish is looked for where nothing else is awaited."""
SHORTEST_MISSPELLED = 6
"""Shorter words are understood as they stand or not at all."""
POLITE, REQUEST = "polite", "request"


class Wish(StrEnum):
    """What the person wants."""

    PERSON = "person"
    PHONE = "phone"
    FOLLOW = "follow"
    """News of a request of their own."""
    ADD = "add"
    """To complete a request of their own."""
    WITHDRAW = "withdraw"
    """To take a request of their own back."""
    EMPLOYER = "employer"
    """To ask for another employer."""
    OUTAGE = "outage"
    """To know whether the service is down, slow or in maintenance."""
    LEAVE = "leave"
    """To give up what is under way."""
    BACK = "back"
    """To go back to what was before."""


@dataclass(frozen=True, slots=True)
class WishRule:
    """One wish: all groups of one row of `needed` are there, and none but those of `possible`; in a
    story all groups of one row of `among`, whatever else is told."""

    wish: Wish
    needed: tuple[frozenset[str], ...]
    possible: frozenset[str]
    among: tuple[frozenset[str], ...] = ()

    def fits(self, found: Sequence[frozenset[str]]) -> bool:
        """Whether phrases, each given by the groups that it may belong to, make this wish."""
        everything = frozenset[str]().union(*found)
        rows = (row for row in self.needed if row <= everything)
        return any(all(groups & (row | self.possible) for groups in found) for row in rows)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The rules, in the order of the file, and the phrases by their first word, longest first."""

    rules: tuple[WishRule, ...]
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], frozenset[str]], ...]]
    long_words: frozenset[str]
    vocabulary: Vocabulary

    def told_in(self, text: str) -> Wish | None:
        """The wish that a story comes down to: « personne chez nous n'arrive à entrer … »."""
        words = [self._spelled(word) for word in self.vocabulary.words(text)][:LONGEST_STORY]
        everything = frozenset[str]().union(*self._groups(words))
        told = (one.wish for one in self.rules if any(row <= everything for row in one.among))
        return next(told, None)

    def wish_of(self, text: str, *, names_request: bool = False) -> Wish | None:
        """What a message wishes; `names_request`: it gave the reference of a request as well."""
        words = [self._spelled(word) for word in self.vocabulary.words(text)]
        if len(words) > MOST_WORDS:
            return None
        found = list(self._groups(words))
        if names_request:
            found.append(frozenset({REQUEST}))
        if frozenset() in found:
            return None
        telling = [groups for groups in found if POLITE not in groups]
        fitting = (rule.wish for rule in self.rules if telling and rule.fits(telling))
        return next(fitting, None)

    def _groups(self, words: Sequence[str]) -> Iterator[frozenset[str]]:
        """The groups of each phrase, in order; none for a word that is in no phrase, unless it says
        nothing, as small numbers do (« depuis 3 semaines »)."""
        place = 0
        while place < len(words):
            length, groups = self._phrase_at(words, place)
            if length or not self._says_nothing(words[place]):
                yield groups
            place += length or 1

    def _says_nothing(self, word: str) -> bool:
        return word in self.vocabulary.ignored or (word.isdecimal() and len(word) < 3)

    def _phrase_at(self, words: Sequence[str], place: int) -> tuple[int, frozenset[str]]:
        for phrase, groups in self.phrases.get(words[place], ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                return len(phrase), groups
        return 0, frozenset()

    def _spelled(self, word: str) -> str:
        """A long word with one letter wrong as it should be: « conseiler », « telephonne »."""
        return self.vocabulary.respelled(word, self.long_words, shortest=SHORTEST_MISSPELLED)


def load_wishes(folder: Traversable, vocabulary: Vocabulary) -> Wishes:
    """Read `wishes.toml`.

    Raises:
        ContentError: the file is missing, is no TOML, or a rule names a group that is not there.
    """
    with reading_rules(folder / "wishes.toml", "code", Wish) as tables:
        return build_wishes(tables, vocabulary)


def build_wishes(tables: Mapping[str, Any], vocabulary: Vocabulary) -> Wishes:
    """The wishes from the tables of `wishes.toml`."""
    groups_of: dict[tuple[str, ...], set[str]] = {}
    for group, texts in tables["groups"].items():
        for phrase in (one for text in texts for one in alternatives(text)):
            groups_of.setdefault(tuple(vocabulary.words(phrase)), set()).add(group)
    rules = tuple(
        WishRule(
            Wish(row["code"]),
            tuple(frozenset(needed.split()) for needed in row["of"]),
            frozenset(row["beside"]),
            tuple(frozenset(told.split()) for told in row.get("among", ())),
        )
        for row in tables["wish"]
    )
    named = frozenset[str]().union(
        *(rule.possible.union(*rule.needed, *rule.among) for rule in rules)
    )
    for group in sorted(named - tables["groups"].keys()):
        raise KeyError(group)
    by_first: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
    for words, groups in sorted(groups_of.items(), key=lambda one: -len(one[0])):
        by_first.setdefault(words[0], []).append((words, frozenset(groups)))
    known = {word for words in groups_of for word in words}
    return Wishes(
        rules=rules,
        phrases={first: tuple(rows) for first, rows in by_first.items()},
        long_words=frozenset(word for word in known if len(word) >= SHORTEST_MISSPELLED),
        vocabulary=vocabulary,
    )
