"""New articles and wordings as text, and the unanswered questions they should answer.

For `guichet kb new` and `guichet kb gaps`.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count

from rapidfuzz import fuzz

from knowledge.articles import HEAD_MARK, Kind
from knowledge.base import KnowledgeBase
from knowledge.search.query import ELLIPSIS

CODE_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""For short codes that people may have to read out: no l, no o, no 0, no 1."""
ALIKE = 80
"""Token-set likeness (0 to 100) from which two questions ask the same."""
_BODY = """La réponse, 45 mots au plus : elle se suffit à elle-même.

Les conditions, les étapes, les délais, les exceptions.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleDraft:
    """What must be known before an article is written."""

    slug: str
    title: str
    kind: Kind
    theme: str
    sous_motifs: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where it goes, below the content folder."""
        return f"{self.kind}/{self.theme}/{self.slug}.md"


def new_article(draft: ArticleDraft, *, taken_codes: Collection[str]) -> str:
    """The file of a new article, ready to be filled in; its code is none of those taken."""
    head = {
        "code": free_code(draft.slug, taken_codes),
        "title": draft.title,
        "kind": draft.kind.value,
        "theme": draft.theme,
        "funds": ["tous"],
        "audience": "employeur",
        "references": [],
        "sous_motifs": list(draft.sous_motifs),
        "related": [],
        "wordings": [],
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in head.items()]
    lines += ["", "[[sources]]", 'url = "https://"', 'note = "à compléter"']
    return HEAD_MARK + "\n".join(lines) + "\n" + HEAD_MARK + "\n" + _BODY


def free_code(slug: str, taken: Collection[str]) -> str:
    """Four letters drawn from the slug, the next ones where they are taken."""
    digests = (hashlib.sha256(f"{slug}:{attempt}".encode()).digest() for attempt in count())
    codes = ("".join(CODE_LETTERS[b % len(CODE_LETTERS)] for b in d[:4]) for d in digests)
    return next(code for code in codes if code not in taken)


def with_wording(text: str, wording: str) -> str:
    """The file of an article with one more wording, at the end of its list.

    Raises:
        ValueError: the head has no list of wordings.
    """
    start = text.find("\nwordings = [")
    end = text.find("]\n", start)
    if start < 0 or end < 0:
        raise ValueError("l'en-tête n'a pas de liste « wordings »")
    kept = text[:end].rstrip()
    separator = "" if kept.endswith(("[", ",")) else ","
    return f"{kept}{separator}\n    {json.dumps(wording, ensure_ascii=False)},\n{text[end:]}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same: how often, in which words, and the article nearest."""

    weight: int
    questions: tuple[str, ...]
    nearest: str | None

    @property
    def wording(self) -> str:
        """The question to add as a wording: the shortest that is whole, else the shortest, less
        the marks of what was left out."""
        whole = [question for question in self.questions if ELLIPSIS not in question]
        return " ".join(min(whole or self.questions, key=len).replace(ELLIPSIS, " ").split())


def group_gaps(questions: Iterable[str], knowledge: KnowledgeBase) -> list[Gap]:
    """Groups of like questions, heaviest first."""
    groups: list[list[str]] = []
    for question in questions:
        for group in groups:
            if fuzz.token_set_ratio(question, group[0]) >= ALIKE:
                group.append(question)
                break
        else:
            groups.append([question])
    gaps = []
    for group in sorted(groups, key=len, reverse=True):
        hits = knowledge.search(group[0], limit=1).hits
        gaps.append(Gap(len(group), tuple(dict.fromkeys(group)), hits[0].slug if hits else None))
    return gaps
