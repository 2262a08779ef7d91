"""The manual of the commands: every page of it in French."""

import re
from collections.abc import Iterator
from typing import Any

from test_french import english_in
from typer.main import get_command

from bot.cli import app

ENGLISH = re.compile(
    r"usage:|show this|\bdefault|required|commands|\bargs\b|<int|<str|<path|<float|<bool|<list"
)


def pages(command: Any, context: Any) -> Iterator[str]:
    yield context.get_help()
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        below = command.get_command(context, name)
        yield from pages(below, below.context_class(below, info_name=name, parent=context))


def test_every_page_is_in_french() -> None:
    command = get_command(app)
    found = list(pages(command, command.context_class(command, info_name="guichet")))

    assert len(found) > 40
    for page in found:
        assert page.startswith("Utilisation : guichet")
        assert "Affiche cette aide." in page
        assert not ENGLISH.search(page.lower()), page
        assert not english_in(page), page


def test_a_list_of_commands_says_a_first_sentence_whole() -> None:
    command = get_command(app)
    page = command.context_class(command, info_name="guichet").get_help()

    assert "PostgreSQL : tout ou rien." in page
    assert "..." not in page
