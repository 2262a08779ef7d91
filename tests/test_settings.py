"""Settings from the environment, and what systemd hands to a service: secrets, keys, its socket."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.app import open_store
from bot.settings import Settings, SettingsError, Systemd
from bot.storage.keys import FILE_NAME, load_or_create_keys

TOKEN = "1234567:" + "A" * 24


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as `LoadCredentialEncrypted=` fills it, and a desk's own folder to stand in."""
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o500)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ({"telegram_base_url": "http://10.1.1.1/bot"}, "telegram_api"),
        ({"telegram_base_url": "http://127.0.0.1.exemple.fr/bot"}, "telegram_api"),
        ({"database_url": "postgresql+psycopg://a:b@10.0.0.1/x"}, "database"),
        ({"database_url": "postgresql+psycopg://a@db/x?sslmode=prefer"}, "database"),
        ({"database_url": "postgresql+psycopg://a@/x?host=db.exemple.fr"}, "database"),
    ],
)
def test_tokens_and_passwords_leave_this_machine_encrypted(chosen: dict, name: str) -> None:
    with pytest.raises(SettingsError, match=f"{next(iter(chosen)).upper()} mène hors"):
        getattr(Settings(_env_file=None, **chosen), name)
    assert getattr(Settings(_env_file=None, allow_clear_lines=True, **chosen), name)


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:////srv/guichet.db",
        "postgresql+psycopg://a@localhost/x",
        "postgresql+psycopg://a@[::1]:5432/x",
        "postgresql+psycopg://a@/x?host=/run/postgresql",
        "postgresql+psycopg://a@db.exemple.fr/x?sslmode=verify-full",
    ],
)
def test_a_database_here_or_behind_tls_is_taken(address: str) -> None:
    assert Settings(_env_file=None, database_url=address).database == address


def test_the_head_of_the_audit_log_leaves_over_https_alone() -> None:
    with pytest.raises(ValidationError, match="adresse https"):
        Settings(_env_file=None, audit_head_to="http://10.0.0.9/tete")


def hand_over(credentials: Path, name: str, content: bytes) -> None:
    """As systemd does: the owner reads, nobody writes."""
    credentials.chmod(0o700)
    (credentials / name).write_bytes(content)
    (credentials / name).chmod(0o400)
    credentials.chmod(0o500)


def test_a_secret_is_taken_from_what_systemd_hands_over(credentials: Path) -> None:
    hand_over(credentials, "telegram_token", f"{TOKEN}\n".encode())

    assert Settings.load().telegram_token.get_secret_value() == TOKEN


def test_an_empty_line_of_the_settings_hides_no_secret(
    credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of settings begins as a copy of the example, where each secret is empty."""
    hand_over(credentials, "smtp_password", b"in the credential")
    monkeypatch.setenv("SMTP_PASSWORD", "")

    assert Settings.load().smtp_password.get_secret_value() == "in the credential"


def test_the_desk_opens_with_the_keys_that_systemd_hands_over(
    credentials: Path, tmp_path: Path
) -> None:
    keys = load_or_create_keys(tmp_path / "first")
    hand_over(credentials, FILE_NAME, (tmp_path / "first" / FILE_NAME).read_bytes())
    settings = Settings.load()
    store = open_store(settings)

    assert store.encryption.seal_key.id == keys.newest.id
    assert not (tmp_path / "data" / "keys").exists()
    store.engine.dispose()


def test_without_a_key_among_them_the_keys_are_where_they_were(
    credentials: Path, tmp_path: Path
) -> None:
    hand_over(credentials, "telegram_token", TOKEN.encode())

    assert Settings.load().keys_dir == tmp_path / "data" / "keys"


def test_a_folder_of_the_operators_goes_first(
    credentials: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a rotation: the keys stand for a moment where they can be written."""
    hand_over(credentials, FILE_NAME, b"{}")
    monkeypatch.setenv("KEYS_FOLDER", str(tmp_path / "safe"))
    settings = Settings.load()
    open_store(settings).engine.dispose()

    assert (tmp_path / "safe" / FILE_NAME).exists()
    assert not (tmp_path / "data" / "keys").exists()


@pytest.mark.parametrize("name", ["x?y", "x#y", "x%20y", "x&mode=memory", "a:b@c", "file:x"])
def test_no_sign_of_an_address_leads_out_of_the_data_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "data"

    open_store(Settings(_env_file=None, data_dir=folder)).close()

    assert {path.name for path in folder.iterdir()} >= {"guichet.db", "keys"}
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_byte_order_mark_hides_no_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONTROLLER", raising=False)
    Path(".env").write_text("CONTROLLER=Mairie d'Exemple\n", encoding="utf-8-sig")

    assert Settings().controller == "Mairie d'Exemple"


def test_what_systemd_says_is_read_by_its_names() -> None:
    environment = {"NOTIFY_SOCKET": "@notify", "WATCHDOG_USEC": "60000000", "HOME": "/"}

    assert Systemd.read(environment) == Systemd(notify_socket="@notify", watchdog_seconds=60)
    assert Systemd.read({}) == Systemd()
