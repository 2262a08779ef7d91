"""What may be sent to a door of ours over HTTP: whole requests, and what only looks like one."""

import asyncio
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from torture.drawn import ODD

PATIENCE = 20.0  # seconds for an answer that has to come
JUNK = st.binary(max_size=60) | ODD.map(lambda text: text.encode("utf-8", "surrogatepass"))
METHODS = (b"POST", b"GET", b"PUT", b"HEAD", b"OPTIONS", b"post", b"X" * 30, b"P\xc3\xa9", b"")
VERSIONS = (b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 x", b"")
PATHS = (b"/", b"/a/b?c=%ff", b"/..%2f..", b"//x", b"*", b"http://e.fr/x", b"/" + b"a" * 9000, b"")
HEADERS = (
    b"Content-Type: application/json; charset=utf-99",
    b"Content-Type: multipart/form-data; boundary=",
    b"Expect: 100-continue",
    b"Expect: something",
    b"Connection: Upgrade\r\nUpgrade: websocket",
    b"Content-Encoding: br",
    b"Host: ",
    b"X: " + b"a" * 9000,
    b"Cookie: a=\x01; =",
    b"no colon",
    b" folded",
)


THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Knock:
    """Bytes in the pieces in which they are sent; `waits` where an answer has to come."""

    pieces: tuple[bytes, ...]
    waits: bool


@st.composite
def knocks(
    draw: st.DrawFn, path: bytes, proofs: Sequence[Sequence[bytes]], body: bytes
) -> tuple[Knock, bool]:
    """A request, and whether it is one to be taken: well made, with the first of the proofs."""
    method, version = draw(_mostly(METHODS, METHODS[0])), draw(_mostly(VERSIONS, VERSIONS[0]))
    where = draw(_mostly(PATHS, path))
    proof = draw(st.sampled_from(proofs))
    framed, ends = draw(_framed(body))
    extra = draw(st.lists(st.sampled_from(HEADERS), max_size=1))
    head = b"\r\n".join((b" ".join((method, where, version)), b"Host: x", *extra, *proof))
    whole = head + b"\r\n" + framed
    parts = draw(st.lists(st.integers(0, THOUSAND), max_size=3))  # no draw rests on a length
    places = [len(whole) * part // THOUSAND for part in sorted(parts)]
    pieces = tuple(whole[a:b] for a, b in zip((0, *places), (*places, len(whole)), strict=True))
    is_plain = (method, where, version, extra) == (METHODS[0], path, VERSIONS[0], [])
    return Knock(pieces, ends), is_plain and proof is proofs[0] and framed == _exact(body)


def _mostly(others: Sequence[bytes], usual: bytes) -> st.SearchStrategy[bytes]:
    return st.sampled_from((usual,) * 3 * len(others) + tuple(others))


def _framed(body: bytes) -> st.SearchStrategy[tuple[bytes, bool]]:
    """The body behind the headers that say how long it is, and whether it comes to its end."""
    size = len(body)
    packed = zlib.compress(body)
    whole = (
        _exact(body),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (size, body),
        b"Content-Length: 0\r\n\r\n",
        b"Content-Length: -1\r\n\r\n" + body,
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n" + body,
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + body,
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
        b"Content-Encoding: deflate\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed),
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (size, body),
    )
    cut = (
        b"Content-Length: %d\r\n\r\n%b" % (size + 9, body),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b" % (size + 9, body),
        b"Content-Le",
    )
    ended = st.sampled_from((_exact(body),) * 9 + whole).map(lambda one: (one, True))
    return ended | st.sampled_from(cut).map(lambda one: (one, False))


def _exact(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


async def knock(port: int, given: Knock) -> bytes:
    """What the door says; nothing where nobody waits for it. The line is closed then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in given.pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if not given.waits:
            return b""
        async with asyncio.timeout(PATIENCE):
            return await _answer(reader)
    except ConnectionError:
        return b""  # it hung up on us: what was sent was no HTTP
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """A status line, headers and body; what only says « go on » is passed over."""
    while True:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = await reader.readline()
            if not line:
                return head
            head += line
        if not head.startswith((b"HTTP/1.1 100", b"HTTP/1.0 100")):
            return head


def status_of(answer: bytes) -> int:
    """The number in an answer's first line."""
    return int(answer.split(b" ", 2)[1]) if answer else 0
