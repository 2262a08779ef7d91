"""The one error of the knowledge base: content that cannot be used, with file, line and remedy."""

from pathlib import Path


class ContentError(Exception):
    """A content file is wrong; the message names the file, the place and what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
