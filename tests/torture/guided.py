"""A search for trouble guided by coverage: `python -m torture.guided READER SECONDS FOLDER`.

It needs atheris (`pip install .[fuzz]`), which there is not for every platform. What it finds is
left in the folder as a file, and its exit code is not 0.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

NAME = "atheris"
RUNS = re.compile(r"Done (\d+) runs|#(\d+)\s+DONE")
LONGEST = 4096  # bytes of an input


def is_installed() -> bool:
    return importlib.util.find_spec(NAME) is not None


def search(reader: str, seconds: int, folder: Path) -> tuple[int, str]:
    """How many inputs were tried, and the end of the log where one of them is a find."""
    command = [sys.executable, "-m", "torture.guided", reader, str(seconds), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    log = done.stdout + done.stderr
    found = [int(one[1] or one[2]) for one in RUNS.finditer(log)]
    return (found[-1] if found else 0), log[-3000:] if done.returncode else ""


def main(reader: str, seconds: str, folder: str) -> None:
    import atheris  # it need not be installed

    with atheris.instrument_imports(include=["bot", "knowledge"]):
        from torture.readers import READERS
    read, seeds = READERS[reader]
    corpus = Path(folder) / reader
    corpus.mkdir(parents=True)
    for number, seed in enumerate(seeds()):
        (corpus / f"seed{number}").write_bytes(seed)
    options = (f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=20")
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
