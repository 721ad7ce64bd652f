"""Looks into harmed folders by the thousand: `python tests/bench/mutated_imports.py [--files 5000] [--seed 1]`.

Exports of hvgui and of Hyper-V and an OVF folder are harmed (`import_harms`): bits of disks and configurations are
flipped, headers lie with fitting checksums, figures are absurd, names lead out; entities, links, pipes, circles.
Each is looked into as the program does, and what comes of it is imported into a cluster, in a worker process whose
memory and time are limited. Asked of every folder: a sentence, or machines that the rules can judge; no other error, no
crash, no time-out, nothing written anywhere. Exit code 1 if any did otherwise.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "harness"))

from import_harms import copied, harmed, healthy
from import_judge import judged, state_of

MOST_SECONDS = 30
MOST_BYTES = 2_000_000_000


def work(pipe: Connection) -> None:
    """The worker: looks into what it is told to, within its limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        folder = pipe.recv()
        if folder is None:
            return
        signal.alarm(MOST_SECONDS)  # ends the process: that is how the other side sees it
        try:
            answer = judged(Path(folder))
        except BaseException as error:  # noqa: BLE001 - that there is none is what is looked for
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = f"FAULT: {error!r:.300} at {Path(place.filename).name}:{place.lineno}"
        signal.alarm(0)
        pipe.send((answer, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


class Worker:
    """A process that looks into folders, begun anew where one kills it."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def look(self, folder: Path) -> tuple[str, int]:
        """What came of a folder, and the most memory (KB) so far."""
        self._pipe.send(str(folder))
        try:
            answer, memory = self._pipe.recv()
        except EOFError:
            self._process.join()
            code = self._process.exitcode
            self._begin()
            return f"FAULT: the process ended with {code} (-14: out of time)", 0
        return answer, memory

    def close(self) -> None:
        """Ends it."""
        self._pipe.send(None)
        self._process.join()


def main() -> int:
    """Harms, looks, and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counted: Counter[tuple[str, str]] = Counter()
    began, slowest, memory, faults = time.perf_counter(), 0.0, 0, 0
    worker = Worker()
    with tempfile.TemporaryDirectory() as root:
        wholes = healthy(Path(root) / "wholes")
        outside, one = wholes[0].parents[1] / "outside", Path(root) / "one"
        for number in range(options.files):
            shutil.rmtree(one, ignore_errors=True)
            dice = random.Random(options.seed * 1_000_003 + number)
            whole = dice.choice(wholes)
            folder = copied(whole, one / whole.name)
            kind = harmed(folder, outside, dice)
            before = state_of(one), state_of(outside)
            started = time.perf_counter()
            answer, used = worker.look(folder)
            slowest, memory = max(slowest, time.perf_counter() - started), max(memory, used)
            if (state_of(one), state_of(outside)) != before:
                answer = f"FAULT: something was written ({answer})"
            counted[kind, answer.split(":", 1)[0]] += 1
            if answer.startswith("FAULT"):
                faults += 1
                print(f"folder {number} ({kind}): {answer}", flush=True)  # noqa: T201
            if number % 1_000 == 999:
                print(f"{number + 1:,} folders, {faults} faults", flush=True)  # noqa: T201
    worker.close()
    for (kind, answer), count in sorted(counted.items()):
        print(f"{kind:16} {answer:24} {count:6,}")  # noqa: T201
    print(  # noqa: T201
        f"{options.files:,} folders, {faults} faults, slowest {slowest:.2f} s, most memory {memory / 1e3:.0f} MB,"
        f" {time.perf_counter() - began:.0f} s in all"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
