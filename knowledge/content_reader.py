"""Reads content files: TOML rows checked against what is expected, errors in French.

Whoever writes content reads which file is wrong, where in it, and what belongs there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import tomli


class ContentError(Exception):
    """A content file is wrong; the message names the file, the place and what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


TomlTable = Mapping[str, Any]
NO_TEXT = "ce fichier n'est pas en UTF-8 : enregistrez-le dans cet encodage"


class ShapeError(ValueError):
    """Something is not as it should be; the message says what, in French."""


@contextmanager
def reading(file: Traversable) -> Iterator[dict[str, Any]]:
    """A whole file of TOML; what is wrong in it is told with its name.

    Raises:
        ContentError: it cannot be read, is no TOML, or what is done with it finds it unfit.
    """
    path = Path(str(file))
    try:
        yield parse_rows(file.read_text(encoding="utf-8"))
    except OSError:
        raise ContentError(path, "ce fichier manque ou ne peut pas être lu") from None
    except UnicodeDecodeError:
        raise ContentError(path, NO_TEXT) from None
    except ShapeError as error:
        raise ContentError(path, str(error)) from None


@contextmanager
def reading_rules(file: Traversable, key: str, values: Iterable[str]) -> Iterator[dict[str, Any]]:
    """As `reading`, for tables of rules: a key that is missing is named, and `values` where `key`
    has another one."""
    with reading(file) as tables:
        try:
            yield tables
        except ShapeError:
            raise
        except KeyError as error:
            raise ShapeError(f"il manque « {error.args[0]} » : ajoutez-le") from None
        except ValueError:
            raise ShapeError(f"« {key} » doit être l'un de : {', '.join(values)}") from None


@contextmanager
def within(row: TomlTable, key: str = "code") -> Iterator[None]:
    """What is wrong in a row is told with the row's own name before it."""
    try:
        yield
    except ShapeError as error:
        name = row.get(key)
        raise ShapeError(f"« {name if isinstance(name, str) else '?'} » : {error}") from None


def parse_rows(text: str, first_line: int = 1) -> dict[str, Any]:
    """TOML that begins on a line of its file. Raises ShapeError."""
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line = error.lineno + first_line - 1
        problem = f"ligne {line}, colonne {error.colno} : ce n'est pas du TOML, corrigez l'écriture"
    except RecursionError:
        problem = "trop de crochets les uns dans les autres : écrivez-le plus simplement"
    raise ShapeError(problem)


def text_in(row: TomlTable, key: str) -> str:
    found = text_or_none(row, key)
    if found is None:
        raise ShapeError(f"il manque « {key} » : ajoutez-le")
    return found


def text_or_none(row: TomlTable, key: str) -> str | None:
    found = row.get(key)
    if found is not None and not isinstance(found, str):
        raise ShapeError(f"« {key} » doit être un texte entre guillemets")
    return found


def flag_in(row: TomlTable, key: str) -> bool:
    """False where nothing is said."""
    found = row.get(key, False)
    if not isinstance(found, bool):
        raise ShapeError(f"« {key} » doit être true ou false")
    return found


def texts_in(row: TomlTable, key: str, *, needed: bool = True) -> tuple[str, ...]:
    found = _list(row, key, needed=needed)
    if not all(isinstance(one, str) for one in found):
        raise ShapeError(f'« {key} » doit être une liste de textes : {key} = ["…"]')
    return tuple(found)


def rows_in(row: TomlTable, key: str, *, needed: bool = True) -> tuple[TomlTable, ...]:
    found = _list(row, key, needed=needed)
    if not all(isinstance(one, dict) for one in found):
        raise ShapeError(f"« {key} » doit être fait de tables [[{key}]]")
    return tuple(found)


def refuse_unknown(row: TomlTable, known: Collection[str]) -> None:
    """A key that nothing reads is a slip that nobody would notice."""
    unknown = [key for key in row if key not in known]
    if unknown:
        raise ShapeError(f"clé inconnue « {unknown[0]} » : corrigez-la ou retirez-la")


def _list(row: TomlTable, key: str, *, needed: bool) -> list[Any]:
    found = row.get(key)
    if found is None and needed:
        raise ShapeError(f"il manque « {key} » : ajoutez-le")
    if not isinstance(found, list | None):
        raise ShapeError(f"« {key} » doit être une liste")
    return found or []
