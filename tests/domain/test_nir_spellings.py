"""However a NIR is spelled, it is seen; a hundred spellings, and the messages that hold none."""

import random
import re

import pytest

from bot.domain.identifiers import expected_nir_key
from bot.domain.nir_spellings import find_spelled_nirs

# Fictitious: commune 999 does not exist, so these numbers are nobody's; the keys are right.
A = "2850675999080"
KEY = expected_nir_key(A)
GROUPS = ["2", "85", "06", "75", "999", "080", KEY]
CORSICAN = "185062A999080"


def joined(between: str) -> str:
    return between.join(GROUPS)


SEPARATORS = [
    ", ", ",", "_", ";", " ; ", ":", " : ", "|", " | ", "*", "•", " • ", "'", "’", "=", "+", ">",
    "→", "    ", "      ", "\n", "\n\n", " \n ", "…", "...", "--", " – ", "//", "\\", "~", "#",
    " et ", "\t", "., ", "°", "·", '"', "``",
]  # fmt: skip

WRITTEN = [
    f"(2)(85)(06)(75)(999)(080)({KEY})",
    f"[2] [85] [06] [75] [999] [080] [{KEY}]",
    f"**2 85 06** 75 999 080 {KEY}",
    f"2 85 O6 75 999 O8O {KEY}",
    f"2 85 o6 75 999 o80 {KEY}",
    f"285O675999O80{KEY}",
    f"Z 85 06 75 999 080 {KEY}",
    f"2 B5 06 75 999 0B0 {KEY}",
    f"2 8S 06 7S 999 080 {KEY}",
    f"28506 7599 9080 {KEY}",
    f"2850 6759 9908 0{KEY}",
    f"28 50 67 59 99 08 0{KEY}",
    f"285 067 599 9080 {KEY}",
    f"88W{A}{KEY}",
    f"88W 2 85 06 75 999 080 {KEY}",
    f"{A}{KEY}{A}{KEY}",
    f"{A}{A}",
    f"sexe 2 année 85 mois 06 dép 75 commune 999 ordre 080 clé {KEY}",
    f"sexe : 2, année : 85, mois : 06, département : 75, commune : 999, n° 080, clé : {KEY}",
    f"2 85 06\n75 999\n080 {KEY}",
    f"2 85 06\n\n75 999 080 {KEY}",
    f"2 85 06 75 999 080\nclé {KEY}",
    f"2 85 06 75 999 080, clé {KEY}",
    f"②⑧⑤⓪⑥⑦⑤⑨⑨⑨⓪⑧⓪ {KEY}",
    f"²⁸⁵⁰⁶⁷⁵⁹⁹⁹⁰⁸⁰ {KEY}",
    f"₂₈₅₀₆₇₅₉₉₉₀₈₀ {KEY}",
    f"2 quatre-vingt-cinq 06 soixante-quinze 999 080 {KEY}",
    (
        "deux quatre-vingt-cinq zéro six soixante-quinze neuf cent quatre-vingt-dix-neuf "
        f"zéro quatre-vingts {KEY}"
    ),
    "deux huit cinq zéro six sept cinq neuf neuf neuf zéro huit zéro {} {}".format(*tuple(KEY)),
    (
        "Deux Quatre Vingt Cinq zero six soixante quinze neuf cent quatre vingt dix neuf zero "
        f"quatre vingt {KEY}"
    ),
    f"nir{A}{KEY}merci",
    f"N°SS={A}{KEY};",
    "2, 85, 06, 75, 999, 080",
    "2_85_06_75_999_080",
    "2:85:06:75:999:080",
    "2 | 85 | 06 | 75 | 999 | 080 | 16",
    f"l 85 06 75 999 080 {expected_nir_key('1850675999080')}",
    f"I850675999080{expected_nir_key('1850675999080')}",
    f"1 85 06 2 A 999 080 {expected_nir_key(CORSICAN)}",
    f"1,85,06,2A,999,080,{expected_nir_key(CORSICAN)}",
    f"1 85 06 2a 999 080\n{expected_nir_key(CORSICAN)}",
    f"2 85 06 75 999 08 {KEY}",  # a digit forgotten
    f"2 85 06 75 9999 080 {KEY}",  # a digit twice
    f"2 85 06 75 99 080 {KEY}",
    f"{A[:9]}{A[8:]}{KEY}",  # sixteen digits
    f"{A[:6]}{A[7:]}{KEY}",  # fourteen
    f"2🙂85🙂06🙂75🙂999🙂080🙂{KEY}",
    f"2 85 06 75 - 999 - 080 - ({KEY})",
    f"2 / 85 / 06 / 75 / 999 / 080 / {KEY}",
    f"2.85.06.75.999.080.{KEY}",
    f"NIR de l'agent\n{A}\n{KEY}",
    f"285-0675-999-080-{KEY}",
    f"2-8-5-0-6-7-5-9-9-9-0-8-0-{KEY}",
    f"2\n8\n5\n0\n6\n7\n5\n9\n9\n9\n0\n8\n0\n{KEY}",
    f"2. 85. 06. 75. 999. 080. clef {KEY}",
    f"assuree 2=85=06=75=999=080={KEY} merci",
    f"« 2850675 999080 {KEY} »",
    f"28506 75999 080{KEY}",
    f"2850675999 080{KEY}",
    f"{A}/{KEY}",
    "2850675 999080",
    "2, 85, 20, 75, 999, 080",  # the month is unknown
    f"28506/75999/080 clef {KEY}",
    "28506 75999080",
    "2850675.999080 (clef 35)",  # a wrong key
    "28506\n75999080\n35",
    " ensuite ".join(GROUPS),
    " espace ".join(GROUPS),
    " tiret ".join(GROUPS),
    "&nbsp;".join(GROUPS),
    "<br>".join(GROUPS),
    "".join(f"<td>{one}</td>" for one in GROUPS),
    "x".join(GROUPS),
    "          ".join(GROUPS),
    "..........".join(GROUPS),
    f'{{"s":"2","a":"85","m":"06","d":"75","c":"999","o":"080","k":"{KEY}"}}',
    f"2 (femme) 85 (année) 06 (mois) 75 (dép) 999 (commune) 080 (ordre) {KEY} (clé)",
    (
        "Sexe : 2\nAnnée de naissance : 85\nMois de naissance : 06\nDépartement de naissance : 75\n"
        f"Code commune : 999\nNuméro d'ordre : 080\nClé de contrôle : {KEY}"
    ),
    f"2 85 06 75 999 080 avec pour clé le {KEY}",
    f"28506 (agent Lefèvre Anne) 75999080 {KEY}",  # two or three parts, any words in between
    f"2850675 puis je n'ai plus de place, alors 99908{KEY.rjust(3, '0')}",
    f"2850675999, attendez je cherche, 080{KEY}",
    f"pour la 1re partie : 2850675999, pour la 2nde : 080{KEY}",
    "n° de sécu 285067599908",  # announced: a digit forgotten, or one too many, without any key
    "sécurité sociale n° : 28506759990800",
    f"social security number 2850675999|80{KEY}",
]


@pytest.mark.parametrize("spelling", [*map(joined, SEPARATORS), *WRITTEN])
def test_a_nir_is_seen(spelling: str) -> None:
    sentence = f"Dossier de Mme Durand {spelling} merci d'avance"

    found = find_spelled_nirs(sentence)

    assert found
    rest = sentence
    for start, end in reversed(found):
        rest = rest[:start] + rest[end:]
    assert len(re.findall(r"\d", rest)) <= 4, rest
    assert "Durand" in rest
    assert "avance" in rest


ORDINARY = [
    "SIRET 217 500 016 00019, 21750001600019 et 21750001600091",
    "Tél. 01 23 45 67 89 ou 06 12 34 56 78, poste 12 34",
    "Mandat 2026-000123 du 12/05/2026, 1 234,56 € et 2 345,67 €",
    "PEPS-2026-000123, PEPS-2026-000124, PEPS-2026-000125, PEPS-2026-000126",
    "88W123456789012345",
    "Bordereau 12345678901234, contrat 4321, exercice 2025",
    "1) 2024 : 12 500 € 2) 2025 : 13 250 € 3) 2026 : 14 000 €",
    "du 01/01/2020 au 31/12/2024, puis du 01/02/2025 au 30/06/2026",
    "né le 3/4/1985, entré le 01/09/2010, radié le 31/08/2026",
    "FR76 3000 6000 0112 3456 7890 189",
    "indice 350, 353, 356, 361, 366 au 1er janvier 2024, 2025 et 2026",
    "37,5 h ; 35 h ; 28 h ; 17 h 30 ; 8 h 45",
    "2 agents, 85 dossiers, 06 juin, 75 ans, 999 jours, 80 €",
    "deux agents ont trente-cinq ans et un autre soixante-deux",
    "97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110",
    "10 20 30 40 50 60 70 80 90 100 110 130",
    "code postal 75012 tel 0145678901 fax 0145678902",
    "21 rue des Lilas, 75012 Paris, 2e étage, porte 14, code 4521",
    "taux 31,65 % en 2024, 34,65 % en 2025, 37,65 % en 2026, 40,65 % en 2027",
    "2026/123/456/789",
    "NIR inconnu, né le 13/01/2013, code 2020, poste 12",
    "sans n° de sécu, voir SIRET 21750001600019 ou 217 500 016 00019",
    "le NIR suivra. Tél 01 23 45 67 89, mandat 2026-001234",
    "NIR manquant, 125 705,05 € au lieu de 125 700,05 €",
    "1er trimestre 2025 : 12 500 €, 2e trimestre 2025 : 13 250 €",
    "L. 134-11, R. 351-12, D. 161-2-4, art. 15 et 16 du décret 2003-1306 du 26/12/2003",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_numbers_are_left_alone(text: str) -> None:
    assert find_spelled_nirs(text) == []


def test_a_number_is_announced_by_its_name_alone() -> None:
    assert find_spelled_nirs("n° de sécu 285067599908")
    assert not find_spelled_nirs("n° de dossier 285067599908")


def test_numbers_drawn_by_chance_are_hardly_ever_taken_for_one() -> None:
    """At most one ordinary message in 500, drawn from the numbers of a help desk."""
    draw = random.Random(20261123)

    def digits(size: int) -> str:
        return "".join(draw.choice("0123456789") for _ in range(size))

    kinds = [
        lambda: f"0{draw.randint(1, 9)} " + " ".join(digits(2) for _ in range(4)),
        lambda: f"{draw.randint(1, 28):02}/{draw.randint(1, 12):02}/{draw.randint(1960, 2027)}",
        lambda: f"{draw.randint(1, 99)} {digits(3)},{digits(2)} €",
        lambda: f"PEPS-2026-{digits(6)}",
        lambda: digits(5),
        lambda: f"88W{digits(15)}",
        lambda: f"{digits(3)} {digits(3)} {digits(3)} {digits(5)}",
        lambda: digits(draw.randint(6, 12)),
        lambda: f"contrat n° {digits(4)}/{digits(6)}",
        lambda: f"{draw.randint(1, 40)},{digits(2)} %",
    ]
    messages = [
        ", ".join(draw.choice(kinds)() for _ in range(draw.randint(1, 5))) for _ in range(5_000)
    ]

    taken = [one for one in messages if find_spelled_nirs(one)]

    assert len(taken) <= 10, taken


@pytest.mark.parametrize(
    "unit",
    ["2 ", "O", "deux ", "2e ", "nir ", "\n2. ", "quatre-vingt ", "2O", "(", "1\n", "B8", "é"],
)
def test_a_long_text_is_read_in_time_that_grows_with_its_length(unit: str) -> None:
    find_spelled_nirs(unit * (80_000 // len(unit)))  # the suite's own time limit ends what hangs
