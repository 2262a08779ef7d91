"""Signing: HMAC-SHA256 over the moment and the body, with two keys while they change.

    Guichet-Timestamp: 1795428720
    Guichet-Signature: v1=<hex>, v1=<hex>

What is signed is the timestamp, a full stop, and the body's bytes. Whoever holds one of the keys
can check one of the signatures. A message signed too long ago is no proof of anything.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

TIMESTAMP = "Guichet-Timestamp"
SIGNATURE = "Guichet-Signature"
VERSION = "v1"
TOLERANCE = timedelta(minutes=5)
"""How far two clocks may be apart, and how long a signed message may travel."""


class SignatureError(Exception):
    """The message is not from who holds a key, or not from now."""


def sign(body: bytes, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers that prove a body, one signature a key."""
    moment = str(int(now.timestamp()))
    signatures = [f"{VERSION}={_digest(body, secret, moment)}" for secret in secrets]
    return {TIMESTAMP: moment, SIGNATURE: ", ".join(signatures)}


def verify(
    body: bytes, secrets: Sequence[str], now: datetime, *, timestamp: str, signature: str
) -> None:
    """Raises SignatureError unless one signature of one of the keys holds, and is of now."""
    if not timestamp.isdecimal() or len(timestamp) > 12:
        raise SignatureError("no timestamp")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise SignatureError("not of now")
    given = [part.strip().removeprefix(f"{VERSION}=") for part in signature.split(",")]
    expected = [_digest(body, secret, timestamp) for secret in secrets if secret]
    # Every pair is compared: how long that takes tells nothing about which one was near.
    # What stands in a header need not be text that can be written again.
    pairs = [(a.encode(errors="replace"), b.encode()) for a in given for b in expected]
    matches = [hmac.compare_digest(a, b) for a, b in pairs]
    if not any(matches):
        raise SignatureError("no signature holds")


def _digest(body: bytes, secret: str, moment: str) -> str:
    signed = f"{moment}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
