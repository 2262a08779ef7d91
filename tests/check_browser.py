"""Every dialogue in a real Chromium, with script and without: `make check-browser`."""

from pathlib import Path

import pytest
from support.dialogue import FILES, play
from support.inchromium import Opened, browser, opened

__all__ = ["browser", "opened"]


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_every_dialogue(opened: Opened, file: Path, tmp_path: Path, *, scripted: bool) -> None:
    play(file, opened(java_script_enabled=scripted), tmp_path)
