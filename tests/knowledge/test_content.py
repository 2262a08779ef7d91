"""The shipped base: loaded from anywhere, and as good as it was."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from knowledge import KnowledgeBase, Reason, Verdict, load_knowledge
from knowledge.tools.evaluation import EvaluationReport, evaluate, load_cases

QUESTIONS = Path(__file__).parent / "questions.jsonl"


@pytest.fixture(scope="module")
def report(knowledge: KnowledgeBase) -> EvaluationReport:
    return evaluate(knowledge, load_cases(QUESTIONS), clock=time.perf_counter)


@pytest.mark.parametrize(
    ("group", "first", "among_three"),
    [("answerable, plain or keyword", 0.80, 0.93), ("answerable, other styles", 0.72, 0.86)],
)
def test_most_questions_find_their_article(
    report: EvaluationReport, group: str, first: float, among_three: float
) -> None:
    (row,) = (row for row in report.rows if row.group == group)

    assert row.hit1.value >= first
    assert row.hit3.value >= among_three


def test_what_is_off_topic_is_refused_and_what_is_not_is_answered(report: EvaluationReport) -> None:
    refused = {row.group: row.refused.value for row in report.rows}

    assert refused["off topic"] >= 0.95
    assert refused["answerable"] <= 0.07


def test_the_right_form_is_among_three_suggested(report: EvaluationReport) -> None:
    assert report.rows[0].suggested.value >= 0.91


@pytest.mark.parametrize("noise", [False, True])
def test_a_need_in_a_secretarys_words_finds_its_form(knowledge: KnowledgeBase, noise: bool) -> None:
    """On needs that none of the catalogue's was made from."""
    cases = load_cases(QUESTIONS.with_name("needs_unseen.jsonl"))
    report = evaluate(knowledge, cases, clock=time.perf_counter, noise=noise)
    assert report.rows[0].suggested.value >= (0.8 if noise else 0.85)


def test_apostrophes_accents_and_case_change_nothing(knowledge: KnowledgeBase) -> None:
    spellings = (
        "compte PEP's bloqué",
        "compte pep’s bloque",
        "COMPTE PEPS BLOQUÉ",
        "compte pep s bloqué",
    )

    assert len({knowledge.search(question).hits for question in spellings}) == 1


def test_other_administrations_are_named(knowledge: KnowledgeBase) -> None:
    found = knowledge.search("comment déclarer mes impôts")

    assert (found.verdict, found.reason, found.intent) == (
        Verdict.NOTHING,
        Reason.ELSEWHERE,
        "impots",
    )
    assert "impots.gouv.fr" in (found.redirect or "")


def test_a_pensioner_is_told_where_their_own_help_is(knowledge: KnowledgeBase) -> None:
    found = knowledge.search("je suis retraitée et je n'ai pas reçu ma pension")

    assert found.reason is Reason.SELF
    assert "Ma retraite publique" in (found.redirect or "")


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("comment je renouvelle un compte", "peps-revue-comptes-18-mois"),
        ("comment declarer un depar en retrete", "demande-retraite-peps-etapes"),
        ("délai pour demander la retraite", "demande-retraite-peps-etapes"),
        ("un agent part à la retraite en mars, comment faire", "demande-retraite-peps-etapes"),
        ("droi a la retraite dun contractuel de droi publik", "ircantec-adhesion"),
    ],
)
def test_how_tired_people_ask(knowledge: KnowledgeBase, question: str, slug: str) -> None:
    found = knowledge.search(question)

    assert found.verdict is not Verdict.NOTHING
    assert found.hits[0].slug == slug


@pytest.mark.parametrize(
    "words",
    ["bande d'incapables", "j'en ai marre ça fait 3 semaines que j'attends", "ça sert à rien"],
)
def test_anger_is_no_question(knowledge: KnowledgeBase, words: str) -> None:
    assert knowledge.search(words).reason is Reason.INSULT


def test_every_sous_motif_can_be_suggested_by_its_own_words(knowledge: KnowledgeBase) -> None:
    labels = {
        sous.path: f"{sous.label} {motif.label}"
        for theme in knowledge.catalogue.themes
        for motif in theme.motifs
        for sous in motif.sous_motifs
    }

    missed = [
        path
        for path, label in labels.items()
        if path not in {one.path for one in knowledge.suggest(label, limit=5)}
    ]

    assert len(missed) <= len(labels) // 20, missed


def test_the_base_loads_from_any_working_folder(tmp_path: Path) -> None:
    script = "from knowledge import load_knowledge; print(len(load_knowledge().articles))"
    root = Path(__file__).parents[2]

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout) >= 185


def test_the_shipped_content_is_read_once_a_process() -> None:
    assert load_knowledge() is load_knowledge()
