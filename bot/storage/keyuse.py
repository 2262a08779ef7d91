"""The use of keys: how often each one sealed, and when it is time for another."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlmodel import col, select

from bot.storage.base import Repository
from bot.storage.tables_operations import KeyUseRow

log = logging.getLogger(__name__)

ROTATE_AT: Final = 2**28
"""Seals after which new keys are asked for: a sixteenth of what 96-bit random nonces allow
(2^32, NIST SP 800-38D, 8.3), years ahead of it at any pace a desk has."""
ROTATE_AFTER: Final = timedelta(days=2 * 365)
_REPEAT = 2**20  # seals between two lines in the log


class KeyUse(Repository):
    """What was sealed, by key."""

    def count_seals(self, counted: Mapping[str, int]) -> None:
        """Adds to what each key sealed; asks for a rotation where that is much."""
        for key_id, number in counted.items():
            added = self._insert(KeyUseRow, {"key_id": key_id, "seals": number})
            total = added.on_conflict_do_update(
                index_elements=["key_id"], set_={"seals": KeyUseRow.seals + added.excluded.seals}
            ).returning(col(KeyUseRow.seals))
            _warn(key_id, self._elsewhere.exec(total).scalar_one(), number)

    def seals(self) -> dict[str, int]:
        """How often each key sealed so far."""
        return dict(self._elsewhere.exec(select(KeyUseRow.key_id, KeyUseRow.seals)).all())


def _warn(key_id: str, total: int, number: int) -> None:
    is_new = total // _REPEAT != (total - number) // _REPEAT
    if total >= ROTATE_AT and is_new:
        log.warning("key %s sealed %d times: run « guichet keys rotate »", key_id, total)
