"""The command line, as an operator uses it, on a register with one ticket."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.commandline import guichet
from support.talking import A_NIR, A_SIRET

from bot.storage.key_copy import open_copy
from bot.storage.keys import add_seal_key

SCRIPT = [
    "/start m_{mutation}",
    "Continuer",
    "Continuer ma demande",
    A_SIRET,
    "Mairie d'Exemple",
    "Passer",
    A_NIR,
    "Durand",
    "Anne",
    "01/09/2026",
    "Elle arrive par mutation et n'apparaît pas.",
    "Passer",
    "Envoyer",
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, knowledge) -> Path:
    """A register into which one ticket was filed through the scripted terminal."""
    folder = tmp_path_factory.mktemp("register")
    path = "immatriculation-affiliation/affiliation/mutation"
    short_code = knowledge.catalogue.sous_motif(path).id
    typed = "\n".join(SCRIPT).replace("{mutation}", short_code)
    done = guichet("chat", data=folder, typed=typed, TICKETS_TO="console")
    assert "PEPS-" in done.stdout, done.stdout[-500:]
    assert "transmise au service" in done.stdout, "the receipt says where the request went"
    assert "Mairie d'Exemple" in done.stderr, "the connector announced it"
    return folder


def reference(data: Path) -> str:
    listed = guichet("tickets", "list", "--json", data=data)
    return json.loads(listed.stdout.splitlines()[0])["reference"]


def test_tickets_are_listed_and_shown_with_the_nir_masked(data: Path) -> None:
    shown = guichet("tickets", "show", reference(data), data=data)
    assert "NIR de l'agent : 2 85 06 •• ••• ••• ••" in shown.stdout
    assert "identité et employeur seulement déclarés" in shown.stdout
    assert "à prendre en charge" in shown.stdout
    assert A_NIR[:13] not in shown.stdout
    as_json = json.loads(guichet("tickets", "show", reference(data), "--json", data=data).stdout)
    assert as_json["employer"]["siret"] == A_SIRET


def test_a_reveal_needs_a_reason_and_is_recorded(data: Path) -> None:
    refused = guichet("tickets", "reveal", reference(data), data=data)
    assert refused.returncode != 0
    shown = guichet("tickets", "reveal", reference(data), "--reason", "traitement", data=data)
    assert A_NIR in shown.stdout
    assert b"ticket.revealed" in (data / "guichet.db").read_bytes() + _journal(data)


def test_a_mail_server_hands_over_what_comes_and_never_has_to_answer(data: Path) -> None:
    """75 (EX_TEMPFAIL): it tries again; any other failure would be told to the sender."""
    raw = "From: pub@exemple.org\nTo: guichet@mairie-exemple.fr\n\nAchetez.\n"
    taken = guichet("mail", "receive", data=data, typed=raw)
    assert (taken.returncode, "laissé de côté" in taken.stdout) == (0, True)
    not_set = guichet("mail", "receive", data=data, typed=raw, IMAP_HOST="imap.exemple.fr")
    assert (not_set.returncode, "MAIL_REPLY_TO" in not_set.stderr) == (75, True)


def _journal(data: Path) -> bytes:
    ahead = data / "guichet.db-wal"
    return ahead.read_bytes() if ahead.exists() else b""


def test_nothing_typed_is_readable_on_disk(data: Path) -> None:
    disk = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    for secret in (A_NIR, A_NIR[:13], "Durand", "arrive par mutation", "Mairie d'Exemple"):
        assert secret.encode() not in disk


def test_unknown_tickets_and_rows_get_one_sentence(data: Path) -> None:
    for arguments in (("tickets", "show", "PEPS-1999-000001"), ("outbox", "show", "999999")):
        done = guichet(*arguments, data=data)
        assert done.returncode == 1
        assert "n'existe pas" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_outbox_shows_no_content(data: Path) -> None:
    done = guichet("outbox", "list", "--state", "sent", "--json", data=data)
    assert '"state": "sent"' in done.stdout
    assert "NIR" not in done.stdout


def test_the_outbox_lists_what_is_left_to_do_and_not_what_was_delivered(data: Path) -> None:
    assert "sent" not in guichet("outbox", "list", "--json", data=data).stdout


def test_retention_says_what_it_removed(data: Path) -> None:
    done = guichet("retention", data=data)
    assert "brouillons" in done.stdout


def test_the_doctor_finds_a_fresh_desk_sound_and_says_what_is_missing(data: Path) -> None:
    done = guichet("doctor", data=data)
    assert done.returncode == 0
    assert "CONTROLLER est vide" in done.stdout
    assert "185 articles" in done.stdout


def test_lost_keys_stop_the_start_instead_of_making_new_ones(tmp_path: Path) -> None:
    guichet("tickets", "list", data=tmp_path)
    (tmp_path / "keys").rename(tmp_path / "elsewhere")
    done = guichet("tickets", "list", data=tmp_path)
    assert done.returncode == 1
    assert "clés manquent" in done.stderr
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nowhere"),
        ("DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing"),
        ("TICKETS_TO", "pigeon"),
        ("SEND_RATE", "-3"),
        ("SEND_RATE", "31"),
    ],
)
def test_a_bad_setting_is_one_sentence(tmp_path: Path, name: str, value: str) -> None:
    done = guichet("chat", data=tmp_path, **{name: value})
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert name in done.stderr


def test_every_command_explains_itself(tmp_path: Path) -> None:
    for name in ("chat", "telegram", "doctor", "retention", "kb", "tickets", "outbox"):
        done = guichet(name, "--help", data=tmp_path)
        assert done.returncode == 0
        assert "Utilisation" in done.stdout


def test_telegram_without_a_token_says_how_to_get_one(tmp_path: Path) -> None:
    done = guichet("telegram", data=tmp_path, TELEGRAM_TOKEN="")
    assert done.returncode == 1
    assert "@BotFather" in done.stderr


def test_keys_are_renewed_listed_and_copied(data: Path, tmp_path: Path) -> None:
    add_seal_key(data / "keys")  # as far as a rotation came that was killed

    taken_up = guichet("keys", "rotate", data=data)
    turned = guichet("keys", "rotate", data=data)
    words = ("keys", "export", str(tmp_path / "cles.json"), "--passphrase-file", "-")
    copied = guichet(*words, data=data, typed=PASSPHRASE)

    assert "elle reprend" in taken_up.stdout, taken_up.stderr
    assert "Nouvelle clé" in turned.stdout, turned.stderr
    held = keys(data)
    assert [one["kind"] for one in held] == ["seal", "seal", "seal", "fingerprint"]
    assert all(bool(one["rows"]) == one["in_use"] for one in held if one["kind"] == "seal")
    shown = guichet("tickets", "reveal", reference(data), "--reason", "traitement", data=data)
    assert A_NIR in shown.stdout
    assert copied.returncode == 0
    assert (tmp_path / "cles.json").stat().st_mode & 0o777 == 0o600
    held_keys = (data / "keys" / "keyring.json").read_bytes()
    assert open_copy(tmp_path / "cles.json", PASSPHRASE) == held_keys


PASSPHRASE = "cinq mots pris au hasard"


def keys(data: Path) -> list[dict[str, Any]]:
    listed = guichet("keys", "list", "--json", data=data)
    return [json.loads(line) for line in listed.stdout.splitlines()]


def test_a_backup_is_written_verified_and_restored_elsewhere(data: Path, tmp_path: Path) -> None:
    kept, copy, place = tmp_path / "kept", tmp_path / "cles.json", tmp_path / "place"
    kept.mkdir()
    secret = ("--passphrase-file", "-")
    guichet("keys", "export", str(copy), *secret, data=data, typed=PASSPHRASE)

    written = guichet("backup", str(kept), "--keep", "3", data=data)
    assert written.returncode == 0, written.stderr
    (file,) = kept.iterdir()
    verified = guichet("backup", "verify", str(file), data=data)
    without = guichet("restore", str(file), data=place)
    words = ("restore", str(file), "--keys", str(copy), *secret)
    restored = guichet(*words, data=place, typed=PASSPHRASE)
    refused = guichet("restore", str(file), data=data)

    assert file.stat().st_mode & 0o777 == 0o600
    assert "La sauvegarde est bonne" in verified.stdout, verified.stderr
    assert "clés manquent" in without.stderr
    assert "1 demandes" in restored.stdout, restored.stderr
    assert refused.returncode == 1
    assert "pas vide" in refused.stderr
    shown = guichet("tickets", "reveal", reference(data), "--reason", "reprise", data=place)
    assert A_NIR in shown.stdout
    for secret in (A_NIR, "Durand", "arrive par mutation", "Mairie d'Exemple"):
        assert secret.encode() not in file.read_bytes()


def test_a_restore_without_the_right_keys_leaves_nothing_behind(data: Path, tmp_path: Path) -> None:
    file, place, other = tmp_path / "one.backup", tmp_path / "place", tmp_path / "other"
    guichet("backup", str(file), data=data)
    guichet("tickets", "list", data=other)
    theirs, ours = other / "keys" / "keyring.json", data / "keys" / "keyring.json"

    without = guichet("restore", str(file), data=place)
    with_theirs = guichet("restore", str(file), "--keys", str(theirs), data=place)
    assert (without.returncode, with_theirs.returncode) == (1, 1)
    assert "clés manquent" in without.stderr
    assert "que ce guichet n'a pas" in with_theirs.stderr
    assert not list(place.rglob("*.*"))

    restored = guichet("restore", str(file), "--keys", str(ours), data=place)
    assert restored.returncode == 0, restored.stderr
    assert "bien · Base et clés ouvertes" in guichet("doctor", data=place).stdout


def test_a_folder_for_backups_is_made_and_keeps_so_many(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"
    first = guichet("backup", str(folder), "--keep", "1", data=data)
    (one,) = folder.iterdir()
    earlier = one.rename(folder / "guichet-20200101-000000.backup")
    second = guichet("backup", str(folder), "--keep", "1", data=data)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    (left,) = folder.iterdir()
    assert left != earlier
    taken = guichet("backup", str(left), "--keep", "1", data=data)
    assert taken.returncode == 1
    assert "doit être un dossier" in taken.stderr
