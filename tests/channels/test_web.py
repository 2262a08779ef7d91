"""The web channel: every dialogue without script, and what pages, forms and cookies may not do."""

import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
from support.clocks import MONDAY, process_at
from support.dialogue import FILES, play
from support.inbrowser import InBrowser
from support.webpage import Page

from bot.channels.web.rendering import to_semantic
from knowledge import KnowledgeBase

A_NIR = "2 85 06 75 999 001 16"  # nobody's: commune 999 does not exist
HTMX = {
    "htmx.min.js": "htmx 2.0.11",
    "htmx-sse.min.js": "htmx-ext-sse 2.2.4",
}


@pytest.fixture
def anne(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[InBrowser]:
    with process_at(MONDAY) as clock:
        player = InBrowser(tmp_path / "data", clock, knowledge)
        yield player
        player.stop()


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_dialogue_in_a_browser_without_script(
    anne: InBrowser, file: Path, tmp_path: Path
) -> None:
    play(file, anne, tmp_path)
    assert not re.search(r"\son\w+=|\sstyle=|hx-on|javascript:", anne.get("/").text)


def test_who_only_looks_leaves_no_trace(anne: InBrowser) -> None:
    for path in ("/", "/aide", "/confidentialite", "/accessibilite", "/demandes"):
        assert anne.get(path).status == 200

    with anne.app.store.transaction() as db:
        assert not list(db.people.everybody())


def test_the_same_form_twice_is_one_turn(anne: InBrowser) -> None:
    form = anne.page.form("saisie") | {"texte": "mot de passe oublié"}

    once, again = anne.post("/tour", form), anne.post("/tour", form)

    assert once.status == again.status == 200
    assert once.text.count("mot de passe oublié</p>") == again.text.count("mot de passe oublié</p>")
    assert len(Page(again.text).lines) == len(Page(once.text).lines) == 2


def test_a_number_typed_by_mistake_is_nowhere_on_the_page(anne: InBrowser) -> None:
    shown = anne.type(f"bonjour, où en est le dossier {A_NIR}")

    assert shown.erased
    assert "99900116" not in re.sub(r"\D", "", anne.get("/").text.split("<main")[1])
    with anne.app.store.transaction() as db:
        lines = db.web.lines(anne.address())
    assert [line.kind for line in lines] == ["erased", "say"]


@pytest.mark.parametrize(
    "change",
    [
        {"csrf": "0" * 64},
        {"csrf": ""},
    ],
    ids=["another's token", "no token"],
)
def test_a_form_of_another_site_is_refused(anne: InBrowser, change: dict[str, str]) -> None:
    form = anne.page.form("saisie") | {"texte": "bonjour"}

    assert anne.post("/tour", form | change).status == 403
    assert anne.post("/tour", form, headers={"Origin": "https://ailleurs.exemple"}).status == 403
    assert anne.post("/tour", form, headers={"Sec-Fetch-Site": "cross-site"}).status == 403


def test_what_is_somebody_elses_is_not_found(anne: InBrowser) -> None:
    anne.type("mot de passe oublié")
    for path in ("/demande/PEPS-2026-000001", "/document/1", "/piece/PEPS-2026-000001/1"):
        answer = anne.get(path)
        assert answer.status == 404
        assert "Page introuvable" in answer.text


def test_words_stay_in_the_field_while_the_database_is_away(anne: InBrowser) -> None:
    form = anne.page.form("saisie") | {"texte": "mot de passe oublié"}
    with anne.database_away():
        answer = anne.post("/tour", form)
        assert answer.status == 503
        assert ">mot de passe oublié</textarea>" in answer.text
        assert form["cle"] in answer.text
        assert A_NIR not in anne.post("/tour", form | {"texte": A_NIR}).text

    assert anne.post("/tour", form).status == 200


def test_a_link_from_a_chat_survives_scanners_and_joins_once(anne: InBrowser) -> None:
    with anne.app.store.transaction() as db:
        in_chat = db.people.of("telegram:1001", anne.clock())
        code = db.joining.begin(in_chat.id, anne.clock())
    anne.type("mot de passe oublié")
    for _ in range(10):
        anne.page = Page(anne.get(f"/rejoindre/{code}").text)

    assert "n'en font plus qu'une" in anne.press("Continuer ici").text
    with anne.app.store.transaction() as db:
        assert db.people.find(anne.address()).id == in_chat.id
    anne.page = Page(anne.get(f"/rejoindre/{code}").text)
    assert "pas, ou plus, valable" in anne.press("Continuer ici").text


def test_every_answer_has_strict_headers(anne: InBrowser) -> None:
    for path in ("/", "/nulle-part"):
        headers = anne.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; script-src 'self'"
        )
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_text_grows_in_steps_and_stays_so(anne: InBrowser) -> None:
    sizes = []
    for _ in range(6):
        form = {"csrf": anne.page.form("saisie")["csrf"], "sens": "plus"}
        sizes.append(re.search(r'class="t(\d)"', anne.post("/taille", form).text)[1])

    assert sizes == ["1", "2", "3", "4", "4", "4"]


def test_who_quits_leaves_an_empty_page(anne: InBrowser) -> None:
    anne.type("mot de passe oublié")
    csrf = anne.page.form("saisie")["csrf"]

    left = anne.post("/oublier", {"csrf": csrf})

    assert not Page(left.text).lines
    assert "mot de passe oublié" not in left.text


def test_markup_that_somebody_typed_stays_words() -> None:
    assert "<script" not in to_semantic('<script>alert(1)</script> **<b>** [x](https://a.fr/"onx)')
    assert to_semantic("1. Un\n2. Deux") == '<ol><li value="1">Un</li><li value="2">Deux</li></ol>'


def test_the_vendored_files_are_as_they_were_published() -> None:
    folder = files("bot.channels.web").joinpath("static")
    found = {name: sha256(folder.joinpath(name).read_bytes()).hexdigest() for name in HTMX}
    licence = folder.joinpath("LICENSE.htmx").read_text()
    assert found == {
        "htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
        "htmx-sse.min.js": "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
    }
    assert licence.startswith("Zero-Clause BSD")
    assert folder.joinpath("page.css").read_text().count("\n") <= 300
