"""Connections that were lost: found after a rest, and outlived in the middle of the work."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from support.postgres import PostgresServer

from bot.storage.database import is_passing
from bot.storage.pinging import ping_after_rest


@pytest.fixture
def engine(postgres: PostgresServer) -> Iterator[Engine]:
    with postgres.database("pinged") as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


def cut_off(engine: Engine, postgres: PostgresServer) -> None:
    """The server ends the connection that the pool keeps."""
    postgres.execute(f"SELECT pg_terminate_backend({backend(engine)}, 5000)")


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_what_was_lost_during_a_rest_is_not_noticed_by_whoever_comes_next(
    engine: Engine, postgres: PostgresServer
) -> None:
    ping_after_rest(engine, rested=0)
    before = backend(engine)
    cut_off(engine, postgres)
    assert backend(engine) != before


def test_what_is_lost_in_the_middle_of_the_work_may_be_tried_again(
    engine: Engine, postgres: PostgresServer
) -> None:
    ping_after_rest(engine, rested=60)
    before = backend(engine)
    assert backend(engine) == before
    cut_off(engine, postgres)
    with pytest.raises(OperationalError) as lost:
        backend(engine)
    assert is_passing(lost.value)
    assert backend(engine) != before
