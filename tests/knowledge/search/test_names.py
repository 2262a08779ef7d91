"""Names of people: which words of a question are names, and that nothing is made of them."""

import pytest

from knowledge import KnowledgeBase, Reason


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("le dossier de Mme Boulanger", "boulanger"),
        ("M. Roy est parti", "roy"),
        ("mme blanc part à la retraite", "blanc"),
        ("mr le gall n'a pas son code", "gall"),
        ("madame Carrière demande son relevé", "carriere"),
        ("Marin Petit ne travaille plus ici", "marin petit"),
        ("noel garnier a oublié son mot de passe", "noel garnier"),
        ("mes agents Durand et Martin", "durand martin"),
        ("le congé de Pierre", "pierre"),
        ("GARCIA Rose n'a pas son relevé", "garcia rose"),
        ("Dossier Kowalczyk", "kowalczyk"),
        ("Fontaine", "fontaine"),
        ("lefevre", "lefevre"),
    ],
)
def test_names_are_told_from_words(knowledge: KnowledgeBase, text: str, names: str) -> None:
    assert knowledge.people_in(text) >= set(names.split())


@pytest.mark.parametrize(
    "text",
    [
        "bonjour madame je voudrais un relevé de carrière",
        "madame la maire est absente",
        "Comment Faire Une Demande De Retraite",
        "MOT DE PASSE OUBLIE",
        "Virement",
        "Mutuelle",
        "un petit problème de virement",
        "taux CNRACL et Ircantec 2026",
        "renouveler un compte PEP's",
        "la DRH demande un RIS",
        "un agent qui se marie",
    ],
)
def test_words_stay_words(knowledge: KnowledgeBase, text: str) -> None:
    assert knowledge.people_in(text) == frozenset()


@pytest.mark.parametrize(
    "name",
    ["Mme Petit", "M. Roy", "Noël Lambert", "mme Blanc", "Jean Boulanger", "Claire Fontaine"],
)
def test_a_name_changes_nothing_in_what_is_found(knowledge: KnowledgeBase, name: str) -> None:
    plain = knowledge.search("mot de passe oublié")
    found = knowledge.search(f"mot de passe oublié par {name}")
    assert [hit.slug for hit in found.hits] == [hit.slug for hit in plain.hits]
    assert found.corrected is None


def test_a_name_is_shown_as_it_was_typed_where_another_word_is_mended(
    knowledge: KnowledgeBase,
) -> None:
    found = knowledge.search("relevé de carièrre de Mme Pettit")
    assert found.corrected is not None
    assert "Mme Pettit" in found.corrected


def test_a_name_alone_is_nothing_to_search(knowledge: KnowledgeBase) -> None:
    assert knowledge.search("Lambert").reason is Reason.EMPTY
    assert not knowledge.search("Petit").confident


def test_people_whom_one_knows_are_not_searched(knowledge: KnowledgeBase) -> None:
    known = frozenset({"blanche", "marchand"})
    plain = knowledge.search("mot de passe oublié")
    found = knowledge.search("blanche marchand mot de passe oublié", names=known)
    assert [hit.slug for hit in found.hits] == [hit.slug for hit in plain.hits]
    assert knowledge.suggest("marchand", names=known) == ()
