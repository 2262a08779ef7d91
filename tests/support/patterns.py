"""Every pattern of the product, and texts made of its own words that a careless one never ends on.

A pattern is found wherever the source compiles or uses one: as an object of a module (also within a
table), and as the literal of a call of `re`. A call whose pattern is made at run time is listed in
`MADE_WHILE_RUNNING` with a sample, so that no pattern can be forgotten.
"""

import ast
import importlib
import re
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
METHODS = {"match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
SIZES = (400, 4_000, 80_000)
PROCESSOR_SECONDS = 2.0
"""For one text of one pattern: a linear one takes milliseconds, another one minutes or years."""
REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)

MADE_WHILE_RUNNING: dict[tuple[str, str], tuple[str, ...]] = {
    # Both compile tables of a module, whose patterns are found there.
    ("bot.domain.short_replies", "f'(?:{pattern}){_PLEASE}'"): (),
    # The name of somebody, escaped.
    ("bot.domain.privacy", "pattern"): (r"(?<!\w)Durand(?!\w)",),
    # A word of a field, escaped.
    ("bot.conversation.steps.asides", "f'\\\\b{re.escape(comparable(word))}\\\\b'"): (
        r"\bcontrat\b",
    ),
}


class TooSlowError(Exception):
    """A pattern used more processor time for one text than any linear one would."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern with the place where it stands and the methods that are called on it."""

    place: str
    compiled: re.Pattern[str]
    methods: frozenset[str]


def product_modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product with its syntax tree."""
    for top in ("bot", "knowledge"):
        for file in sorted((ROOT / top).rglob("*.py")):
            if "migrations" in file.parts:
                continue
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), ast.parse(file.read_text("utf-8"))


@cache
def all_patterns() -> list[Pattern]:
    """Every pattern of the product.

    Raises:
        LookupError: a pattern is made while the product runs, and no sample of it is listed.
    """
    trees = dict(product_modules())
    used = _methods_by_name(trees)
    found: dict[tuple[str, int], Pattern] = {}
    for name, tree in trees.items():
        module = importlib.import_module(name)
        for place, compiled in _objects(module):
            key = place.split("[")[0].split(".")[-1]
            methods = used.get(key) or used[f"{name}:"] or {"fullmatch"}
            found[(compiled.pattern, compiled.flags)] = Pattern(place, compiled, frozenset(methods))
        for call, in_function in _calls_of_re(tree, in_function=False):
            if not in_function and _method(call) == "compile":
                continue  # an object of the module, found above
            for text, methods in _written_in(call, module, name):
                compiled = re.compile(text)
                place = f"{name}:{call.lineno}"
                found.setdefault((text, compiled.flags), Pattern(place, compiled, methods))
    return list(found.values())


def _calls_of_re(tree: ast.AST, *, in_function: bool) -> Iterator[tuple[ast.Call, bool]]:
    """The calls of `re`, and whether each stands in a function."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and _method(node):
            yield node, in_function
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _calls_of_re(node, in_function=in_function or is_function)


def _method(call: ast.Call) -> str:
    """« compile », « search », … of a call of `re`; nothing for another call."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=attr) if attr in METHODS | {"compile"}:
            return attr
    return ""


def _written_in(
    call: ast.Call, module: ModuleType, name: str
) -> Iterator[tuple[str, frozenset[str]]]:
    method = _method(call)
    methods = frozenset({method} if method in METHODS else METHODS)
    expression = ast.unparse(call.args[0])
    if (name, expression) in MADE_WHILE_RUNNING:
        yield from ((text, methods) for text in MADE_WHILE_RUNNING[name, expression])
        return
    try:
        yield eval(expression, vars(module)), methods  # noqa: S307 -- the product's own source
    except NameError:
        raise LookupError(f"{name}:{call.lineno}: no sample of {expression}") from None


def _objects(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, value in vars(module).items():
        if not name.startswith("__"):
            yield from _within(f"{module.__name__}.{name}", value)


def _within(place: str, value: object) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield place, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _within(f"{place}[{key}]", one)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, one in enumerate(value):
            yield from _within(f"{place}[{number}]", one)


def _methods_by_name(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """The methods called on a name; under « module: » those called on names of no pattern."""
    found: dict[str, set[str]] = defaultdict(set)
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                target = node.value
                name = target.id if isinstance(target, ast.Name) else ""
                if isinstance(target, ast.Attribute):
                    name = target.attr
                if name and name.strip("_").isupper():
                    found[name].add(node.attr)
                elif name != "re" and node.attr != "split":  # mostly that of a text
                    found[f"{module}:"].add(node.attr)
    return found


# Texts.


def attacks(pattern: re.Pattern[str], ends: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Beginnings, what to repeat, and ends that spoil the match."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    seen: set[tuple[str, str]] = set()
    whole = _sample(tree)
    leads = [("", whole), ("", whole[:-1]), ("", f"{whole} "), (whole, " "), ("", f"{whole}\n")]
    for lead, body in [*leads, *_pumps(tree, "")]:
        if body and (lead, body) not in seen:
            seen.add((lead, body))
            yield from ((lead, body, end) for end in ends)


def _pumps(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    """What stands before each repeated part, and each of its words alone and all of them."""
    for kind, value in tree:
        if kind in REPEATS:
            words = list(dict.fromkeys(_alternatives(value[2])))[:20]
            yield from ((lead, word) for word in words)
            yield lead, "".join(words)
            yield lead, " ".join(words)
            yield from _pumps(value[2], lead)
        for part in _parts(kind, value):
            yield from _pumps(part, lead)
        lead += _sample([(kind, value)])


def _parts(kind: Any, value: Any) -> list[Any]:
    if kind is op.BRANCH:
        return list(value[1])
    if kind is op.SUBPATTERN:
        return [value[3]]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [value[1]]
    return [value] if kind is op.ATOMIC_GROUP else []


def _alternatives(tree: Any) -> Iterator[str]:
    """A sample of a part for each way through its branches."""
    lead = ""
    for place, (kind, value) in enumerate(tree):
        rest = _sample(tree[place + 1 :])
        if kind is op.BRANCH:
            for branch in value[1]:
                yield from (lead + one + rest for one in _alternatives(branch))
        elif kind is op.SUBPATTERN or kind is op.ATOMIC_GROUP:
            inner = value[3] if kind is op.SUBPATTERN else value
            yield from (lead + one + rest for one in _alternatives(inner))
        lead += _sample([(kind, value)])
    yield lead


def _sample(tree: Any) -> str:
    """A text that a part matches, as far as that is told without trying."""
    return "".join(_sample_one(kind, value) for kind, value in tree)


def _sample_one(kind: Any, value: Any) -> str:
    if kind is op.LITERAL:
        return chr(value)
    if kind is op.NOT_LITERAL:
        return "a" if chr(value) != "a" else "b"
    if kind is op.ANY:
        return "a"
    if kind is op.IN:
        return _one_of(value)
    if kind is op.BRANCH:
        return _sample(value[1][0])
    if kind is op.SUBPATTERN:
        return _sample(value[3])
    if kind is op.ATOMIC_GROUP:
        return _sample(value)
    if kind in REPEATS:
        return _sample(value[2]) * max(value[0], 1)
    return ""


CLASSES = {
    op.CATEGORY_DIGIT: "1",
    op.CATEGORY_SPACE: " ",
    op.CATEGORY_WORD: "a",
    op.CATEGORY_NOT_DIGIT: "a",
    op.CATEGORY_NOT_SPACE: "a",
    op.CATEGORY_NOT_WORD: "-",
}


def _one_of(members: Any) -> str:
    if members[0][0] is op.NEGATE:
        written = "".join(_one_of([one]) for one in members[1:])
        return next(one for one in "a1-é." if one not in written)
    kind, value = members[0]
    if kind is op.LITERAL:
        return chr(value)
    return chr(value[0]) if kind is op.RANGE else CLASSES[value]


def try_at_sizes(pattern: Pattern, seconds: float = PROCESSOR_SECONDS) -> None:
    """Read all texts at all sizes.

    Raises:
        TooSlowError: one of them took more processor time than a linear pattern would.
    """
    for size in SIZES:
        ends = ("\0", "\n\0") if size < SIZES[-1] else ("\n\0",)
        for lead, body, end in attacks(pattern.compiled, ends):
            text = lead + body * ((size - len(lead)) // len(body) + 1) + end
            with _no_longer_than(seconds, f"{pattern.place} on {lead!r} + {body!r}…"):
                for method in pattern.methods:
                    _read(pattern.compiled, method, text)


def _read(compiled: re.Pattern[str], method: str, text: str) -> None:
    if method in ("sub", "subn"):
        compiled.sub("", text)
    elif method == "finditer":
        for _ in compiled.finditer(text):
            pass
    else:
        read: Callable[[str], object] = getattr(compiled, method)
        read(text)


@contextmanager
def _no_longer_than(seconds: float, what: str) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError(what)

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
