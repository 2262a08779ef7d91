"""The web channel in a real Chromium: dialogues, keyboard, late answers, and what axe finds."""

from pathlib import Path

import pytest
from support.browser import AXE
from support.dialogue import FOLDER, ask_requester, play
from support.inchromium import InChromium, Opened, browser, opened

__all__ = ["browser", "opened"]

AXE_RUN = "() => axe.run({resultTypes: ['violations']}).then(found => found.violations)"
TO_A_REQUEST = (
    *("j'ai viré la cotisation au mauvais fonds", "Lire 1", "Nous contacter", "Continuer"),
    *("Continuer ma demande", "cnracl", "21750001600019"),
)


@pytest.mark.parametrize("name", ["05_review", "07_import", "10_waiting"])
def test_dialogues_with_script(opened: Opened, name: str, tmp_path: Path) -> None:
    """The others: `make check-browser`."""
    play(FOLDER / f"{name}.txt", opened(), tmp_path)


def say_all(person: InChromium, *steps: str) -> None:
    for step in steps:
        person.press(step) if step in person.page.labels else person.type(step)


def test_a_request_by_keyboard_alone(opened: Opened) -> None:
    person = opened()
    tab = person.tab
    tab.focus("#texte")
    tab.keyboard.type("mot de passe oublié")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#choix button:has-text('Lire 1')")
    assert tab.evaluate("document.activeElement.id") == "texte"

    tab.keyboard.press("Shift+Tab")
    while "Lire 1" not in tab.evaluate("document.activeElement.textContent"):
        tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#fil h3")

    assert tab.evaluate("document.activeElement.textContent") == "Le guichet"


def test_a_late_answer_comes_by_itself_and_once(opened: Opened) -> None:
    person = opened()
    say_all(person, *TO_A_REQUEST, "Ville d'Exemple", "4455", "12 000", "88W0000000000000AB")
    say_all(person, "Oui, je l'atteste", "Garder ce texte", "Passer")
    person.press("Envoyer")
    person.tab.fill("#texte", "je suis en train d'écrire")

    ask_requester(person.app, "De quel mois s'agit-il ?", person.clock())

    person.tab.wait_for_selector("#fil article:has-text('De quel mois')")
    assert person.tab.input_value("#texte") == "je suis en train d'écrire"
    person.type("mars")
    assert person.tab.locator("#fil article:has-text('De quel mois')").count() == 1


def test_the_same_line_of_the_overview_changes_it(opened: Opened) -> None:
    person = opened(viewport={"width": 1280, "height": 800})
    say_all(person, *TO_A_REQUEST)
    assert "2 sur" in person.tab.inner_text("#demande .avance")

    person._sent(person.tab.locator("#demande dd button").first.click)

    assert "Quel fonds aurait dû recevoir" in person.page.lines[-1].text
    person.press("RAFP")
    assert "RAFP" in person.tab.inner_text("#demande dl")


@pytest.mark.parametrize(("scheme", "width", "steps"), [("light", 1280, 0), ("dark", 320, 4)])
def test_axe_finds_nothing_on_any_page(opened: Opened, scheme: str, width: int, steps: int) -> None:
    person = opened(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    for _ in range(steps):
        person.tab.click("button[value=plus]")
    person.page = type(person.page)(person.tab.content())
    say_all(person, *TO_A_REQUEST)
    pages = (
        "/",
        "/demandes",
        "/aide",
        "/confidentialite",
        "/accessibilite",
        "/rejoindre/a",
        "/non",
    )
    found = {}
    for path in pages:
        person.tab.goto(path)
        person.tab.add_script_tag(path=AXE)
        wide = person.tab.evaluate("document.documentElement.scrollWidth > innerWidth")
        violations = person.tab.evaluate(AXE_RUN)
        found[path] = [
            (one["id"], [node["target"] for node in one["nodes"]]) for one in violations
        ] + ([("scrolls sideways", [])] if wide else [])
    person.complaints = [one for one in person.complaints if "404" not in one]
    assert found == {path: [] for path in pages}
