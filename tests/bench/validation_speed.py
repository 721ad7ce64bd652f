"""How long a validation takes, and what the window feels of it: `python tests/bench/validation_speed.py [SAMPLE]`.

Prints the seconds of all tests on the sample (todays-maximum: 64 nodes, 8,000 VMs) flat out and with rests for the
window, of the report, and how late a 10 ms timer of the main thread comes beside the validation in its thread.
Figures count on a quiet machine only.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from hvgui.cluster.cluster import Cluster
from hvgui.exchange.samples import sample
from hvgui.exchange.validation_report import validation_html
from hvgui.gui.validation.work import Done, ValidationWork
from hvgui.lab.validation.running import Paced, Plan, validate

_BEAT_MS = 10
_ROUNDS = 20


class Beat(QObject):
    """A timer that notes how late it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.late_ms: list[float] = []
        self._due = time.monotonic() + _BEAT_MS / 1000
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(_BEAT_MS)

    def _beat(self) -> None:
        now = time.monotonic()
        self.late_ms.append(max(0.0, 1000 * (now - self._due)))
        self._due = now + _BEAT_MS / 1000


def beside_the_window(cluster: Cluster, folder: Path) -> list[float]:
    """Lateness in milliseconds while validations and their reports run one after another."""
    application = QCoreApplication(sys.argv[:1])
    beat, work, rounds = Beat(), ValidationWork(application), [0]
    os.environ["XDG_DATA_HOME"] = str(folder)

    def again(_done: Done | None = None) -> None:
        if rounds[0] == _ROUNDS:
            application.quit()
            return
        rounds[0] += 1
        copy = cluster.fork()
        work.begin(lambda: copy, Plan(), folder / "bench.hvlab")

    work.ended.connect(again)
    QTimer.singleShot(0, again)
    application.exec()
    work.close()
    return sorted(beat.late_ms)


def say(text: str) -> None:
    """One line."""
    sys.stdout.write(f"{text}\n")


def main() -> None:
    """Prints the figures."""
    name = sys.argv[1] if len(sys.argv) > 1 else "todays-maximum"
    cluster = Cluster(sample(name))
    report = validate(cluster, Plan())
    say(f"{name}: {len(report.results)} tests in {report.seconds:.2f} s flat out")
    for result in sorted(report.results, key=lambda one: -one.seconds)[:3]:
        say(f"  {result.id} {1000 * result.seconds:.0f} ms")
    say(f"with rests {validate(cluster, Plan(), Paced(lambda: False)).seconds:.2f} s")
    began = time.monotonic()
    size = len(validation_html(report))
    say(f"report of {size / 1e6:.1f} MB in {time.monotonic() - began:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        late = beside_the_window(cluster, Path(folder))
    middle, most = late[len(late) // 2], late[len(late) * 99 // 100]
    say(f"timer late by {middle:.1f} ms (median), {most:.1f} ms (p99), {late[-1]:.1f} ms (most)")


if __name__ == "__main__":
    main()
