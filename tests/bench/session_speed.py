"""How fast a session is, in figures. Run by hand: `python tests/bench/session_speed.py [part ...]`.

Parts: `speed` (simulated seconds a second at full duty beside a thread that measures how late it wakes), `forecast`
(first and next), `file` (sizes, times of opening and saving), `storm` (300 migrations at full duty); all by default.
The cluster is the sample of 64 nodes and 8,000 VMs; `SAMPLE=r2-maximum` in the environment takes another.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VmState
from hvgui.exchange.samples import sample
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE
from hvgui.lab.session import Session
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers

SECONDS = float(os.environ.get("SECONDS_A_PART", "15"))


class Lateness(threading.Thread):
    """Wants to wake every 10 ms and to drain every 33; notes how late it is, as a window's event loop would be."""

    def __init__(self, session: Session, seconds: float) -> None:
        super().__init__()
        self.session, self.seconds = session, seconds
        self.late_ms: list[float] = []
        self.drain_ms: list[float] = []
        self.speeds: list[float] = []
        self.ended = 0

    def run(self) -> None:
        end = time.perf_counter() + self.seconds
        wakes = 0
        while (before := time.perf_counter()) < end:
            time.sleep(0.010)
            self.late_ms.append((time.perf_counter() - before - 0.010) * 1000)
            wakes += 1
            if wakes % 3 == 0:
                self._drain()

    def _drain(self) -> None:
        before = time.perf_counter()
        frames = self.session.drain()
        self.drain_ms.append((time.perf_counter() - before) * 1000)
        for frame in frames:
            self.speeds.append(frame.pace.effective_speed)
            self.ended += len(frame.ended_tasks)


def say(text: str) -> None:
    """A line of the figures."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def told(name: str, values: list[float], unit: str = "ms") -> None:
    """Says the middle, the 99th percentile and the greatest."""
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    say(f"{name}: p50 {ordered[len(ordered) // 2]:.2f}, p99 {p99:.2f}, max {ordered[-1]:.2f} {unit}")


def migrations(session: Session, count: int) -> list[LiveMigrate]:
    """So many migrations that will be accepted: from each node to the one opposite."""
    cluster = Cluster(session.opening().record)
    nodes = len(cluster.nodes)
    found = []
    for vm in cluster.vms.values():
        request = LiveMigrate(vm.id, NodeId((vm.owner + nodes // 2) % nodes), queue=True)
        if vm.state is VmState.RUNNING and not blockers(request.check(cluster)):
            found.append(request)
            if len(found) == count:
                break
    return found


def speed(session: Session, _: Path) -> None:
    """Nothing under way but the guests' loads."""
    watch(session, "idle")


def storm(session: Session, _: Path) -> None:
    """Many migrations, most of them waiting their turn."""
    answers = [session.submit(request) for request in migrations(session, 300)]
    before = time.perf_counter()
    accepted = sum(answer.result().accepted for answer in answers)
    say(f"storm: {accepted} migrations acknowledged in {time.perf_counter() - before:.2f} s")
    watch(session, "storm")


def watch(session: Session, name: str) -> None:
    """Plays at full duty and measures."""
    session.set_speed(AS_FAST_AS_POSSIBLE)
    session.play()
    watcher = Lateness(session, SECONDS)
    watcher.start()
    watcher.join()
    session.pause()
    settled = watcher.speeds[len(watcher.speeds) // 4 :]
    say(f"{name}: {sum(settled) / max(1, len(settled)):,.0f} x real time; {watcher.ended} tasks ended")
    told(f"{name}: another thread's lateness", watcher.late_ms)
    told(f"{name}: drain", watcher.drain_ms)


def forecast(session: Session, _: Path) -> None:
    """From the asking to the answer, with the process warm and not."""
    request = migrations(session, 1)[0]
    spans = []
    for _number in range(12):
        before = time.perf_counter()
        found = session.forecast(request).result()
        spans.append((time.perf_counter() - before) * 1000)
    say(f"forecast: first {spans[0]:.0f} ms (its process starts); {found.message}")
    told("forecast: next", spans[1:])
    say(f"forecast: work in the process {found.seconds_of_work * 1000:.0f} ms")


def file(session: Session, folder: Path) -> None:
    """What the file takes and what opening and saving cost."""
    before = time.perf_counter()
    session.save_as(folder / "copy.hvlab").result()
    say(f"file: save as {time.perf_counter() - before:.2f} s")
    before = time.perf_counter()
    session.close()
    say(f"file: close {time.perf_counter() - before:.2f} s, {(folder / 'copy.hvlab').stat().st_size / 1e6:.1f} MB")
    before = time.perf_counter()
    again = Session.open(folder / "copy.hvlab")
    say(f"file: open {time.perf_counter() - before:.2f} s, at {again.opening().time_ns / 1e9:,.0f} s")
    again.close()


PARTS: dict[str, Callable[[Session, Path], None]] = {
    "forecast": forecast,
    "speed": speed,
    "storm": storm,
    "file": file,
}


def main() -> None:
    """Runs the parts named, in the order of `PARTS`."""
    wanted = sys.argv[1:] or list(PARTS)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        before = time.perf_counter()
        record = sample(os.environ.get("SAMPLE", "todays-maximum"))
        built = time.perf_counter()
        session = Session.new(record, path=folder / "bench.hvlab")
        say(f"new: sample {built - before:.2f} s, session {time.perf_counter() - built:.2f} s")
        session.start()
        for part, run in PARTS.items():
            if part in wanted:
                run(session, folder)
        session.close()


if __name__ == "__main__":
    main()
