"""Measuring the search."""

import json
from itertools import count

import pytest
from support.library import library

from knowledge.content_reader import ContentError
from knowledge.tools.evaluation import Case, evaluate, load_cases, misspelled, share

RIGHT = Case("pénalité de retard", ("retard",), "answerable", "prets/emprunt/rendre", "keyword")
WRONG = Case("salle de travail", ("emprunter",), "answerable", "prets/lieux/salle", "typo")
GREETING = Case("bonjour", (), "chitchat", None, "plain")


def report(*cases: Case, noise: bool = False):  # type: ignore[no-untyped-def]
    ticks = count()
    return evaluate(library(), cases, clock=lambda: next(ticks) / 1000, noise=noise)


def test_hits_suggestions_and_refusals_are_shares_of_their_group() -> None:
    rows = {row.group.strip(): row for row in report(RIGHT, WRONG, GREETING).rows}

    assert rows["answerable"].hit1.value == 0.5
    assert rows["answerable"].suggested.value == 1
    assert rows["keyword"].mrr == rows["keyword"].ndcg == 1
    assert rows["off topic"].refused.value == 1


def test_the_latency_is_that_of_the_given_clock() -> None:
    assert report(RIGHT).p50 == pytest.approx(1)


def test_the_failures_worth_reading_are_shown() -> None:
    text = str(report(RIGHT, WRONG))

    assert "à lire : « salle de travail »" in text
    assert "pénalité" not in text


def test_the_report_is_plain_values_for_json() -> None:
    assert json.loads(json.dumps(report(RIGHT).as_json()))["rows"][0]["hit1"]["value"] == 1


def test_noise_leaves_a_question_readable() -> None:
    assert report(RIGHT, noise=True).rows[0].hit1.value == 1


def test_noise_takes_accents_and_one_letter_of_every_long_word() -> None:
    noisy = misspelled("le délai de validation")

    assert noisy == misspelled("le délai de validation")
    assert noisy != "le delai de validation"
    assert noisy.startswith("le ")
    assert misspelled("mon nir") == "mon nir"


def test_an_interval_says_how_little_a_few_questions_tell() -> None:
    few, many = share(9, 10), share(900, 1000)

    assert few.value == many.value
    assert few.low < many.low < many.high < few.high
    assert share(0, 0).count == 0


def test_questions_are_read_line_by_line(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "q.jsonl"
    file.write_text('{"q": "retard", "topics": ["retard"], "kind": "answerable"}\n{"q": 1}\n')

    with pytest.raises(ContentError, match="ligne 2"):
        load_cases(file)
