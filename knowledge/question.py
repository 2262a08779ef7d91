"""A question understood: spelling repaired, words that count, and what else may stand for each."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.search.index import QueryTerm
from knowledge.search.language import other_forms, references_in, stem, without_references, words_of
from knowledge.search.spelling import SpellChecker, elided
from knowledge.vocabulary import Term, Vocabulary

MOST_WORDS = 60
"""Words of a question that are read."""
OTHER_WEIGHT = 0.8
"""What the second likeliest spelling counts, compared with the likeliest."""
NUMBER_STRENGTH = 0.8
MONTH_STRENGTH = 0.3
"""« en mars » dates the question, and seldom says what it is about."""
MONTHS = frozenset(("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout")) | {
    "septembre",
    "octobre",
    "novembre",
    "decembre",
}
REFERENCE_STRENGTH = 3.0
"""A text cited by its number leads straight to what cites it."""
PART_WEIGHT = 0.4
"""What a word counts of an expression that has a meaning of its own."""
NEAR_WEIGHT = 0.6
"""What a neighbouring word counts, compared with the word itself."""
COMMON = 50
"""How often the words to ignore count as written, when a misspelled one is looked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """`asked` are its telling words, `words` all of them as understood, `repairs` what was
    misspelled."""

    asked: tuple[QueryTerm, ...]
    words: tuple[str, ...]
    repairs: Mapping[str, str]


class Reader:
    """Understands questions in the words of one base."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        written: Mapping[str, int],
        elsewhere: Iterable[str] = (),
        stems: Container[str] = (),
    ) -> None:
        """`written` are the words of the base; those of `elsewhere` and whatever has one of
        `stems` are spelled right too."""
        self.vocabulary = vocabulary
        self._further = stems
        self._stems = Counter[str]()
        for word, count in written.items():
            self._stems[stem(word)] += count
        listed = dict.fromkeys(
            vocabulary.listed
            | vocabulary.acronyms
            | {word for text in elsewhere for word in words_of(text)},
            1,
        )
        self._known = listed | dict.fromkeys(vocabulary.ignored, COMMON) | dict(written)
        self._speller = SpellChecker(self._known)

    def read(self, text: str) -> Question:
        """The question, its telling words each once."""
        cited = references_in(text)
        written = self.vocabulary.words(without_references(text) if cited else text)[:MOST_WORDS]
        spellings = [self._spellings(word) for word in written]
        words = [spelled[0] for spelled in spellings]
        others = {spelled[0]: spelled[1:] for spelled in spellings if len(spelled) > 1}
        asked = {t.stem: self._asked(t, others) for t in self.vocabulary.terms(words)}
        references = [QueryTerm(term[1:], {term: 1.0}, REFERENCE_STRENGTH) for term in cited]
        pairs = zip(written, words, strict=True)
        repairs = {old: new for old, new in pairs if stem(old) != stem(new)}
        if repairs and not cited and references_in(" ".join(words)):
            return replace(self.read(" ".join(words)), repairs=repairs)  # « artcle 7 du decre … »
        return Question((*asked.values(), *references), tuple(words), repairs)

    def is_known(self, word: str) -> bool:
        """Whether a word as it was typed belongs to the base, or to no matter in particular."""
        return all(self._is_known(one) for one in words_of(word))

    def _spellings(self, word: str) -> list[str]:
        """What a word may be, likeliest first: itself where it is known, else the nearest known
        ones."""
        if not word.isalpha() or self._is_known(word) or stem(word) in self._further:
            return [word]
        near = self._speller.corrections(word) or self._farther(word)
        inflected = self._stems[stem(word)]
        if near and stem(near[0]) == stem(word):
            return near[:1]
        if inflected and not (near and self._known[near[0]] > inflected):
            return [word, *near[:1]]
        return near or [word]

    def _farther(self, word: str) -> list[str]:
        """The known words nearest to a misspelled one that was also inflected, or glued to what
        is elided before it."""
        for form in (*other_forms(word), *elided(word)):
            near = self._speller.corrections(form)
            if near:
                return near
        return []

    def _is_known(self, word: str) -> bool:
        """Known as it stands, or another form of a known word."""
        return word in self._known or any(form in self._known for form in other_forms(word))

    def _asked(self, term: Term, others: Mapping[str, Sequence[str]]) -> QueryTerm:
        terms = {term.stem: 1.0}
        for other in self.vocabulary.terms(others.get(term.word, ())):
            terms.setdefault(other.stem, OTHER_WEIGHT)
        for part in term.parts:
            terms.setdefault(part, PART_WEIGHT)
        for near in self.vocabulary.near.get(term.stem, ()):
            terms.setdefault(near, NEAR_WEIGHT)
        return QueryTerm(term.word, terms, self._strength(term))

    def _strength(self, term: Term) -> float:
        if term.word in MONTHS:
            return MONTH_STRENGTH
        return NUMBER_STRENGTH if term.stem[0].isdigit() else 1.0
