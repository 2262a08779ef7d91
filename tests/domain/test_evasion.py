"""What says « I have no answer », and what is one."""

import pytest

from bot.domain.short_replies import is_evasive, is_polite


@pytest.mark.parametrize(
    "words",
    [
        "jai pas le numero",
        "j'ai pas son nir",
        "je l'ai pas",
        "Je ne l'ai pas.",
        "je ne sais pas",
        "je sais pas trop",
        "jsp",
        "aucune idée",
        "non",
        "inconnu",
        "???",
        "je ne connais pas la référence",
        "je n'ai pas",
        "j'en ai pas",
    ],
)
def test_evasions(words: str) -> None:
    assert is_evasive(words)


@pytest.mark.parametrize(
    "words", ["Durand", "Pas", "Jai", "Nonnet", "12345", "Rienne", "N'Diaye", "Ailloud", "Aucuner"]
)
def test_answers(words: str) -> None:
    assert not is_evasive(words)


@pytest.mark.parametrize("text", ["merci", "ok merci", "Merci beaucoup !", "bonjour"])
def test_politeness_answers_nothing(text: str) -> None:
    assert is_polite(text)


def test_politeness_alone_may_be_a_name() -> None:
    assert not is_polite("Bonjour", may_be_name=True)
    assert not is_polite("Parfait", may_be_name=True)
    assert is_polite("merci beaucoup", may_be_name=True)
    assert not is_polite("Okala")
