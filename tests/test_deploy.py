"""The units of systemd start commands that there are, hardened, and the manual names them."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli import app as cli
from bot.settings import Settings
from bot.storage.keys import FILE_NAME

ROOT = Path(__file__).parents[1]
UNITS = sorted((ROOT / "deploy").glob("*.service"))
SERVICE, BACKUP = ROOT / "deploy" / "guichet.service", ROOT / "deploy" / "guichet-backup.service"
WRAPPER = ROOT / "deploy" / "guichet"
CREDENTIALS = "/etc/guichet/credentials"
LITTLE = 12  # tenths, of 100 that there could be
MANUAL = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def values(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    (start,) = values(unit, "ExecStart")
    program, name, *rest = shlex.split(start)
    command = get_command(cli).get_command(None, name)

    assert Path(program).name == "guichet"
    assert command is not None
    command.make_context(name, rest)  # its arguments and options are understood
    assert unit.name in MANUAL or unit.name.replace(".service", ".timer") in MANUAL


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_sets_only_settings_that_there_are(unit: Path) -> None:
    names = {value.partition("=")[0] for value in values(unit, "Environment")}

    assert names <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
@pytest.mark.parametrize(
    "line",
    [
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "UMask=0077",
        "DevicePolicy=closed",
        "KeyringMode=private",
        "PrivateIPC=yes",
        "LimitCORE=0",
        "MemorySwapMax=0",
    ],
)
def test_a_unit_is_hardened(unit: Path, line: str) -> None:
    assert line in unit.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_says_each_thing_once(unit: Path) -> None:
    """Of two values the last one holds, and the first one is read; lists are added up."""
    lists = {"LoadCredentialEncrypted", "SystemCallFilter", "Environment"}
    names = re.findall(r"^(\w+)=", unit.read_text(encoding="utf-8"), re.MULTILINE)

    assert [name for name in names if name not in lists and names.count(name) > 1] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
@pytest.mark.parametrize(
    "name", ["LimitNOFILE", "TasksMax", "CPUQuota", "MemoryMax", "TimeoutStartSec"]
)
def test_a_unit_has_its_limits(unit: Path, name: str) -> None:
    assert len(values(unit, name)) == 1


def test_the_service_has_room_for_more_connections_than_usual() -> None:
    assert int(values(SERVICE, "LimitNOFILE")[0]) > 4096


def test_the_backup_reaches_no_other_machine() -> None:
    assert values(BACKUP, "IPAddressDeny") == ["any"]
    assert values(BACKUP, "IPAddressAllow") == ["localhost"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_keys_come_encrypted_and_from_another_place_than_the_database(unit: Path) -> None:
    handed = dict(value.split(":", 1) for value in values(unit, "LoadCredentialEncrypted"))
    (folder,) = (value.removeprefix("DATA_DIR=") for value in values(unit, "Environment"))

    assert handed[FILE_NAME] == f"{CREDENTIALS}/{FILE_NAME}"
    assert all(path == f"{CREDENTIALS}/{name}" for name, path in handed.items())
    assert not any(Path(path).is_relative_to(folder) for path in handed.values())
    assert set(handed) - {FILE_NAME} <= set(Settings.model_fields)


def test_systemd_is_told_by_whoever_it_is_to_wait_for(tmp_path: Path) -> None:
    """Of `guichet bridge`, which runs under the same unit and asks for no token."""
    assert values(SERVICE, "Type") == ["notify"]
    assert values(SERVICE, "WatchdogSec")
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.settimeout(120)
        told = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "60000000"}
        with subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "bridge"],
            cwd=tmp_path,
            env={**os.environ, **told, "PYTHONPATH": str(ROOT), "DATA_DIR": str(tmp_path / "data")},
        ) as desk:
            words = [manager.recv(100), manager.recv(100)]
            desk.send_signal(signal.SIGTERM)
            words.append(manager.recv(100))
            assert desk.wait(120) == 0
    assert words == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A stand-in for systemd-run that prints what it is asked, one word a line."""
    (tmp_path / "systemd-run").write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    (tmp_path / "systemd-run").chmod(0o755)
    return tmp_path


def run_wrapper(asked: Path, *words: str, **environment: str) -> list[str]:
    script = WRAPPER.read_text(encoding="utf-8").replace(CREDENTIALS, str(asked / "credentials"))
    path = f"{asked}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", script, "guichet", *words],
        cwd=asked,
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_command_by_hand_runs_as_the_service_does(asked: Path) -> None:
    (asked / "credentials").mkdir()
    for name in (FILE_NAME, "telegram_token"):
        (asked / "credentials" / name).write_text("sealed")

    words = run_wrapper(asked, "tickets", "list", "--status", "en cours", SUDO_UID="1000")

    (start,) = values(SERVICE, "ExecStart")
    (data,) = values(SERVICE, "Environment")
    command = ["/usr/bin/env", data, start.split()[0]]
    assert words[-7:] == [*command, "tickets", "list", "--status", "en cours"]
    for name in (FILE_NAME, "telegram_token"):
        file = asked / "credentials" / name
        assert f"--property=LoadCredentialEncrypted={name}:{file}" in words
    assert f"--uid={values(SERVICE, 'User')[0]}" in words
    assert f"--property=EnvironmentFile={values(SERVICE, 'EnvironmentFile')[0]}" in words
    assert "--setenv=SUDO_UID=1000" in words


def test_the_keys_of_a_command_by_hand_may_stand_elsewhere(asked: Path) -> None:
    """After the file of settings, where the same name is empty: for keys that are to be written."""
    words = run_wrapper(asked, "keys", "rotate", KEYS_FOLDER="/run/guichet keys")

    assert words[-4:-2] == [
        "KEYS_FOLDER=/run/guichet keys",
        values(SERVICE, "ExecStart")[0].split()[0],
    ]


def test_a_command_by_hand_runs_where_nothing_is_handed_over(asked: Path) -> None:
    words = run_wrapper(asked, "doctor")

    assert words[-1] == "doctor"
    assert not any("LoadCredential" in word or "SUDO" in word for word in words)


@pytest.fixture
def systemd_analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return program


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_little_exposed(systemd_analyze: str, unit: Path) -> None:
    """The manual has the figure; another version of systemd looks at other things."""
    options = ("security", "--offline=true", "--no-pager", f"--threshold={LITTLE}")
    asked = subprocess.run(
        [systemd_analyze, *options, str(unit)], capture_output=True, text=True, check=False
    )
    if "offline" in asked.stderr:
        pytest.skip("this systemd-analyze knows no --offline")
    assert asked.returncode == 0, asked.stdout.splitlines()[-1:]


def test_systemd_understands_the_units(systemd_analyze: str, tmp_path: Path) -> None:
    """With a program that is there: `verify` looks for it."""
    for unit in (ROOT / "deploy").glob("*.*"):
        content = unit.read_text(encoding="utf-8")
        there = content.replace("/opt/guichet/.venv/bin/guichet", "/bin/true")
        (tmp_path / unit.name).write_text(there)
    done = subprocess.run(
        [systemd_analyze, "verify", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    mine = [line for line in done.stderr.splitlines() if "guichet" in line]
    assert mine == []


def test_the_settings_that_the_manual_names_are_there() -> None:
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", MANUAL))

    assert named <= {name.upper() for name in Settings.model_fields}
    assert {"HEALTH_PORT", "ALARM_TO", "LOG_FORMAT"} <= named
