"""Writes the transcripts of the papers anew; `make check` holds them to what is said today."""

import re
import sys
import tempfile
from pathlib import Path

# The root first: `tests/knowledge` is no package, and must not be taken for the real one.
sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from test_papers import WITH_TRANSCRIPTS, replay  # noqa: E402 -- found by the line above


def rewritten(match: re.Match[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return f"```text\n{replay(match[1], Path(folder))}```"


if __name__ == "__main__":
    for page in WITH_TRANSCRIPTS:
        text = page.read_text(encoding="utf-8")
        mended = re.sub(r"```text\n(.*?)```", rewritten, text, flags=re.DOTALL)
        page.write_text(mended, encoding="utf-8")
