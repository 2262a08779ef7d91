"""A question understood: spelling repaired, words that count, and what else may stand for each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.index import Asked
from knowledge.language import stem, words_of
from knowledge.references import references_in
from knowledge.spelling import Speller
from knowledge.vocabulary import Vocabulary

MOST_WORDS = 60
"""Words of a question that are read."""
NEAR_WEIGHT = 0.5
"""What a neighbouring word counts, compared with the word itself."""
ELIDED = ("l", "d", "j", "qu", "n", "s", "m", "c", "t")
"""What people glue to the next word when they leave the apostrophe out: « lati », « dretraite »."""
VOWELS = "aeiouyh"


@dataclass(frozen=True, slots=True)
class Question:
    """`asked` are its telling words; `corrected` the text as understood, None where nothing was repaired."""

    asked: tuple[Asked, ...]
    corrected: str | None


class Reader:
    """Understands questions in the words of one base."""

    def __init__(self, vocabulary: Vocabulary, texts: Iterable[str]) -> None:
        self.vocabulary = vocabulary
        written = Counter(word for text in texts for word in words_of(text))
        self._written = written
        self._known = set(written) | vocabulary.ignored | vocabulary.acronyms | set(vocabulary.shorthand)
        self._stems = {stem(word) for word in self._known} | set(vocabulary.near)
        self._speller = Speller(written)

    def read(self, text: str) -> Question:
        """The question, its words each once."""
        repaired: dict[str, Mapping[str, float]] = {}
        words = [self._repair(word, repaired) for word in self.vocabulary.words(text)[:MOST_WORDS]]
        asked = {t.stem: self._asked(t.word, t.stem, repaired) for t in self.vocabulary.terms(words)}
        references = {term: Asked(term[1:], {term: 1.0}) for term in references_in(text)}
        corrected = " ".join(words) if repaired else None
        return Question((*asked.values(), *references.values()), corrected)

    def _repair(self, word: str, repaired: dict[str, Mapping[str, float]]) -> str:
        """The word itself when the base knows it, else the nearest one; `repaired` keeps what it may be."""
        if self._knows(word):
            return word
        for elided in ELIDED:
            rest = word.removeprefix(elided)
            if rest != word and len(rest) > 2 and rest[0] in VOWELS and self._knows(rest):
                return rest
        corrections = self._speller.corrections(word)
        if not corrections:
            return word
        weights: dict[str, float] = {}
        for correction in corrections:
            weights.setdefault(stem(correction.word), correction.weight)
        repaired[corrections[0].word] = weights
        return corrections[0].word

    def _knows(self, word: str) -> bool:
        return not word.isalpha() or word in self._known or stem(word) in self._stems

    def _asked(self, word: str, term: str, repaired: Mapping[str, Mapping[str, float]]) -> Asked:
        terms = dict(repaired.get(word, {term: 1.0}))
        for near in self.vocabulary.near.get(term, ()):
            terms.setdefault(near, NEAR_WEIGHT * max(terms.values()))
        return Asked(word, terms)
