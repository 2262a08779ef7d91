"""French everywhere an employer, an advisor or an operator reads: no English word is left.

A small list of English words that French has not finds what was forgotten: in every text of the
conversation, in what commands and logs say, in the example of settings, in an operator's papers.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from bot.conversation.texts import load_texts
from bot.domain.account_changes import Change

ROOT = Path(__file__).parents[1]
ENGLISH = re.compile(
    r"\b(?:the|is|are|was|were|not|with|without|that|this|these|and|of|to|by|been|has|have|which|who"
    r"|whose|cannot|could|will|would|from|it|its|unknown|user|users|administrator|missing"
    r"|waiting|than|again|there|does|did|over|must|should|every|each|only|when|where|what|how)\b",
    re.IGNORECASE,
)
CODE = re.compile(
    r"`[^`]*`|```.*?```|https?://\S+|«\s(?:guichet|/)[^»]*»|\bguichet(?: [a-z-]+)+|--?[\w-]+"
    r"|\{[^}]*\}|\([a-z]+\.[a-z]+\)|\]\([^)]*\)|\w+[._/=@-]\w[\w./=@-]*|<[^>]*>|^\[.*\]$",
    re.DOTALL | re.MULTILINE,
)
"""Commands, options, places, addresses and names of files are in no language."""
SPOKEN = {"say", "fail", "print", "echo", "BadParameter", "Option", "Argument", "Typer", "prompt"}
SPOKEN |= {"confirm", "show_rows", "SettingsError", "Finding", "log_failure"}
LOGGED = {"info", "warning", "error", "critical", "exception"}
PAPERS = (".env.example", "docs/advisors.md", "docs/installation.md", "docs/operations.md")


def english_in(words: str) -> list[str]:
    return [match[0] for match in ENGLISH.finditer(CODE.sub(" ", words))]


def test_every_text_of_the_conversation_is_french() -> None:
    found = {key: english_in(words) for key, words in load_texts().items()}
    assert {key: words for key, words in found.items() if words} == {}


def spoken_in(module: Path) -> Iterator[tuple[int, str]]:
    """What a module says to an operator: the sentences given to `say`, `fail`, options and logs."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        of = getattr(getattr(node.func, "value", None), "id", "")
        if name in SPOKEN or (of == "log" and name in LOGGED):
            for given in (*node.args, *(one.value for one in node.keywords)):
                for part in ast.walk(given):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.lineno, part.value


def test_what_commands_and_logs_say_is_french() -> None:
    modules = sorted((ROOT / "bot").rglob("*.py"))
    said = [
        (module.relative_to(ROOT).as_posix(), line, words)
        for module in modules
        for line, words in spoken_in(module)
        if " " in words.strip() and english_in(words)
    ]
    assert len(list(spoken_in(ROOT / "bot" / "commands" / "tickets.py"))) > 10
    assert said == []


@pytest.mark.parametrize("paper", PAPERS)
def test_what_an_operator_reads_is_french(paper: str) -> None:
    lines = (ROOT / paper).read_text(encoding="utf-8")
    words = "\n".join(re.findall(r"^#.*", lines, re.MULTILINE)) if paper[0] == "." else lines
    assert english_in(re.sub(r"```.*?```", "", words, flags=re.DOTALL)) == []


def test_everything_that_the_audit_log_keeps_has_words() -> None:
    source = "".join(module.read_text("utf-8") for module in sorted((ROOT / "bot").rglob("*.py")))
    noted = set(re.findall(r'audit_log\.add(?:_all)?\([^"]*?,\s*"([a-z_]+\.[a-z_]+)"', source))
    noted |= {f"register.{change.__name__.lower()}" for change in get_args(Change)[6:]}
    missing = {one for one in noted if f"journal.{one.replace('.', '_')}" not in load_texts()}
    assert len(noted) > 25
    assert missing == set()
