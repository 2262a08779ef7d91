"""The size of the product: `make house` prints it, `tests/test_house.py` holds it to its bars.

A *source file* is a Python file of `bot/` or `knowledge/` with more than a docstring in it.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("bot", "knowledge")

FILES = 180
LINES = 29_000
SMALL = 40
MODULES = 6
METHODS = 25
DOUBLED = 10
ROOMS = 45

NOW: Mapping[str, int] = {"source files with content": 233, "lines": 47_000}
"""What the check holds files and lines to: `FILES` and `LINES` are the bars of the house without
the rights of persons and what keeps social security numbers safe."""

SMALL_WITH_REASON: Mapping[str, str] = {
    "bot/domain/errors.py": "two errors that every folder raises",
    "bot/storage/migrations/__init__.py": "the newest revision, known without loading alembic",
    "knowledge/__init__.py": "the names that the desk uses of the knowledge base",
}
"""Files under `SMALL` lines that stand alone for a reason, and the reason."""

INVENTED = frozenset(
    """
    Exchange Heard Parcel Window TicketDesk Bench Deed Doubt Obstacle Correspondence Telling
    RegisterDesk House Seat Consignment Receipt Letter Records Desk OutboxRow Vault Clerk
    Pace Bucket Gate Duties Visit Turnstile Latecomers Absence Lookout Taking Errands
    Pulse Outlook Handover Custody Posting Dispatch Acquaintances Settling Carrier Rechecked
    BackOffice Piece window ticket_desk bench deeds caution backoffice correspondence telling
    exchange register_desk administration incoming clerk pace pacing duties holder settling
    carrier handover pulse outlook watched acquaintances filing posting custody waiting dispatch
    ledgers casebook registers journal figures kept_aside vault keyring resealing sealed moving
    archive taking turnstile latecomers errands pointing longtext staff_visit staff_private
    staff_posts seats sheet shelf legi belonging verdicts passages skeleton gaps hearing
    shorthand gist house consignment wire line faults meaning library transport lookout absence
    rounds lastcall rechecking email_desk canned connecting door
    """.split()  # noqa: SIM905 -- a list of words reads better as words
)
"""Names of modules and classes that a newcomer would not search for; none may come back."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the table: what is counted, what may be at most, what is, and where."""

    what: str
    most: int
    found: int
    where: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool:
        return self.found <= self.most


@dataclass(frozen=True)
class Source:
    """One Python file of the product."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def has_content(self) -> bool:
        return any(not _is_docstring(node) for node in self.tree.body)

    @property
    def module(self) -> str:
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def public_names(self) -> Iterator[str]:
        """Classes, functions and types that a reader may look for by their name."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                if not node.name.startswith("_"):
                    yield node.name
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [one.id for one in targets if isinstance(one, ast.Name)]
                yield from (one for one in names if one[0].isupper() and not one.isupper())

    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


def read_sources(root: Path = ROOT) -> tuple[Source, ...]:
    """Every source file of the product, by name."""
    paths = sorted(path for top in PRODUCT for path in (root / top).rglob("*.py"))
    sources = (Source(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in paths)
    return tuple(one for one in sources if one.has_content)


def measure(sources: tuple[Source, ...]) -> tuple[Bar, ...]:
    """The rows that need no running program."""
    small = [one.name for one in sources if one.lines < SMALL and one.name not in SMALL_WITH_REASON]
    top = [one.name for one in sources if one.name.count("/") == 1 and one.name.startswith("bot/")]
    methods = count_methods(sources)
    widest = max(methods, key=lambda name: methods[name])
    doubled = find_doubled_names(sources)
    invented = find_invented_names(sources)
    return (
        Bar("source files with content", FILES, len(sources)),
        Bar("lines", LINES, sum(one.lines for one in sources)),
        Bar(f"files under {SMALL} lines without a reason", 0, len(small), tuple(small)),
        Bar("modules directly in bot/", MODULES, len(top), tuple(top)),
        Bar("public methods of one class", METHODS, methods[widest], (widest,)),
        Bar("public names defined in two modules", DOUBLED, len(doubled), tuple(doubled)),
        Bar("invented names", 0, len(invented), tuple(invented)),
    )


def count_methods(sources: tuple[Source, ...]) -> dict[str, int]:
    """Public methods and properties of every class, with those it inherits from ours."""
    own: dict[str, set[str]] = defaultdict(set)
    bases: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        for node in source.classes():
            own[node.name] |= {
                one.name
                for one in node.body
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
                and not one.name.startswith("_")
            }
            bases[node.name] |= {ast.unparse(base).split("[")[0] for base in node.bases}

    def all_of(name: str, seen: frozenset[str]) -> set[str]:
        above = (all_of(one, seen | {one}) for one in bases.get(name, ()) if one not in seen)
        return own.get(name, set()).union(*above)

    return {name: len(all_of(name, frozenset({name}))) for name in own}


def find_doubled_names(sources: tuple[Source, ...]) -> list[str]:
    """Public names that are defined in two modules or more, and where."""
    where: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        if "/migrations/" not in source.name:
            for name in source.public_names():
                where[name].add(source.name)
    return [
        f"{name}: {', '.join(sorted(files))}"
        for name, files in sorted(where.items())
        if len(files) > 1
    ]


def find_invented_names(sources: tuple[Source, ...]) -> list[str]:
    """Modules and classes with a name from the list of pictures."""
    found = [one.name for one in sources if one.module.rpartition(".")[2] in INVENTED]
    found += [
        f"{source.name}: {node.name}"
        for source in sources
        for node in source.classes()
        if node.name in INVENTED
    ]
    return found


def print_table(bars: tuple[Bar, ...]) -> None:
    for bar in bars:
        sign = "ok" if bar.is_met else "OVER"
        print(f"{bar.what:<55} {bar.found:>7,}  (at most {bar.most:,})  {sign}")
        if not bar.is_met:
            for place in bar.where:
                print(f"    {place}")


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


if __name__ == "__main__":
    from support.rooms import measure_rooms

    print_table((*measure(read_sources()), *measure_rooms()))
