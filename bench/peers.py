"""The search beside its peers, on the same documents and questions in one run: `make bench-search`.

Peers: bm25s and tantivy with their French analysis, SQLite FTS5 without accents; each gets
title, wordings and body of every article. Times are processor time: what else the machine does
counts less.
"""

import json
import os
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
from knowledge.articles import load_articles
from knowledge.base import KnowledgeBase, content_folder
from knowledge.catalogue import load_catalogue
from knowledge.intents import load_intents
from knowledge.orientation import load_orientations
from knowledge.search.language import words_of
from knowledge.tools.evaluation import ANSWERABLE, Case, load_cases
from knowledge.vocabulary import load_vocabulary
from knowledge.wishes import load_wishes

QUESTIONS = Path("tests/knowledge/questions.jsonl")
TOP = 3

Search = Callable[[str], Sequence[str]]


def main() -> None:
    cases = [case for case in load_cases(QUESTIONS) if case.kind == ANSWERABLE]
    print(
        f"{len(cases)} answerable questions, {os.cpu_count()} processors, Python {sys.version[:6]}"
    )
    compare(load_articles(content_folder()), cases)
    print("start of the base in a process of its own:", start_and_memory())


def compare(articles: Sequence[Article], cases: Sequence[Case]) -> None:
    """One table: quality, latency, start and memory of each engine, ratios to ours."""
    print(f"\n{len(articles)} articles")
    heads = "".join(f"{head:>{width}}" for head, width in HEADS)
    print(f"{'':10}{heads}   ratios to ours")
    ours: dict[str, float] = {}
    for engine, build in ENGINES.items():
        row = measured_apart(build, articles, cases)
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
    build: Callable[[Sequence[Article]], Search], articles: Sequence[Article], cases: Sequence[Case]
) -> dict[str, float]:
    """Measured in a child process, so that no engine's memory counts for another."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(measured(build, articles, cases)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        row: dict[str, float] = json.loads(pipe.read())
    os.waitpid(child, 0)
    return row


def measured(
    build: Callable[[Sequence[Article]], Search], articles: Sequence[Article], cases: Sequence[Case]
) -> dict[str, float]:
    before, begun = memory(), time.process_time()
    search = build(articles)
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


def guichet(articles: Sequence[Article]) -> Search:
    content = content_folder()
    vocabulary = load_vocabulary(content)
    intents = load_intents(content, vocabulary)
    base = KnowledgeBase(
        articles,
        load_catalogue(content),
        vocabulary,
        intents,
        load_wishes(content, vocabulary),
        load_orientations(content),
    )
    return lambda question: [hit.slug for hit in base.search(question).hits]


def whole_text(article: Article) -> str:
    return "\n".join((article.title, *article.wordings, article.body))


def bm25s_french(articles: Sequence[Article]) -> Search:
    stem = Stemmer.Stemmer("french").stemWord

    def tokens(texts: Sequence[str]) -> list[list[str]]:
        return [[stem(word) for word in words_of(text)] for text in texts]

    retriever = bm25s.BM25()
    retriever.index(tokens([whole_text(article) for article in articles]), show_progress=False)

    def search(question: str) -> Sequence[str]:
        places, _ = retriever.retrieve(tokens([question]), k=TOP, show_progress=False)
        return [articles[place].slug for place in places[0]]

    return search


def tantivy_french(articles: Sequence[Article]) -> Search:
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("slug", stored=True)
    for name in ("title", "wordings", "body"):
        schema.add_text_field(name, tokenizer_name="fr_stem")
    index = tantivy.Index(schema.build())
    writer = index.writer(heap_size=100_000_000, num_threads=1)
    for article in articles:
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


def fts5(articles: Sequence[Article]) -> Search:
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE VIRTUAL TABLE page USING fts5(slug UNINDEXED, title, wordings, body,"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    rows = ((a.slug, a.title, "\n".join(a.wordings), a.body) for a in articles)
    database.executemany("INSERT INTO page VALUES (?, ?, ?, ?)", rows)

    def search(question: str) -> Sequence[str]:
        asked = " OR ".join(f'"{word}"' for word in words_of(question)) or '""'
        sql = "SELECT slug FROM page WHERE page MATCH ? ORDER BY rank LIMIT ?"
        return [slug for (slug,) in database.execute(sql, (asked, TOP))]

    return search


ENGINES = {"guichet": guichet, "bm25s": bm25s_french, "tantivy": tantivy_french, "FTS5": fts5}


ALONE = """
import os, time
held = lambda: int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
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
