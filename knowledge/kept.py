"""The base as it was read, kept beside the code as Python keeps what it compiled.

Reading the content takes .3 s of a start; taking up what was read before takes .02 s, and a third
less memory. What is kept begins with a digest of all that it was made of, content and code: it
fits, or everything is read anew. It lies in the `__pycache__` of the code, by the rules of Python:
the installation makes it (`python -m knowledge`), a start that finds none makes it where it may
write, and whoever could put something else there could as well change the code.
"""

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, TypeVar

import Stemmer

CODE: Final = Path(__file__).parent
KEPT: Final = CODE / "__pycache__" / f"content.{sys.implementation.cache_tag}.kept"
_DIGEST: Final = hashlib.sha256().digest_size

Base = TypeVar("Base")


def kept_or_built(content: Path, build: Callable[[], Base], file: Path = KEPT) -> Base:
    """What the file keeps, if it was made of this content by this code; else built, and kept."""
    made_of = digest_of(content)
    base: Base | None = _read(file, made_of)
    if base is None:
        base = build()
        if not sys.dont_write_bytecode:
            with suppress(OSError):  # the code is not ours to write to: the next start builds too
                keep(base, made_of, file)
    return base


def keep(base: object, made_of: bytes, file: Path = KEPT) -> None:
    """Whole or not at all, whoever else is at it.

    Raises:
        OSError: nothing may be written there.
    """
    told = pickle.dumps(base, pickle.HIGHEST_PROTOCOL)
    file.parent.mkdir(exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=file.name, delete=False) as opened:
        written = Path(opened.name)
        try:
            opened.write(made_of + hashlib.sha256(told).digest() + told)
            opened.flush()
            written.chmod(0o644)
            written.replace(file)
        finally:
            written.unlink(missing_ok=True)


def digest_of(content: Path) -> bytes:
    """Changes whenever what is read would: content, code, or the stemmer."""
    whole = hashlib.sha256(Stemmer.version().encode())
    for file in (*_files(content), *sorted(CODE.glob("*.py"))):
        read = file.read_bytes()
        whole.update(f"\0{file.name}\0{len(read)}\0".encode() + read)
    return whole.digest()


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names))


def _read(file: Path, made_of: bytes) -> Base | None:
    """What is kept there; None where it is something else, or damaged."""
    try:
        kept = file.read_bytes()
    except OSError:
        return None
    told = memoryview(kept)[2 * _DIGEST :]
    if kept[: 2 * _DIGEST] != made_of + hashlib.sha256(told).digest():
        return None
    base: Base = pickle.loads(told)  # noqa: S301 -- trusted as the code it lies beside
    return base
