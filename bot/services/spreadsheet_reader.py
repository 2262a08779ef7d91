"""Reads a sheet in a process of its own, which a file cannot make larger or slower than it may be.

A workbook of 132 kB can hold millions of cells. It is read outside every transaction and beside the
event loop, under limits of memory, processor time and waiting that the child process sets for
itself before it reads a byte. What the limits end is a file that is too large.
"""

import json
import os
import resource
import subprocess
import sys
from typing import Final

from bot.conversation.events import DocumentFetched
from bot.domain.spreadsheet import (
    LARGEST_FILE,
    Sheet,
    SpreadsheetFault,
    UnreadableSpreadsheetError,
    read_spreadsheet,
    sheets_from_json,
)

MEMORY: Final = 768 * 1024 * 1024  # bytes of address space, the libraries included
PROCESSOR: Final = 10  # seconds
PATIENCE: Final = 30.0  # seconds, on a machine that is busy
INHERITED: Final = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
"""What the child gets of the environment: it has no use for a token or a password."""


def read_apart(content: bytes) -> list[Sheet]:
    """The sheets that hold anything, as `read_spreadsheet`, which runs in a child process.

    It waits; who must not calls it in a thread. Raises UnreadableSpreadsheetError.
    """
    if len(content) > LARGEST_FILE:
        raise UnreadableSpreadsheetError(SpreadsheetFault.TOO_LARGE)
    try:
        child = subprocess.run(  # noqa: S603 -- this module, and nothing of the file's
            [sys.executable, "-m", __name__],
            input=content,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
        )
    except subprocess.TimeoutExpired:
        raise UnreadableSpreadsheetError(SpreadsheetFault.TOO_LARGE) from None
    if child.returncode:  # out of memory, out of time, killed
        raise UnreadableSpreadsheetError(SpreadsheetFault.TOO_LARGE)
    told = json.loads(child.stdout)
    if isinstance(told, dict):
        raise UnreadableSpreadsheetError(SpreadsheetFault(told["fault"]), told["line"])
    return sheets_from_json(child.stdout)


def read_document(name: str, content: bytes) -> DocumentFetched:
    """A file that a person sent, as the conversation hears of it; read as by `read_apart`."""
    try:
        return DocumentFetched(name, tuple(read_apart(content)))
    except UnreadableSpreadsheetError as error:
        return DocumentFetched(name, fault=error.fault.value, line=error.line)


def main() -> None:
    """The child: a file on the standard input, its sheets or a fault as JSON on the output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told: list[Sheet] | dict[str, str | int]
    try:
        told = read_spreadsheet(sys.stdin.buffer.read())
    except UnreadableSpreadsheetError as error:
        told = {"fault": error.fault.value, "line": error.line}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
