"""A NIR is seen wherever it stands, and the other numbers of a help desk are left alone."""

import random
import sys
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.identifiers import expected_nir_key
from bot.domain.sensitive_data import TextSpan, find_nirs, redact_nirs

# Fictitious numbers; the keys are wrong but where a test says otherwise.
HOLDING_A_NIR = [
    ("bonjour, dossier de mme durand 285067500412344 où en est il", "285067500412344"),
    ("2 85 06 75 004 123 44", "2 85 06 75 004 123 44"),
    ("NIR:2-85-06-75-004-123-44.", "2-85-06-75-004-123-44"),
    ("nir285067500412344merci", "285067500412344"),
    ("(2850675004123)", "2850675004123"),
    ("n°2850675004123,", "2850675004123"),
    ("sécu:2850675004123;née à Paris", "2850675004123"),
    ("« 2.85.06.75.004.123.44 »", "2.85.06.75.004.123.44"),
    ("2/85/06/75/004/123/44", "2/85/06/75/004/123/44"),
    ("2 - 85 - 06 - 75 - 004 - 123", "2 - 85 - 06 - 75 - 004 - 123"),
    ("2–85–06–75–004–123–44", "2–85–06–75–004–123–44"),
    ("2\u00a085\u00a006\u00a075\u00a0004\u00a0123", "2\u00a085\u00a006\u00a075\u00a0004\u00a0123"),
    ("2\u202f85\u202f06 75 004 123", "2\u202f85\u202f06 75 004 123"),
    ("2\u200b85\u200b06\u200b75004123", "2\u200b85\u200b06\u200b75004123"),  # zero-width
    ("\u202e2850675004123\u202c", "2850675004123"),  # right-to-left override
    ("２８５０６７５００４１２３４４", "２８５０６７５００４１２３４４"),  # full-width
    ("2️⃣ 85 06 75 004 123", "2️⃣ 85 06 75 004 123"),  # a keycap emoji for a digit
    ("2 85 06 2a 004 123 44", "2 85 06 2a 004 123 44"),  # Corsica
    ("agente 285062B004123.", "285062B004123"),
    ("né en Martinique : 1 85 05 972 01 123", "1 85 05 972 01 123"),
    ("né en Martinique : 1 85 05 97 201 123", "1 85 05 97 201 123"),
    ("née à l'étranger 2 85 05 99 351 084 12", "2 85 05 99 351 084 12"),
    ("3 85 06 75 004 123 44", "3 85 06 75 004 123 44"),  # waiting
    ("785067500412344", "785067500412344"),  # provisional
    ("2 85 20 75 004 123", "2 85 20 75 004 123"),  # month unknown
    ("2 85 99 75 004 123", "2 85 99 75 004 123"),
    ("2850675004123 44", "2850675004123 44"),
    ("285067500412344/185057800608491", "285067500412344"),
    ("2 850675004123", "2 850675004123"),
    ("28506 75004 123 44", "28506 75004 123 44"),
    ("285 06 75004123", "285 06 75004123"),
    ("2 8506 75004 123 44", "2 8506 75004 123 44"),
    ("2 8 5 0 6 7 5 0 0 4 1 2 3", "2 8 5 0 6 7 5 0 0 4 1 2 3"),
    ("agent 12 2 85 06 75 004 123 44", "2 85 06 75 004 123 44"),
    ("2 85 06 75 004 123 44 2 enfants", "2 85 06 75 004 123 44"),
    ("285067500412344 née le 12/05/1985", "285067500412344"),
    ("285067500412344 12/05/1985", "285067500412344"),
    ("21750001600019, 285067500412344", "285067500412344"),  # after a SIRET
    ("2 85 06 75\n004 123 44", "2 85 06 75\n004 123 44"),  # cut at the end of a line
    ("2850675004123\n2", "2850675004123"),  # answers pasted one per line
    ("Durand\nJeanne\n2850675004123\n03/06/1985", "2850675004123"),
    ("2 69 05 49 588 157 80", "2 69 05 49 588 157 80"),  # even the printed specimen
]

HOLDING_NONE = [
    "",
    "mon collègue part à la retraite, comment je fais",
    "21750001600019",  # SIRET, whatever its spacing
    "217 500 016 00019",
    "217500016 00019",
    "2 17 50 00 160 001 9",
    "2175000160001 9",
    "21 75 00 01 60 00 19",
    "1 8505780060849",
    "SIRET 21750001600019 3 agents",
    "SIRET21750001600019",
    "SIREN 217500016",
    "28506750041234",  # 14 digits
    "2850675004123445",  # 16 digits
    "1285067500412344",
    "285067500412",  # 12 digits
    "06 12 34 56 78",
    "06.12.34.56.78 / 01 42 34 56 78",
    "+33 6 12 34 56 78",
    "0612345678 0698765432",
    "13012 0491123456",  # a postcode and a telephone number
    "75001 0142345678",
    "75001 13002 69003",  # postcodes
    "1 234 567,89 €",
    "1.234.567,00 2.345.678,00",
    "1 234 567 890 123",
    "montant de 482913 euros au lieu de 482931",
    "FR76 3000 6000 0112 3456 7890 189",
    "FR7630006000011234567890189",
    "FR14 2004 1010 0505 0001 3M02 606",
    "30006 00001 12345678901 89",
    "20041 01005 0500013M026 06",
    "4970 1012 3456 7890",  # a card
    "01/02/2019, 03/04/2020, 05/06/2021",
    "1/02/2019 03/04/2020",
    "du 1/12/2019 au 31/12/2020",
    "facture du 1/12/2019 125 450 €",
    "2019 2020 2021 2022",
    "2018 2019 2020 1",
    "2026-11-23 10:12:33",
    "20261123101233",
    "PEPS-2026-000001",
    "PEPS-2026-000001 et PEPS-2026-000002",
    "88W185057800608492",  # reference of a transfer: no right key, no groups
    "virement 88W 185057800608492",
    "285067500412344567",
    "2 85 00 75 004 123 44",  # month 00
    "2 85 14 75 004 123 44",
    "5 85 06 75 004 123 44",  # no such sex
    "2 85 06 00 004 123 44",  # no such department
    "2 85 06 75 000 123 44",
    "2 85 06 75 004 000 44",
    "2 85 06 •• ••• ••• ••",
    "S21.G00.30.001 et S21.G00.40.001",
    "loi n° 2003-775 du 21 août 2003, décret 2003-1306",
]


@pytest.mark.parametrize(("text", "nir"), HOLDING_A_NIR)
def test_a_nir_in_a_sentence_is_found(text: str, nir: str) -> None:
    first = find_nirs(text)[0]

    found = text[first.start : first.end]
    assert found in (nir, nir.removesuffix("\ufe0f")), found


@pytest.mark.parametrize("text", HOLDING_NONE)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert find_nirs(text) == []
    assert redact_nirs(text, "[NIR]") == text


@pytest.mark.parametrize("coded", [
    "https://exemple.fr/?nir=%32%38%35%30%36%37%35%30%30%34%31%32%33&page=2",
    "https://exemple.fr/?nir=2%2085%2006%2075%20004%20123&page=2",
    "https://exemple.fr/?nir=2%C2%A085%0906%0D%0A75%C2%A0004%C2%A0123&page=2",
    "nir=&#50;&#56;&#53;&#48;&#54;&#55;&#53;&#48;&#48;&#52;&#49;&#50;&#51;&page=2",
    "nir=&#x32;&#x38;&#x35;&#x30;&#x36;&#x37;&#x35;&#x30;&#x30;&#x34;&#x31;&#x32;&#x33;&page=2",
    "nir=2&nbsp;85&#160;06&#xa0;75&nbsp;004&nbsp;123&page=2",
])  # fmt: skip
def test_coded_characters_are_read_and_withheld_whole(coded: str) -> None:
    assert redact_nirs(coded, "#") == coded[: coded.index("nir=") + 4] + "#&page=2"


@pytest.mark.parametrize("digits", ["⓿❶❷❸❹❺❻❼❽❾", "🄁🄂🄃🄄🄅🄆🄇🄈🄉🄊", "⓪①②③④⑤⑥⑦⑧⑨", "٠١٢٣٤٥٦٧٨٩"])
def test_digits_of_any_drawing_are_digits(digits: str) -> None:
    drawn = "".join(digits[int(one)] for one in "2850675004123")

    assert redact_nirs(f"nir {drawn}.", "#") == "nir #."


def test_groups_of_one_size_are_a_nir_when_the_key_is_right() -> None:
    right = "2850675004123" + expected_nir_key("2850675004123")
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)

    def in_threes(number: str) -> str:
        return " ".join(number[place : place + 3] for place in range(0, 15, 3))

    assert find_nirs(in_threes(right)) == [TextSpan(0, 19)]
    assert find_nirs(in_threes(wrong)) == []


def test_every_nir_is_withheld_and_the_rest_kept() -> None:
    text = "Mme A, 2 85 06 75 004 123 44, et M. B (185057800608491) : SIRET 21750001600019."

    assert redact_nirs(text, "[NIR]") == "Mme A, [NIR], et M. B ([NIR]) : SIRET 21750001600019."


def test_a_run_says_nothing_of_its_digits() -> None:
    assert repr(find_nirs("2850675004123")) == "[TextSpan(start=0, end=13)]"


NIRS = st.builds(
    "{}{:02}{:02}{}{:03}{:03}".format,
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.one_of(st.integers(1, 12), st.integers(20, 42), st.integers(50, 99)),
    st.sampled_from(["01", "13", "75", "95", "2A", "2B", "2a", "99"]),
    st.integers(1, 999),
    st.integers(1, 999),
)
WORDS = st.text("abcdéè ,;:!?()«»'\n", max_size=20).filter(lambda words: not words.endswith("88W"))
BREAKS = [1, 3, 5, 7, 10, 13]


def grouped(number: str, separator: str) -> str:
    cuts = [0, *BREAKS, 15]
    groups = (number[start:end] for start, end in pairwise(cuts))
    return separator.join(filter(None, groups))


@settings(derandomize=True, deadline=None)
@given(
    before=WORDS,
    number=NIRS,
    key=st.sampled_from(["", "00", "44", "97"]),
    separator=st.sampled_from(["", " ", ".", "-", "/", "\u00a0", "\u202f", "\u200b", "  "]),
    after=WORDS,
)
def test_any_nir_in_any_words_is_withheld(
    before: str, number: str, key: str, separator: str, after: str
) -> None:
    text = before + grouped(number + key, separator) + after

    assert redact_nirs(text, "#") == f"{before}#{after}"


def spaced_at_random(number: str, chance: random.Random) -> str:
    separator = chance.choice([" ", ".", "-", "\u00a0", "/"])
    return "".join(digit + (separator if chance.random() < 0.4 else "") for digit in number)


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.text("0123456789", min_size=14, max_size=14), st.randoms(use_true_random=False))
def test_fourteen_digits_are_never_a_nir(number: str, chance: random.Random) -> None:
    assert find_nirs(spaced_at_random(number, chance)) == []


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    st.lists(
        st.one_of(
            st.integers(100_000_000, 799_999_999).map(lambda n: f"0{n}"),
            st.integers(10_000_000, 99_999_999).map(
                lambda n: " ".join(["06", *(str(n)[place : place + 2] for place in (0, 2, 4, 6))])
            ),
            st.integers(1, 10**9).map(lambda cents: f"{cents / 100:,.2f} €".replace(",", " ")),
            st.dates(date(1950, 1, 1), date(2100, 1, 1)).map(lambda day: f"{day:%d/%m/%Y}"),
            st.integers(1, 999_999).map(lambda n: f"PEPS-2026-{n:06}"),
            st.integers(0, 10**13).map(lambda n: f"FR76 3000 6000 01{n % 100:02} {n:013}"),
        ),
        max_size=5,
    ).map(", ".join)
)
def test_lists_of_other_numbers_are_left_alone(text: str) -> None:
    assert find_nirs(text) == []


@settings(derandomize=True, deadline=None)
@given(st.text("0123456789AB .-/\n\u200b", max_size=60))
def test_spans_are_in_order_and_each_is_withheld(text: str) -> None:
    spans = find_nirs(text)

    assert all(span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= two.start for one, two in pairwise(spans))
    assert redact_nirs(text, "#").count("#") == len(spans)


def calls_for(text: str) -> int:
    """How many functions are called to look through a text: work, on whatever machine."""
    calls = 0

    def count(frame: object, kind: str, what: object) -> None:
        nonlocal calls
        calls += kind.endswith("call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        find_nirs(text)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("pattern", ["1 ", "9", "2 85 06 75 004 123 44 ", "2A", "88W ", ". "])
def test_twice_the_text_is_twice_the_work(pattern: str) -> None:
    once, twice = (calls_for(pattern * (size // len(pattern))) for size in (5_000, 10_000))

    assert twice < 2.2 * once
