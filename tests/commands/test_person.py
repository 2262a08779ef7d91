"""Rights of persons, as a DPO has them from a terminal: an access request, an erasure request."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from services.conftest import Desk as House
from services.conftest import desk as house
from support.commandline import Done, guichet
from support.house import read_sources
from support.registers import an_account
from support.talking import A_NIR, A_SIRET

from bot.domain.attachment import IncomingFile
from bot.domain.dates import day_in_paris
from bot.domain.delivery import OutboxState
from bot.domain.people import Assurance, Employer, Profile
from bot.domain.privacy import TicketErasure
from bot.domain.reminder_rules import LEAVING, HeldReason
from bot.domain.ticket import Agent, Answer, Author, TicketMessage, TicketRequest, TicketStatus
from bot.domain.ticket_export import ExportItem

__all__ = ["house"]

TOWN = Employer(A_SIRET, "Ville d'Exemple")
ANNE, BRUNO = "telegram:1234567", "telegram:7654321"
EMAIL = "anne.secretaire@mairie-exemple.fr"
OTHER_NIR = "1720999999045"  # the commune 999 exists in no department 99
ZOE = Agent((Answer("nir", A_NIR), Answer("nom", "Durand"), Answer("prenom", "Zoé")))
ZOE_BY_NAME = Agent((Answer("nom", "DURAND"), Answer("prenom", "Zoe"), Answer("ddn", "12/06/1985")))
PAUL = Agent((Answer("nom", "Lefèvre"), Answer("prenom", "Paul"), Answer("ddn", "01/02/1970")))
JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 50


def run(house: House, *words: str, typed: str = "") -> Done:
    return guichet("person", *words, data=house.app.settings.data_dir, typed=typed)


def file(house: House, address: str, *agents: Agent, number: int = 1, **changes: str) -> str:
    """Somebody files a request about these agents; its reference."""
    request = TicketRequest(
        identity=f"{address}-{number}",
        path="cotisations/versement/transfert",
        labels=("Cotisations", "Versement", "Transfert inter-fonds"),
        fund="ircantec",
        employer=TOWN,
        email=EMAIL,
        assurance=Assurance.DECLARED,
        answers=(Answer("contrat", "4455"),),
        agents=agents,
        description="Madame Durand et monsieur Lefèvre attendent.",
    )
    with house.app.store.transaction() as db:
        person = db.people.of(address, house.now)
        db.people.save_profile(person.id, Profile(employers=(TOWN,), email=EMAIL))
        ticket = db.tickets.get_or_create(person.id, replace(request, **changes), house.now)
    return ticket.reference


def close(house: House, reference: str) -> None:
    with house.app.store.transaction() as db:
        db.tickets.set_status(reference, TicketStatus.CLOSED, house.now)


def identity(house: House, address: str) -> str:
    with house.app.store.read() as db:
        person = db.people.find(address)
    assert person is not None
    return person.id


def journal(house: House) -> list[tuple[str, str, str]]:
    with house.app.store.read() as db:
        entries = db.audit_log.entries()
    return [(one.what, one.subject, one.detail) for one in entries if one.what[:7] == "person."]


@pytest.mark.parametrize("wanted", [ANNE, EMAIL, EMAIL.replace("anne", "Anne")])
def test_a_requester_is_found_by_address_and_by_email(house: House, wanted: str) -> None:
    reference = file(house, ANNE, ZOE)
    found = run(house, "find", wanted).stdout

    assert identity(house, ANNE)[:8] in found
    assert (reference in found, "demandeur" in found, "telegram:••" in found) == (True,) * 3
    assert "1234567" not in found


@pytest.mark.parametrize("typed", [A_NIR, f"{A_NIR[:1]} {A_NIR[1:3]} {A_NIR[3:]}\n", A_NIR[:13]])
def test_an_agent_is_found_by_their_nir_over_all_employers(house: House, typed: str) -> None:
    first = file(house, ANNE, PAUL, ZOE)
    second = file(house, BRUNO, ZOE, employer=Employer("26750045200011", "Hôpital d'Exemple"))
    found = run(house, "find", "--nir", "-", typed=typed)

    assert (first in found.stdout, second in found.stdout, found.returncode) == (True, True, 0)
    assert "agent 2" in found.stdout
    assert "Hôpital" in found.stdout
    assert A_NIR[5:] not in found.stdout + str(journal(house))
    assert journal(house)[0] == ("person.searched", "nir", "found=1")


def test_an_agent_is_found_by_name_with_the_birth_date(house: House) -> None:
    by_nir, by_name = file(house, ANNE, ZOE), file(house, BRUNO, ZOE_BY_NAME, PAUL)
    found = run(house, "find", "zoé durand", "--born", "12/06/1985").stdout
    assert (by_nir in found, by_name in found) == (True, True)
    # Her NIR says June 1985: another date is somebody else's.
    assert "Personne ne correspond" in run(house, "find", "durand", "--born", "12/07/1985").stdout
    assert "Personne ne correspond" in run(house, "find", "Duran", "--born", "12/06/1985").stdout


def test_a_holder_of_an_account_is_found_in_the_registers(house: House) -> None:
    with house.app.store.transaction() as db:
        db.accounts.add_employer(TOWN, house.now)
        before = db.accounts.load(TOWN.siret)
        assert before is not None
        db.accounts.save(before, replace(before, accounts=(an_account("emma"),)), house.now)
    for words in (("emma@mairie-exemple.fr",), ("Emma Martin", "--born", "12/06/1985")):
        found = run(house, "find", *words).stdout
        assert f"{TOWN.siret}/EMMA" in found
        assert "titulaire" in found


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("durand",), "--born"),
        ((), "--born"),
        (("--nir", A_NIR), "entrée standard"),
        (("durand", "--born", "le 31 février"), "date"),
        (("anne@",), "adresse"),
    ],
)
def test_a_search_that_cannot_be_made_says_how(house: House, words: tuple, said: str) -> None:
    done = run(house, "find", *words)
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr


def test_a_wrong_nir_on_standard_input_is_named_as_such(house: House) -> None:
    wrong = A_NIR[:13] + "99"
    done = run(house, "find", "--nir", "-", typed=wrong)
    assert done.returncode == 1
    assert wrong not in done.stdout + done.stderr


def test_a_requester_gets_everything_and_others_are_masked(house: House, tmp_path: Path) -> None:
    reference = file(house, ANNE, ZOE, PAUL)
    file(house, BRUNO, PAUL, description="Rien pour Anne.")
    with house.app.store.transaction() as db:
        said = f"Le NIR est {A_NIR}, voir Lefèvre."
        message = TicketMessage(author=Author.REQUESTER, text=said, written_at=house.now)
        db.ticket_messages.add(reference, message)
        note = TicketMessage(
            author=Author.ADVISOR,
            text="Rappeler.",
            written_at=house.now,
            by="local:luc",
            internal=True,
        )
        db.ticket_messages.add(reference, note)
        photo = IncomingFile(name="photo.jpg", content=JPEG, caption="")
        db.attachments.add(f"{ANNE}-1", photo, house.now, place=None, most_bytes=1000)
        db.statistics.vote(identity(house, ANNE), "article-lu", "1", True, house.now)
    folder = tmp_path / "copie"
    done = run(house, "export", identity(house, ANNE)[:8], "--to", str(folder))
    assert done.returncode == 0, done.stderr

    page, data = (folder / "donnees.html").read_text(), (folder / "donnees.json").read_text()
    for content in (page, data):
        for hers in (reference, EMAIL, "4455", "Ville d", "article-lu", "note interne", "Madame"):
            assert hers in content
        for not_hers in (A_NIR, "Durand", "Zoé", "Lefèvre", "Rien pour Anne", "local:luc"):
            assert not_hers not in content
    assert (folder / f"{reference}-1.jpg").read_bytes() == JPEG
    assert "<script" not in page
    assert json.loads(data)["Vous"]["Courriel"] == EMAIL
    assert all(one.stat().st_mode & 0o077 == 0 for one in folder.iterdir())
    assert journal(house)[0][:2] == ("person.exported", identity(house, ANNE))


def test_an_agent_gets_what_concerns_them_and_nothing_else(house: House, tmp_path: Path) -> None:
    first = file(house, ANNE, PAUL, ZOE)
    second = file(house, BRUNO, ZOE, description="Son dossier à elle.")
    third = file(house, BRUNO, PAUL, number=2)
    with house.app.store.transaction() as db:
        photo = IncomingFile(name="photo.jpg", content=JPEG, caption="")
        for identity_ in (f"{ANNE}-1", f"{BRUNO}-1"):
            db.attachments.add(identity_, photo, house.now, place=None, most_bytes=1000)
    folder = tmp_path / "copie"
    words = ("export", first.lower(), "--agent", "2", "--to", str(folder), "--reason", "accès")
    assert run(house, *words).returncode == 0

    data = (folder / "donnees.json").read_text()
    assert (first in data, second in data, third in data) == (True, True, False)
    for hers in ("Durand", "Son dossier à elle", "2 85 06", "relire"):
        assert hers in data
    for not_hers in (A_NIR, "Lefèvre", "Paul", "01/02/1970", EMAIL, "1234567"):
        assert not_hers not in data
    assert {one.name for one in folder.glob("*.jpg")} == {f"{second}-1.jpg"}
    assert journal(house)[0] == ("person.exported", first, "agent=2 nir=masked accès")
    again = ("export", second, "--agent", "1", "--with-nir", "--to", str(tmp_path / "nir"))
    assert run(house, *again).returncode == 0
    assert A_NIR in (tmp_path / "nir" / "donnees.json").read_text()
    assert journal(house)[0][2] == "agent=1 nir=clear"


def test_a_copy_is_never_mixed_with_something_else(house: House, tmp_path: Path) -> None:
    reference = file(house, ANNE, ZOE)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "autre").touch()
    done = run(house, "export", ANNE, "--to", str(tmp_path / "full"))
    assert (done.returncode, "pas vide" in done.stderr) == (1, True)
    for words in (("nobody",), (reference, "--agent", "3"), (reference, "--with-nir")):
        folder = tmp_path / "new"
        done = run(house, "export", *words, "--to", str(folder))
        assert done.returncode == 1, words
        assert not folder.exists() or not list(folder.iterdir())


def test_an_erasure_waits_for_open_tickets_and_for_a_yes(house: House) -> None:
    reference = file(house, ANNE, ZOE)
    words = ("erase", ANNE, "--reason", f"demande écrite, {A_NIR}")
    refused = run(house, *words, "--yes")
    assert (refused.returncode, reference in refused.stderr) == (1, True)
    close(house, reference)
    for typed in ("\n", "y\n", "non\n", ""):
        assert run(house, *words, typed=typed).returncode == 1
    gone = identity(house, ANNE)
    done = run(house, *words, typed="oui\n")
    assert done.returncode == 0, done.stderr
    assert "1 demandes" in done.stdout
    with house.app.store.read() as db:
        assert db.people.find(ANNE) is None
    what, subject, detail = journal(house)[0]
    assert (what, subject) == ("person.erased", gone)
    assert detail == "tickets=anonymise:1 copies=0 demande écrite, [NIR retiré]"
    assert run(house, *words).returncode == 1


def test_an_open_request_that_is_erased_says_so_and_not_that_it_was_withdrawn(house: House) -> None:
    reference = file(house, ANNE, ZOE)
    words = ("erase", ANNE, "--reason", "demande", "--yes", "--even-open")
    assert run(house, *words).returncode == 0

    shown = guichet("desk", "open", reference, data=house.app.settings.data_dir).stdout
    assert "retirée" not in shown
    assert "· close ·" in shown
    assert "données effacées à la demande de la personne" in shown


ENUMS = (TicketStatus, Author, OutboxState, ExportItem, Assurance, HeldReason, TicketErasure)


def test_a_copy_has_no_word_of_the_programs_own(house: House, tmp_path: Path) -> None:
    """Everything that can be noted of a request and its person is noted, sent and told once."""
    reference, person = file(house, ANNE, ZOE), identity(house, ANNE)
    account = an_account("emma")
    source = "\n".join(one.text for one in read_sources())
    named = set(re.findall(r'"((?:ticket|piece|person|email|document|rights)\.[a-z_]+)"', source))
    with house.app.store.transaction() as db:
        for what in sorted(named - {"ticket.status"}):
            subject = person if what.startswith(("person", "email", "doc")) else reference
            db.audit_log.add("local:luc", what, subject, "contrôle", house.now)
        for status in TicketStatus:
            db.audit_log.add("local:luc", "ticket.status", reference, status, house.now)
        db.accounts.add_employer(TOWN, house.now)
        before = db.accounts.load(TOWN.siret)
        assert before is not None
        db.accounts.save(before, replace(before, accounts=(account,)), house.now)
        db.accounts.link(account.id, TOWN.siret, person, house.now)
        db.outbox.add(ANNE, "say", {"text": "Bonjour"}, house.now)
        occasions = ("90", "-1", LEAVING)
        db.reminders.note_told(account.id, occasions, day_in_paris(house.now), ())
    assert run(house, "export", ANNE, "--to", str(tmp_path / "copie")).returncode == 0

    page = (tmp_path / "copie" / "donnees.html").read_text().partition("</style>")[2]
    told = re.sub(r"<[^>]*>", " ", page)
    assert not re.findall(r"\b[a-z]+[._][a-z_]+\b", re.sub(r"\S+@\S+", "", told))
    english = named | {str(value) for kind in ENUMS for value in kind} - {"message"}
    assert set(re.findall(r"[\w.]+", told)) & english == set()
    for said in ("message à envoyer", "NIR montré", "90 jours avant la fin", "compte à supprimer"):
        assert said in told


def test_what_went_elsewhere_is_listed_for_the_operator(house: House) -> None:
    reference = file(house, ANNE, ZOE)
    with house.app.store.transaction() as db:
        db.ticket_links.save_copy("glpi", f"{ANNE}-1", "", "4711", house.now)
    words = ("erase", ANNE, "--tickets", "delete", "--reason", "demande", "--yes", "--even-open")
    done = run(house, *words)
    assert f"- glpi : {reference}, là-bas 4711" in done.stdout
    with house.app.store.read() as db:
        assert db.tickets.by_reference(reference) is None


def test_a_backup_from_before_does_not_bring_anybody_back(house: House, tmp_path: Path) -> None:
    data = house.app.settings.data_dir
    kept = file(house, BRUNO, PAUL)
    file(house, ANNE, ZOE)
    backup, keys = tmp_path / "guichet.backup", tmp_path / "keys.json"
    assert guichet("backup", str(backup), data=data).returncode == 0
    secret = {"typed": "une longue phrase secrète"}
    by_pipe = ("--passphrase-file", "-")
    assert guichet("keys", "export", str(keys), *by_pipe, data=data, **secret).returncode == 0
    words = ("erase", ANNE, "--reason", "demande", "--yes", "--even-open", "--tickets", "delete")
    assert run(house, *words).returncode == 0

    new, erased = tmp_path / "new", data / "effacements.jsonl"
    restore = ("restore", str(backup), "--keys", str(keys), "--erasures", str(erased))
    done = guichet(*restore, *by_pipe, data=new, **secret)
    assert (done.returncode, "1 personnes effacées de nouveau" in done.stdout) == (0, True)
    assert "rejouée (1, la dernière du " in done.stdout  # an older list says an older day
    shown = guichet("tickets", "list", data=new).stdout
    assert kept in shown
    assert "Personne ne correspond" in guichet("person", "find", ANNE, data=new).stdout
    without = guichet(*restore[:-2], *by_pipe, data=tmp_path / "other", **secret)
    assert "Aucune liste d'effacements" in without.stdout
    late = guichet("person", "replay", str(erased), data=tmp_path / "other")
    assert "1 personnes effacées de nouveau" in late.stdout


def test_a_reference_is_refused_for_it_names_a_request_and_not_the_agent(house: House) -> None:
    """Erasing by the ticket of an agent would erase who filed it."""
    kept = file(house, ANNE, ZOE)
    refused = run(house, "erase", kept, "--reason", "demande", "--yes", "--even-open")

    assert refused.returncode == 1
    assert "effacerait son demandeur" in refused.stderr
    assert house.ticket(kept).request.agents == (ZOE,)


WHY = "contrôle demandé par écrit"


@pytest.mark.parametrize(
    "words",
    [
        ("person", "export", ANNE, "--to", "{new}"),
        ("person", "erase", ANNE, "--even-open"),
        ("tickets", "reveal", "{reference}"),
        ("desk", "piece", "{reference}", "1", "--to", "{new}"),
    ],
)
def test_a_reason_is_read_from_standard_input_where_no_other_account_sees_it(
    house: House, tmp_path: Path, words: tuple[str, ...]
) -> None:
    reference = file(house, ANNE, ZOE)
    typed = f"{WHY}\noui\n"  # the confirmation comes after it
    names = {"reference": reference, "new": str(tmp_path / "new")}
    given = [word.format(**names) for word in words]
    done = guichet(*given, "--reason", "-", data=house.app.settings.data_dir, typed=typed)
    assert "Donnez une raison" not in done.stderr
    if words[:2] != ("desk", "piece"):  # a request without files: nothing to note
        assert done.returncode == 0, done.stderr
        with house.app.store.read() as db:
            assert WHY in db.audit_log.entries()[0].detail

    empty = guichet(*given, "--reason", "-", data=house.app.settings.data_dir, typed="\n")
    if words[:2] != ("person", "export"):  # which asks for no reason
        assert (empty.returncode, "Donnez une raison" in empty.stderr) == (1, True)
