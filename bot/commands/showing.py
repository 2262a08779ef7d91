"""Showing: tables in the terminal, in which nothing that somebody typed is taken for markup."""

from rich.console import Console
from rich.table import Table


def show(shown: Table | str) -> None:
    """« [/b] » and « :smile: » come out as they were typed."""
    Console(markup=False, emoji=False, highlight=False).print(shown)
