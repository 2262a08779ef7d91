"""The units of systemd start commands that there are, hardened, and the manual names them."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli import app as cli
from bot.settings import Settings

ROOT = Path(__file__).parents[1]
UNITS = sorted((ROOT / "deploy").glob("*.service"))
LITTLE = 20  # tenths, of 100 that there could be
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
    ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077"],
)
def test_a_unit_is_hardened(unit: Path, line: str) -> None:
    assert line in unit.read_text(encoding="utf-8").splitlines()


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
    for unit in (ROOT / "deploy").iterdir():
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
