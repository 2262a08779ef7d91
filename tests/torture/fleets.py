"""Many fleets one after the other, each with kills at other moments: `make torture-processes`."""

import argparse
import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from support.postgres import running_postgres
from torture.fleet import kill_fleet
from torture.tally import Tally

GOAL = "goal: 0 lost, 0 doubled, at most 1 message repeated to a person out of one kill"


async def live(rounds: int, size: int, people: int, seed: int) -> Tally:
    """All of them on one server, each on an empty database of its own."""
    total = Tally()
    with running_postgres() as server:
        for number in range(seed, seed + rounds):
            with TemporaryDirectory() as folder, server.database(f"fleet{number}") as url:
                total += await kill_fleet(
                    Path(folder), url, size=size, people=people, kills=size // 2, seed=number
                )
            print(f"{number - seed + 1}/{rounds}: {total}", flush=True)
    return total


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=50)
    asked.add_argument("--size", type=int, default=4)
    asked.add_argument("--people", type=int, default=12)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    total = asyncio.run(live(given.rounds, given.size, given.people, given.seed))
    print(GOAL)
    is_good = not (total.lost or total.doubled or total.faults) and total.most_repeats <= 1
    print("held" if is_good else "BROKEN")
    raise SystemExit(0 if is_good else 1)


if __name__ == "__main__":
    main()
