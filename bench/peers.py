"""The search beside its peers, on the same documents and questions in one run: `make bench-search`.

Peers: bm25s and tantivy with their French analysis, SQLite FTS5 without accents; each gets
title, wordings and body of every article. Further documents are made of sentences of the base
with half of their words drawn anew from its vocabulary by frequency: they cost what real ones
cost, and hold none of the answers. `LEGI=path` also imports a real code of
`@socialgouv/legi-data`. Times are processor time: what else the machine does counts less.
"""

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bm25s
import Stemmer
import tantivy

from knowledge import Article
from knowledge.articles import Kind, load_articles
from knowledge.base import KnowledgeBase, content_folder
from knowledge.catalogue import load_catalogue
from knowledge.intents import load_intents
from knowledge.legi import as_articles, read_legi
from knowledge.search.language import words_of
from knowledge.tools.evaluation import ANSWERABLE, Case, load_cases
from knowledge.vocabulary import load_vocabulary

QUESTIONS = Path("tests/knowledge/questions.jsonl")
SIZES = (0, 10_000, 100_000)
TOP = 3
SENTENCES = 8
DRAWN_ANEW = 0.5

Search = Callable[[str], Sequence[str]]


def main() -> None:
    cases = [case for case in load_cases(QUESTIONS) if case.kind == ANSWERABLE]
    print(
        f"{len(cases)} answerable questions, {os.cpu_count()} processors, Python {sys.version[:6]}"
    )
    own = load_articles(content_folder())
    for size in SIZES:
        compare(f"base and {size:,} further", own, synthetic(own, size), cases)
    legi = os.environ.get("LEGI")
    if legi:
        code = read_legi(Path(legi))
        compare(f"base and {code.title}", own, tuple(as_articles(code)), cases)
    print("start of the base in a process of its own:", start_and_memory())


def compare(
    name: str, own: Sequence[Article], further: Sequence[Article], cases: Sequence[Case]
) -> None:
    """One table: quality, latency, start and memory of each engine, ratios to ours."""
    print(f"\n{name}: {len(own) + len(further):,} documents")
    heads = "".join(f"{head:>{width}}" for head, width in HEADS)
    print(f"{'':10}{heads}   ratios to ours")
    ours: dict[str, float] = {}
    for engine, build in ENGINES.items():
        row = measured_apart(build, own, further, cases)
        ours = ours or row
        line = "".join(f"{row[k]:{w}}" for k, w in COLUMNS)
        ratios = ", ".join(f"{k} {row[k] / ours[k]:.2f}" for k in RATIOS if ours[k])
        print(f"{engine:10}{line}   {ratios}", flush=True)


COLUMNS = (
    ("hit1", "7.3f"),
    ("hit3", "7.3f"),
    ("p50", "9.2f"),
    ("p99", "9.2f"),
    ("start", "9.2f"),
    ("memory", "7.0f"),
)
HEADS = (("hit@1", 7), ("hit@3", 7), ("p50 ms", 9), ("p99 ms", 9), ("start s", 9), ("MiB", 7))
RATIOS = ("hit1", "hit3", "p50", "p99", "start")


def measured_apart(
    build: Callable[[Sequence[Article], Sequence[Article]], Search],
    own: Sequence[Article],
    further: Sequence[Article],
    cases: Sequence[Case],
) -> dict[str, float]:
    """Measured in a child process, so that no engine's memory counts for another."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(measured(build, own, further, cases)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        row: dict[str, float] = json.loads(pipe.read())
    os.waitpid(child, 0)
    return row


def measured(
    build: Callable[[Sequence[Article], Sequence[Article]], Search],
    own: Sequence[Article],
    further: Sequence[Article],
    cases: Sequence[Case],
) -> dict[str, float]:
    before, begun = memory(), time.process_time()
    search = build(own, further)
    start = time.process_time() - begun
    search("mot de passe")
    times, ranks = [], []
    for case in cases:
        begun = time.process_time()
        found = search(case.question)[:TOP]
        times.append((time.process_time() - begun) * 1000)
        ranks.append(next((n for n, slug in enumerate(found) if slug in case.topics), TOP))
    times.sort()
    return {
        "hit1": sum(rank == 0 for rank in ranks) / len(ranks),
        "hit3": sum(rank < TOP for rank in ranks) / len(ranks),
        "p50": times[len(times) // 2],
        "p99": times[int(len(times) * 0.99)],
        "start": start,
        "memory": memory() - before,
    }


def memory() -> float:
    """MiB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def guichet(own: Sequence[Article], further: Sequence[Article]) -> Search:
    content = content_folder()
    vocabulary = load_vocabulary(content)
    intents = load_intents(content, vocabulary)
    base = KnowledgeBase(own, load_catalogue(content), vocabulary, intents, further=further)
    return lambda question: [hit.slug for hit in base.search(question).hits]


def whole_text(article: Article) -> str:
    return "\n".join((article.title, *article.wordings, article.body))


def bm25s_french(own: Sequence[Article], further: Sequence[Article]) -> Search:
    everything = [*own, *further]
    stem = Stemmer.Stemmer("french").stemWord

    def tokens(texts: Sequence[str]) -> list[list[str]]:
        return [[stem(word) for word in words_of(text)] for text in texts]

    retriever = bm25s.BM25()
    retriever.index(tokens([whole_text(article) for article in everything]), show_progress=False)

    def search(question: str) -> Sequence[str]:
        places, _ = retriever.retrieve(tokens([question]), k=TOP, show_progress=False)
        return [everything[place].slug for place in places[0]]

    return search


def tantivy_french(own: Sequence[Article], further: Sequence[Article]) -> Search:
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("slug", stored=True)
    for name in ("title", "wordings", "body"):
        schema.add_text_field(name, tokenizer_name="fr_stem")
    index = tantivy.Index(schema.build())
    writer = index.writer(heap_size=100_000_000, num_threads=1)
    for article in (*own, *further):
        writer.add_document(
            tantivy.Document(
                slug=[article.slug],
                title=[article.title],
                wordings=["\n".join(article.wordings)],
                body=[article.body],
            )
        )
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(question: str) -> Sequence[str]:
        query, _ = index.parse_query_lenient(
            " ".join(words_of(question)), ["title", "wordings", "body"]
        )
        hits = searcher.search(query, TOP).hits
        return [searcher.doc(address)["slug"][0] for _, address in hits]

    return search


def fts5(own: Sequence[Article], further: Sequence[Article]) -> Search:
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE VIRTUAL TABLE page USING fts5(slug UNINDEXED, title, wordings, body,"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    rows = ((a.slug, a.title, "\n".join(a.wordings), a.body) for a in (*own, *further))
    database.executemany("INSERT INTO page VALUES (?, ?, ?, ?)", rows)

    def search(question: str) -> Sequence[str]:
        asked = " OR ".join(f'"{word}"' for word in words_of(question)) or '""'
        sql = "SELECT slug FROM page WHERE page MATCH ? ORDER BY rank LIMIT ?"
        return [slug for (slug,) in database.execute(sql, (asked, TOP))]

    return search


ENGINES = {"guichet": guichet, "bm25s": bm25s_french, "tantivy": tantivy_french, "FTS5": fts5}


def synthetic(own: Sequence[Article], size: int) -> tuple[Article, ...]:
    """Documents that nobody wrote: sentences of the base, half of their words drawn anew."""
    chance = random.Random(7)
    sentences = [part.split() for a in own for part in a.body.split(". ") if len(part) > 30]
    words = [word for sentence in sentences for word in sentence]

    def sentence() -> str:
        kept = chance.choice(sentences)
        return " ".join(w if chance.random() > DRAWN_ANEW else chance.choice(words) for w in kept)

    return tuple(
        invented(number, sentence(), ". ".join(sentence() for _ in range(SENTENCES)))
        for number in range(size)
    )


def invented(number: int, title: str, body: str) -> Article:
    return Article(
        slug=f"further-{number}",
        code=f"further-{number}",
        title=title[:80],
        kind=Kind.JURIDIQUE,
        theme="textes",
        funds=("tous",),
        audience="employeur",
        published=None,
        modified=None,
        valid_from=None,
        valid_until=None,
        references=(),
        sous_motifs=(),
        related=(),
        wordings=(),
        sources=(),
        body=body,
    )


ALONE = """
import os, time
from pathlib import Path
held = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
from knowledge.base import content_folder, load_knowledge
before, begun = held(), time.process_time()
base = load_knowledge()
print(f"{time.process_time() - begun:.2f} s, {(held() - before) / 2**20:.0f} MiB")
"""


def start_and_memory() -> str:
    """What loading the base adds to a bare interpreter."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
