"""make bench: every row of docs/performance.md, measured and printed beside its goal."""

import asyncio

from load.crowd import run_crowd

if __name__ == "__main__":
    print(asyncio.run(run_crowd(200)))
