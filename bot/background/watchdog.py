"""The watchdog: a turn that uses too much processor time ends the process, before it holds all.

Whatever an input makes the code do, nobody else is served while the database thread does it. A
process that ends is started again (systemd, or whoever runs it), and the update at which it died is
known (`bot.storage.inbox`). Waiting, for a database or a lock, uses no processor time.

Python code lets other threads in now and then, so that a thread can look; a pattern that the
standard library matches in C lets nobody in. For that the kernel keeps a timer of the process's own
processor time, which the thread puts off every second: when it runs out, the place in the code is
written to standard error, and the process ends by SIGPROF.

An event loop that stands still, whatever it waits for, is systemd's to end (`WatchdogSec=`).
"""

import asyncio
import faulthandler
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Thread, get_ident
from traceback import format_stack
from typing import Final

from bot.settings import Systemd

log = logging.getLogger(__name__)

TURN_LIMIT: Final = 10.0  # seconds of processor time
STDERR: Final = 2
CODE: Final = 70  # the exit code of an error of our own, as in sysexits.h


class Watchdog:
    """Watches the turns of one thread; `watch` is used by that thread, the rest by the channel's.

    It needs the clocks and timers of Linux, and does nothing where they are not.
    """

    def __init__(self, limit: float = TURN_LIMIT) -> None:
        self.limit = limit
        self._turn: tuple[int, float] | None = None
        self._ended = Event()
        self._thread = Thread(target=self._look, name="watchdog", daemon=True)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """One turn of the calling thread."""
        self._turn = get_ident(), time.thread_time()
        try:
            yield
        finally:
            self._turn = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """At work until the end; from the main thread."""
        if not hasattr(time, "pthread_getcpuclockid"):
            yield
            return
        faulthandler.register(signal.SIGPROF, file=STDERR, all_threads=True, chain=True)
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()
            signal.setitimer(signal.ITIMER_PROF, 0)
            faulthandler.unregister(signal.SIGPROF)

    def _look(self) -> None:
        """Now and then: put the timer off, and end the process where the turn is too long."""
        while not self._ended.wait(self.limit / 10):
            signal.setitimer(signal.ITIMER_PROF, self.limit)
            turn = self._turn
            if turn is not None and self._used(*turn) > self.limit:
                self._end(turn[0])

    def _used(self, thread: int, began: float) -> float:
        """Processor seconds of the turn at hand."""
        return time.clock_gettime(time.pthread_getcpuclockid(thread)) - began

    def _end(self, thread: int) -> None:
        frame = sys._current_frames().get(thread)  # noqa: SLF001 -- documented, for this use
        place = "".join(format_stack(frame)) if frame else ""
        words = "un tour a pris plus de %g s de calcul : le programme s'arrête, puis redémarre\n%s"
        log.critical(words, self.limit, place)
        logging.shutdown()
        os._exit(CODE)


@asynccontextmanager
async def supervised(systemd: Systemd) -> AsyncIterator[None]:
    """Tells systemd that the desk has started, and goes on telling for as long as the loop runs.

    Settings, keys and database are known to be good by then; that Telegram answers is not waited
    for: nothing is better for a restart while it does not. Does nothing outside a service.
    """
    if not systemd.notify_socket:
        yield
        return
    _notify(systemd, "READY=1")
    beating = asyncio.create_task(_beat(systemd)) if systemd.watchdog_seconds else None
    try:
        yield
    finally:
        _notify(systemd, "STOPPING=1")
        if beating is not None:
            beating.cancel()


async def _beat(systemd: Systemd) -> None:
    while True:
        _notify(systemd, "WATCHDOG=1")
        await asyncio.sleep(systemd.watchdog_seconds / 3)


def _notify(systemd: Systemd, state: str) -> None:
    """One datagram of sd_notify(3); a name that begins with @ is an abstract one."""
    address = systemd.notify_socket
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as to:
            to.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
    except OSError as error:
        log.warning("systemd n'a pas reçu %s (%s)", state, error.strerror)
