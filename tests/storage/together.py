"""Several stories at the same time, each in a thread of its own."""

import threading
from collections.abc import Callable


def run_together(*stories: Callable[[], object]) -> None:
    """Runs them all to their end; the first error of any is raised here."""
    errors: list[BaseException] = []
    ready = threading.Barrier(len(stories))

    def run(story: Callable[[], object]) -> None:
        try:
            ready.wait()
            story()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(story,)) for story in stories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
