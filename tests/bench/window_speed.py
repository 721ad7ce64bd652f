"""How quick the window is, by hand: `python tests/bench/window_speed.py [first-paint | gaps | tree] [SAMPLE]`.

first-paint  from the start of the process to the first painted window (the sample is opened afterwards)
gaps         how late a 10 ms timer of the main thread comes while the engine runs as fast as its duty allows
tree         opening, filtering, sorting and updating at the sample's size (todays-maximum: 64 nodes, 8,000 VMs)

Figures count on a quiet machine only: load from elsewhere shows as lateness. Without a display it takes the offscreen
platform.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from hvgui.gui.application import House, prepare
from hvgui.gui.facts import Refresh
from hvgui.gui.objects import Kind, Ref
from hvgui.lab.frames import AS_FAST_AS_POSSIBLE

_RUNS = 7
_BEAT_MS = 10
_SPAN_SECONDS = 15.0
_FIRST_PAINT = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
from hvgui.gui.application import House, prepare

class Eye(QObject):
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Paint and not self.seen:
            self.seen = True
            QTimer.singleShot(0, self, self.tell)
        return False
    def tell(self):
        print(time.time(), flush=True)
        house.window.close()

application = QApplication(sys.argv[:1])
prepare(application)
house = House(application)
eye = Eye()
eye.seen = False
house.window.installEventFilter(eye)
house.open_first(None)
house.window.show()
application.exec()
house.close()
"""


def first_paint() -> None:
    """Prints the spans of several starts; the first one may have to read from the disk."""
    spans = []
    for _ in range(_RUNS):
        began = time.time()
        child = subprocess.run([sys.executable, "-c", _FIRST_PAINT], capture_output=True, text=True, check=True)
        spans.append(float(child.stdout.split()[0]) - began)
    say(f"first paint: {', '.join(f'{span * 1000:.0f} ms' for span in spans)}; median {_middle(spans) * 1000:.0f} ms")


def gaps(sample: str) -> None:
    """Prints the lateness of a timer, on the cluster's page and on the table of all VMs."""

    class Beat(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.late: list[float] = []
            self.before = time.perf_counter()
            self.timer = QTimer(self)
            self.timer.setTimerType(Qt.TimerType.PreciseTimer)
            self.timer.timeout.connect(self.beat)
            self.timer.start(_BEAT_MS)

        def beat(self) -> None:
            now = time.perf_counter()
            self.late.append(max(0.0, (now - self.before) * 1000 - _BEAT_MS))
            self.before = now

    with Opened(sample) as house:
        beat = Beat()
        house.bridge.session.set_speed(AS_FAST_AS_POSSIBLE)
        for words, ref, playing in (
            ("time stands", Ref(Kind.CLUSTER), False),
            ("flat out, cluster's page", Ref(Kind.CLUSTER), True),
            ("flat out, all VMs", Ref(Kind.SERVICES), True),
        ):
            house.window.panes.reveal(ref)
            (house.bridge.session.play if playing else house.bridge.session.pause)()
            house.wait(2.0)
            beat.late.clear()
            house.wait(_SPAN_SECONDS)
            late = sorted(beat.late)
            speed = house.bridge.pace.effective_speed
            say(
                f"{words}: late by p50 {late[len(late) // 2]:.1f}, p99 {late[int(len(late) * 0.99)]:.1f}, "
                f"max {late[-1]:.1f} ms; {speed:,.0f} times real time"
            )
        beat.timer.stop()


def tree(sample: str) -> None:
    """Prints wall and processor time of what a person does to the tree."""
    with Opened(sample) as house:
        panes = house.window.panes
        house.bridge.session.play()
        house.wait(3.0)
        house.bridge.session.pause()
        house.wait(1.0)
        line, vms = panes.inventory.line, set(panes.facts.cluster.vms)
        timed(house, "all VMs shown", lambda: panes.reveal(Ref(Kind.SERVICES)))
        timed(house, "sorted by CPU", lambda: panes.details.tables["vms"].sortByColumn(3, Qt.SortOrder.DescendingOrder))
        timed(house, "filter, one letter", lambda: line.setText("1"))
        timed(house, "filter, three letters", lambda: line.setText("175"))
        timed(house, "filter emptied", lambda: line.setText(""))
        timed(house, "every branch opened", panes.inventory.tree.expandAll)
        timed(house, "new figures for all", lambda: panes.facts.refreshed.emit(Refresh(metrics=True)))
        timed(house, "every VM changed", lambda: panes.facts.refreshed.emit(Refresh(vms=set(vms))))


class Opened:
    """The program on a sample, in a home of its own."""

    def __init__(self, sample: str) -> None:
        self._sample = sample
        self._home = tempfile.TemporaryDirectory()
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[name] = self._home.name

    def __enter__(self) -> Opened:
        self.application = QApplication(sys.argv[:1])
        prepare(self.application)
        self.house = House(self.application)
        began = time.perf_counter()
        self.house.open_first(self._sample)
        self.house.window.show()
        while self.house.window.panes is None:
            self.wait(0.01)
        say(f"{self._sample} open after {time.perf_counter() - began:.2f} s")
        return self

    def __exit__(self, *_exception: object) -> None:
        self.house.window.close()
        self._home.cleanup()

    @property
    def window(self):  # type: ignore[no-untyped-def]
        return self.house.window

    @property
    def bridge(self):  # type: ignore[no-untyped-def]
        return self.house.bridge

    def wait(self, seconds: float) -> None:
        """Lets the event loop run."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()


def timed(opened: Opened, words: str, act: Callable[[], object]) -> None:
    """Once, the painting included."""
    wall, work = time.perf_counter(), time.thread_time()
    act()
    opened.application.processEvents()
    wall, work = time.perf_counter() - wall, time.thread_time() - work
    say(f"{words}: {wall * 1000:.0f} ms, of these {work * 1000:.0f} ms of the main thread's own")
    opened.wait(0.3)


def say(line: str) -> None:
    """One figure."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def main() -> None:
    """See the top of the file."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "all"
    sample = sys.argv[2] if len(sys.argv) > 2 else "todays-maximum"
    if wanted == "all":
        # One process each: there is one QApplication a process.
        for one in ("first-paint", "gaps", "tree"):
            subprocess.run([sys.executable, __file__, one, sample], check=True)
    elif wanted == "first-paint":
        first_paint()
    elif wanted == "gaps":
        gaps(sample)
    else:
        tree(sample)


if __name__ == "__main__":
    main()
