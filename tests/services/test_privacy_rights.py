"""Rights of persons in the chat: one's own copy, and the wish to be erased, kept for the desk."""

from pathlib import Path

from services.conftest import Desk
from support.commandline import guichet
from support.talking import A_NIR

from bot.domain.rights import Right

ADDRESS = "terminal:anne"
PATH = "cotisations/calcul/taux-cnracl"


def own_copy(desk: Desk, name: str = "anne") -> tuple[str, str]:
    """What somebody reads after `/mes_donnees`, and the page that they get."""
    said = desk.type(name, "/mes_donnees")
    newest = max((desk.app.settings.data_dir / "documents").iterdir(), key=_age)
    return said, newest.read_text(encoding="utf-8")


def _age(path: Path) -> int:
    return path.stat().st_mtime_ns


def requests(desk: Desk) -> list[str]:
    with desk.app.store.read() as db:
        return [one.detail for one in db.audit_log.entries(what="rights.asked")]


def test_somebody_gets_the_copy_of_their_own_data(desk: Desk) -> None:
    reference, other = desk.file("anne", PATH), desk.file("zoe", PATH)
    said, page = own_copy(desk)

    assert "/effacer_mes_donnees" in said
    assert reference in page
    assert ADDRESS in page
    assert other not in page
    assert "terminal:zoe" not in page
    assert A_NIR not in page
    assert "<script" not in page


def test_who_takes_their_copy_in_the_chat_has_been_answered(desk: Desk) -> None:
    desk.file("anne", PATH)
    desk.type("zoe", "Bonjour")
    with desk.app.store.transaction() as db:
        today = desk.now.date()
        db.rights_requests.open(Right.ACCESS, "terminal:anne", today)
        db.rights_requests.open(Right.RECTIFICATION, "terminal:anne", today)
        db.rights_requests.open(Right.ACCESS, "terminal:zoe", today)
    own_copy(desk)

    with desk.app.store.read() as db:
        assert [one.number for one in db.rights_requests.list()] == [2, 3]
        (closed,) = db.audit_log.entries("1", what="rights.closed")
        person = db.people.find("terminal:anne")
        assert person is not None
        assert (closed.who, closed.detail) == (person.id, "fait")


def test_a_copy_shows_nothing_of_what_advisors_say_among_themselves(desk: Desk) -> None:
    reference = desk.file("anne", PATH)
    desk.do("luc", lambda tickets: tickets.note(reference, "Dossier à revoir"))
    desk.do("luc", lambda tickets: tickets.answer(reference, "Voici le taux"))
    _, page = own_copy(desk)

    assert "Voici le taux" in page
    assert "Dossier à revoir" not in page
    assert "local:luc" not in page


def test_who_never_wrote_gets_a_copy_that_says_so(desk: Desk) -> None:
    _, page = own_copy(desk, "paul")
    assert "Rien." in page
    assert "terminal:paul" in page


def test_what_was_typed_is_no_markup_of_the_page(desk: Desk) -> None:
    reference = desk.file("anne", PATH)
    desk.type("anne", "/demandes", reference, "Ajouter un message", "<script>alert(1)</script>")
    _, page = own_copy(desk)
    assert "<script" not in page


def test_a_form_goes_on_behind_the_copy(desk: Desk) -> None:
    sous_motif = desk.app.knowledge.catalogue.sous_motif(PATH)
    assert sous_motif is not None
    asked = desk.type("anne", f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande")
    question = "Quel est le SIRET de votre établissement"
    assert question in asked
    assert question in desk.type("anne", "/mes_donnees")


def test_the_wish_to_be_erased_is_kept_once_and_nothing_is_erased_by_it(desk: Desk) -> None:
    reference = desk.file("anne", PATH)
    said = desk.type("anne", "/effacer_mes_donnees")
    assert "enregistrée" in said
    assert "Rien n'est encore effacé" in said
    desk.type("anne", "/effacer_mes_donnees")
    assert requests(desk) == ["effacement"]
    assert reference in desk.type("anne", "/demandes")
    desk.wait(days=40)
    desk.type("anne", "/effacer_mes_donnees")
    assert requests(desk) == ["effacement"] * 2


def test_after_an_erasure_the_same_address_is_somebody_new(desk: Desk) -> None:
    reference = desk.file("anne", PATH)
    words = ("person", "erase", ADDRESS, "--reason", "demande", "--yes", "--even-open")
    assert guichet(*words, data=desk.app.settings.data_dir).returncode == 0

    assert reference not in desk.type("anne", "/demandes")
    desk.do("luc", lambda tickets: tickets.answer(reference, "Trop tard"))
    assert "Trop tard" not in desk.look("anne")
    _, page = own_copy(desk)
    assert reference not in page
