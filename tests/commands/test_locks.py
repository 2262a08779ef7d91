"""Commands beside a running desk: those that read lock nothing, and no question holds a lock."""

import ast
from pathlib import Path

import pytest
from services.conftest import Desk as House
from services.conftest import desk as house
from support.commandline import guichet
from support.talking import A_SIRET
from support.window import PATIENCE, Window

from bot import commands
from bot.domain.people import Employer

__all__ = ["house"]

SHEET = "Identifiant;Nom;Prénom;Profil;Expiration\nA1;Petit;Zoé;administrateur;31/12/2028\n"
MORE = f"{SHEET}A2;Martin;Jean;utilisateur;14/06/2027\n"

# Not those that show a request or a register whole: they wait, for the audit log takes a line.
READING = [
    "tickets list",
    "desk list",
    "desk pieces {reference}",
    "desk canned",
    "outbox list",
    "outbox show 1",
    "failed list",
    "accounts list --siret {siret}",
    "reminders --why-not",
    "staff list",
    "report",
    "report --json",
    "audit list",
    "audit verify",
    "kb gaps",
    "kb show peps-creer-compte",
]


def sheet(house: House, content: str) -> str:
    file = house.app.settings.data_dir / "comptes.csv"
    file.write_text(content, encoding="utf-8")
    return str(file)


def test_the_doctor_looks_while_a_turn_is_being_written(house: House) -> None:
    with house.app.store.transaction() as db:
        db.people.of("terminal:berthe", house.now)
        done = guichet("doctor", data=house.app.settings.data_dir)
    assert "Base et clés ouvertes" in done.stdout


@pytest.mark.parametrize("words", READING)
def test_a_reading_command_answers_while_a_turn_is_being_written(house: House, words: str) -> None:
    """SQLite has one writer: a command that asked for the lock would wait, and then fail."""
    data = house.app.settings.data_dir
    reference = house.file("anne")
    file = sheet(house, SHEET)
    assert not guichet("accounts", "import", file, "--siret", A_SIRET, data=data).returncode
    with house.app.store.transaction() as db:
        db.outbox.add("terminal:anne", "say", {}, house.now)
    asked = words.format(reference=reference, siret=A_SIRET, folder=data).split()
    with house.app.store.transaction() as db:
        db.people.of("terminal:berthe", house.now)
        done = guichet(*asked, data=data)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_desk_serves_people_while_an_import_asks(house: House) -> None:
    data = house.app.settings.data_dir
    window = Window(data, "accounts", "import", sheet(house, SHEET), "--siret", A_SIRET)
    try:
        window.wait_for("Écrire ces changements ?")
        assert house.file("anne")
        window.type("oui")
        window.wait_for("C'est écrit : 1 ")
        assert window.process.wait(PATIENCE) == 0
    finally:
        window.close()
    assert "Zoé Petit" in guichet("accounts", "list", "--siret", A_SIRET, data=data).stdout


def test_an_import_agreed_to_is_not_written_on_accounts_that_changed(house: House) -> None:
    data = house.app.settings.data_dir
    window = Window(data, "accounts", "import", sheet(house, MORE), "--siret", A_SIRET)
    try:
        window.wait_for("Écrire ces changements ?")
        other = ("accounts", "import", sheet(house, SHEET), "--siret", A_SIRET)
        assert not guichet(*other, data=data).returncode
        window.type("oui")
        window.wait_for("a changé depuis l'aperçu")
        assert window.process.wait(PATIENCE) == 1
    finally:
        window.close()
    listed = guichet("accounts", "list", "--siret", A_SIRET, data=data).stdout
    assert ("Zoé Petit" in listed, "Jean Martin" in listed) == (True, False)


def test_an_employer_that_came_meanwhile_keeps_its_name(house: House) -> None:
    data = house.app.settings.data_dir
    window = Window(data, "accounts", "import", sheet(house, SHEET), "--siret", A_SIRET)
    try:
        window.wait_for("Écrire ces changements ?")
        with house.app.store.transaction() as db:
            db.accounts.add_employer(Employer(A_SIRET, "Ville d'Exemple"), house.now)
        window.type("oui")
        window.wait_for("C'est écrit : 1 ")
    finally:
        window.close()
    with house.app.store.read() as db:
        assert db.accounts.employer_names([A_SIRET])[A_SIRET] == "Ville d'Exemple"


def asking(tree: ast.Module) -> set[str]:
    """The functions of a module that ask something, themselves or through one another."""
    found = {"prompt", "confirm", "input"}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    while more := {one.name for one in functions if called(one) & found} - found:
        found |= more
    return found


def called(node: ast.AST) -> set[str]:
    """The names of everything that is called below a node."""
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in calls}


@pytest.mark.parametrize(
    "path", sorted(Path(commands.__file__).parent.glob("*.py")), ids=lambda path: path.stem
)
def test_no_command_asks_while_it_holds_a_transaction(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    blocks = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        and any("transaction" in called(item.context_expr) for item in node.items)
    ]
    for block in blocks:
        inside = set[str]().union(*(called(one) for one in block.body))
        assert not inside & asking(tree), f"line {block.lineno}"
