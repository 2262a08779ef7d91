"""Typed choices: which of a few labels a person meant."""

from collections.abc import Sequence

from rapidfuzz import fuzz

from knowledge.search.language import words_of

LIKE_ENOUGH = 80
"""Out of 100; below it the person is asked again."""
CLEARLY = 6
"""How far the best label must be ahead of the next one."""


def match_label(text: str, labels: Sequence[str]) -> int | None:
    """The place of the label meant, None when none is near enough or two are.

    The same words win at once; then labels that begin with what was typed; then likeness.
    """
    typed = " ".join(words_of(text))
    folded = [" ".join(words_of(label)) for label in labels]
    if not typed:
        return None
    return _only(typed, folded) if len(_same(typed, folded)) != 1 else _same(typed, folded)[0]


def _same(typed: str, folded: Sequence[str]) -> list[int]:
    return [place for place, label in enumerate(folded) if label == typed]


def _only(typed: str, folded: Sequence[str]) -> int | None:
    """The one label that contains the typed words, else the one most like them."""
    holding = [place for place, label in enumerate(folded) if f" {typed} " in f" {label} "]
    if holding:
        return holding[0] if len(holding) == 1 else None
    likeness = sorted(
        ((_likeness(typed, label), place) for place, label in enumerate(folded)), reverse=True
    )
    if not likeness or likeness[0][0] < LIKE_ENOUGH:
        return None
    ahead = len(likeness) == 1 or likeness[0][0] - likeness[1][0] >= CLEARLY
    return likeness[0][1] if ahead else None


def _likeness(typed: str, label: str) -> float:
    """Whole labels, or most words of one; short typings must match as a whole."""
    whole = fuzz.ratio(typed, label)
    return max(whole, fuzz.token_set_ratio(typed, label) - 5) if len(typed) > 5 else whole
