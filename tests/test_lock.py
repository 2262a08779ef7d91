"""What the desk runs on is locked: all of it, by hashes, no place named, no tool of the tests."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
LOCKS = {
    "requirements.lock": RUNTIME,
    "requirements-postgres.lock": [*RUNTIME, *EXTRAS["postgres"]],
}
PINNED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)( ; .+?)?(?: \\)?$", re.MULTILINE)
ENTRY = re.compile(r"[a-z0-9][a-z0-9.-]*==\S+( ; .+)?(?:    --hash=sha256:[0-9a-f]{64})+")


def named(requirement: str) -> str:
    """The project that a requirement names, as the index writes it."""
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def projects(name: str) -> set[str]:
    """The projects of a file."""
    return {project for project, _ in listed(name)}


def listed(name: str) -> list[tuple[str, str]]:
    """Project and version of each line of a file; a project has several where platforms differ."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [(project, version) for project, version, _ in PINNED.findall(text)]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_every_dependency_of_the_desk(lock: str) -> None:
    assert {named(one) for one in LOCKS[lock]} <= projects(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_version_with_its_hashes(lock: str) -> None:
    """So nothing else: no address, no folder, no option of pip."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace(" \\\n", "")
    lines = text.splitlines()

    assert [line for line in lines if not ENTRY.fullmatch(line)] == []
    assert len(lines) == len(listed(lock))


@pytest.mark.parametrize("lock", [*LOCKS, "constraints.txt"])
def test_no_lock_names_a_place(lock: str) -> None:
    assert not re.search(r"://|file:|--|@", re.sub(r"--hash=", "", (ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_of_the_tests_and_the_bench(lock: str) -> None:
    apart = {named(one) for extra in ("dev", "bench", "fuzz") for one in EXTRAS[extra]}

    assert not apart & projects(lock)
    assert "pytest-asyncio" in apart


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_the_versions_that_the_tests_run_on(lock: str) -> None:
    assert set(listed(lock)) <= set(listed("constraints.txt"))


def test_what_telegram_and_the_search_need_is_no_extra() -> None:
    assert {"python-telegram-bot", "rapidfuzz", "sqlmodel"} <= projects("requirements.lock")


def recipe(*target: str) -> str:
    """What make would run; it runs nothing."""
    command = ["make", "--dry-run", "--always-make", *target]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.replace("\\\n", "")


def test_the_conversation_is_installed_from_the_lock_alone() -> None:
    installs = re.findall(r"pip install ([^;&]*)", recipe("chat"))

    assert [re.sub(r"\s+", " ", one).strip() for one in installs] == [
        "--progress-bar on --require-hashes --only-binary :all: --requirement requirements.lock",
        "--quiet --no-deps --no-build-isolation --editable .",
    ]


@pytest.mark.parametrize(("target", "extra"), [("check", "dev"), ("bench-search", "bench")])
def test_what_is_for_developers_is_pinned(target: str, extra: str) -> None:
    assert re.search(
        rf"PIP_CONSTRAINT=constraints.txt \S*pip install .*--editable '\.\[{extra}\]'",
        recipe(target),
    )


def test_the_bill_of_materials_is_of_the_lock_and_always_the_same(tmp_path: Path) -> None:
    assert "--output-reproducible" in recipe("sbom")
    assert "build/sbom.json requirements-postgres.lock" in recipe("sbom")
    program = ROOT / ".venv" / "sbom" / "bin" / "cyclonedx-py"
    if not program.exists():
        pytest.skip("`make sbom` was not run here: its tool is not installed")
    # `make sbom` also holds it against the schema, for twenty seconds.
    options = ("--pyproject", "pyproject.toml", "--output-reproducible", "--no-validate")
    bills = []
    for name in ("one.json", "two.json"):
        subprocess.run(
            [
                program,
                "requirements",
                *options,
                "-o",
                tmp_path / name,
                "requirements-postgres.lock",
            ],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        bills.append((tmp_path / name).read_bytes())
    components = json.loads(bills[0])["components"]

    assert bills[0] == bills[1]
    assert json.loads(bills[0])["bomFormat"] == "CycloneDX"
    assert {(one["name"], one["version"]) for one in components} == set(
        listed("requirements-postgres.lock")
    )
