"""`guichet` as somebody types it, in this process: a start of Python each would take minutes.

That the command works as a process of its own is held by the tests of the terminal and of Telegram.
"""

import atexit
import io
import os
import sys
import threading
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from bot.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def guichet(*arguments: str, data: Path, typed: str = "", **more: str) -> Done:
    """Run a command over the register in `data`; `more` are settings."""
    out, err = io.StringIO(), io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
    status = 0
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, {"DATA_DIR": str(data), **more}))
        stack.enter_context(patch.object(sys, "argv", ["guichet", *arguments]))
        stack.enter_context(patch.object(sys, "stdin", stdin))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        for owner, hook in (
            (sys, "excepthook"),
            (sys, "unraisablehook"),
            (threading, "excepthook"),
        ):
            stack.enter_context(patch.object(owner, hook, getattr(owner, hook)))
        # What a process does at its end is done at the end of the command.
        stack.enter_context(patch.object(atexit, "register", stack.callback))
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Done(status, out.getvalue(), err.getvalue())
