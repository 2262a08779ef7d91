"""The words of the trade (`vocabulary.toml`): acronyms, equal and neighbouring words, and the rest.

Equal words (« mdp » = « mot de passe ») become one term, in articles and questions alike;
neighbouring words (« enterrement » ~ « obsèques ») only widen a question, with less weight.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.content_reader import ShapeError, reading
from knowledge.search.language import VOWELS, stem, words_of


@dataclass(frozen=True, slots=True)
class Term:
    """A word that counts: as it was written, and what it is indexed under.

    `parts` are the stems of a spelling of several words, each of which may also be found by itself.
    """

    word: str
    stem: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the base knows of words besides its articles.

    `phrases` maps a first stem to the longer spellings that begin with it, longest first, each with
    the one term it stands for.
    """

    acronyms: frozenset[str]
    ignored: frozenset[str]
    before_vowel: frozenset[str]
    shorthand: Mapping[str, tuple[str, ...]]
    names: Mapping[str, frozenset[str]]
    """Shorthand that is a name after certain words: « le PLU », though « marche plu » is « plus »;
    the empty word stands for the beginning."""
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    near: Mapping[str, tuple[str, ...]]
    listed: frozenset[str]
    """Every word that the file mentions, and those of `ordinary.txt`: they are spelled right."""
    first_names: frozenset[str] = frozenset()
    surnames: frozenset[str] = frozenset()
    """Frequent names of people, from `names.txt`."""

    def knows(self, acronym: str) -> bool:
        """Whether an acronym is listed, by itself or as another spelling of one that is."""
        return all(word in self.acronyms or word in self.listed for word in words_of(acronym))

    def respelled(self, word: str, meant: Collection[str], *, shortest: int) -> str:
        """A word of so many letters or more with one letter wrong, as the one of `meant` that it
        is; any other word as it stands."""
        if len(word) < shortest or word in meant or word in self.listed:
            return word
        near = process.extractOne(word, meant, scorer=OSA.distance, score_cutoff=1)
        return near[0] if near else word

    def words(self, text: str) -> list[str]:
        """The words of a text, chat shorthand written out."""
        words = words_of(text)
        if self.shorthand.keys().isdisjoint(words):
            return words
        found: list[str] = []
        for before, word in zip(["", *words], words, strict=False):
            is_name = before in self.names.get(word, ())
            found += [word] if is_name else self.shorthand.get(word, (word,))
        return found

    def terms(self, words: Sequence[str]) -> list[Term]:
        """The words that count, equal spellings made one."""
        stems = tuple(map(stem, words))
        found: list[Term] = []
        end = 0
        for place, own in enumerate(stems):
            if place < end:
                continue
            length, equal = self._phrase_at(stems, place)
            end = place + (length or 1)
            if length or not self._says_nothing(words, place):
                spelling = words[place:end]
                parts = [stem(word) for word in spelling if word not in self.ignored]
                several = tuple(parts) if len(spelling) > 1 else ()
                found.append(Term(" ".join(spelling), equal or own, several))
        return found

    def _phrase_at(self, stems: tuple[str, ...], place: int) -> tuple[int, str]:
        """The longest spelling that begins here: how many words, and what it stands for."""
        for phrase, canonical in self.phrases.get(stems[place], ()):
            if stems[place : place + len(phrase)] == phrase:
                return len(phrase), canonical
        return 0, ""

    def _says_nothing(self, words: Sequence[str], place: int) -> bool:
        """A word to ignore; « cet » is one in « cet agent », not in « jours de CET »."""
        word = words[place]
        if word not in self.before_vowel:
            return word in self.ignored
        following = words[place + 1] if place + 1 < len(words) else ""
        return following[:1] in VOWELS and following not in self.ignored

    def indexed(self, words: Sequence[str]) -> list[str]:
        """The stems of the words that count, and those of the parts of longer spellings."""
        return [
            one for term in self.terms(words) for one in dict.fromkeys((term.stem, *term.parts))
        ]

    def stems(self, text: str) -> list[str]:
        """What a text is indexed under."""
        return self.indexed(self.words(text))


def load_vocabulary(folder: Traversable) -> Vocabulary:
    """Read `vocabulary.toml`, the everyday words of `ordinary.txt` and the names of `names.txt`.

    Raises:
        ContentError: a file is missing, is no TOML or lacks a table.
    """
    with reading(folder / "vocabulary.toml") as tables:
        try:
            vocabulary = build_vocabulary(tables)
        except KeyError as error:
            raise ShapeError(f"il manque la table « {error.args[0]} » : ajoutez-la") from None
        everyday, first_names, surnames = (
            _words(part)
            for part in (
                _lines(folder / "ordinary.txt"),
                *_halves(_lines(folder / "names.txt")),
            )
        )
    listed = vocabulary.listed | everyday
    return replace(vocabulary, listed=listed, first_names=first_names, surnames=surnames)


def _lines(file: Traversable) -> list[str]:
    """The lines of a text file that are no comment."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def _halves(lines: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the line « --- », and what behind it."""
    border = lines.index("---") if "---" in lines else len(lines)
    return lines[:border], lines[border + 1 :]


def build_vocabulary(tables: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary from the tables of `vocabulary.toml`."""
    acronyms: Mapping[str, list[str]] = tables["acronyms"]
    lists = (acronyms, tables["same"], tables["near"])
    bare = Vocabulary(
        acronyms=frozenset(word for name in acronyms for word in words_of(name)),
        ignored=_words(tables["ignored"]["words"]),
        names={word: frozenset(after) for word, after in tables["names"].items()},
        before_vowel=_words(tables["ignored"]["before_vowel"]),
        shorthand={key: tuple(words_of(text)) for key, text in tables["shorthand"].items()},
        phrases=_phrases(acronyms, tables["same"]),
        near={},
        listed=frozenset().union(*(_words([k, *rows]) for t in lists for k, rows in t.items())),
    )
    return replace(bare, near=dict(_neighbours(bare, tables["near"])))


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in words_of(text))


def _neighbours(
    bare: Vocabulary, table: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Only one-word entries can be neighbours: the term of a longer one must be in `same`."""
    for key, rows in table.items():
        terms = bare.terms(bare.words(key))
        if len(terms) == 1:
            near = (t.stem for text in rows for t in bare.terms(bare.words(text)))
            yield terms[0].stem, tuple(dict.fromkeys(near))


def _phrases(
    *equals: Mapping[str, Iterable[str]],
) -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """The spellings of several words, or of another one, as `Vocabulary.phrases` has them."""
    by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for name, spellings in (row for table in equals for row in table.items()):
        canonical = "".join(map(stem, words_of(name)))
        for spelling in (name, *spellings):
            phrase = tuple(map(stem, words_of(spelling)))
            if phrase != (canonical,):
                by_first.setdefault(phrase[0], []).append((phrase, canonical))
    return {
        first: tuple(sorted(phrases, key=lambda row: -len(row[0])))
        for first, phrases in by_first.items()
    }
