"""How quick the timeline is, by hand: `python tests/bench/timeline_speed.py [SAMPLE]`.

Prints what a paint of the strip costs (with 50,000 warnings and errors, and again with what is kept from the last
one), and how long it takes in the window from the wish to see a moment until everything shows it, of which how much is
the main thread's own. The lab is played for a while first.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from hvgui.cluster.events import Event, Level
from hvgui.cluster.units import NANOSECONDS
from hvgui.gui.application import House, prepare
from hvgui.gui.objects import Kind, Ref

_PLAYED_SECONDS = 600
_LOOKS = 9
_EVENTS = 50_000
_PAINTS = 50


def wait(seconds: float) -> None:
    """Lets the event loop run."""
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def say(line: str) -> None:
    """One figure."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def middle(values: list[float]) -> float:
    """The median."""
    return sorted(values)[len(values) // 2]


def looks(house: House) -> None:
    """From the wish to the moment that is shown, at moments all over the line."""
    bridge, bar = house.bridge, house.window.timeline_bar
    assert bridge is not None
    assert bar.strip is not None
    source = random.Random(1)
    walls, works = [], []
    for _ in range(_LOOKS):
        moment = source.randrange(bar.strip.past.present_ns)
        wall, work = time.perf_counter(), time.thread_time()
        bar.strip.go_to(moment)
        while bridge.timeline is None or bridge.timeline.looking_at_ns != moment or bridge.time_ns != moment:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        QApplication.processEvents()
        walls.append(time.perf_counter() - wall)
        works.append(time.thread_time() - work)
        wait(0.2)
    say(
        f"look at a moment: median {middle(walls):.2f} s, longest {max(walls):.2f} s; "
        f"of the main thread's own median {middle(works) * 1000:.0f} ms, most {max(works) * 1000:.0f} ms"
    )
    wall = time.perf_counter()
    bar.strip.past.return_to_present()
    while bridge.timeline is None or bridge.timeline.looking_at_ns is not None:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    say(f"return to the present: {time.perf_counter() - wall:.2f} s")


def paints(house: House) -> None:
    """A paint with everything new, and one with only the handles new."""
    strip = house.window.timeline_bar.strip
    assert strip is not None
    end = strip.past.present_ns
    strip.marks.take_events(
        tuple(
            Event(number, end * number // _EVENTS, Level.ERROR if number % 5 else Level.WARNING, "bench", "bench")
            for number in range(_EVENTS)
        )
    )
    picture = QPixmap(strip.size())
    fresh, kept = [], []
    for _ in range(_PAINTS):
        strip._ground = None
        began = time.perf_counter()
        strip.render(picture)
        fresh.append(time.perf_counter() - began)
        began = time.perf_counter()
        strip.render(picture)
        kept.append(time.perf_counter() - began)
    say(
        f"paint over {strip.width()} px with {strip.marks.event_count:,} events: "
        f"{middle(fresh) * 1000:.1f} ms anew, {middle(kept) * 1000:.2f} ms where only the handles moved"
    )


def main() -> None:
    """See the top of the file."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else "todays-maximum"
    home = tempfile.TemporaryDirectory()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ[name] = home.name
    application = QApplication(sys.argv[:1])
    prepare(application)
    house = House(application)
    house.open_first(wanted)
    house.window.resize(1600, 900)
    house.window.show()
    while house.window.panes is None:
        wait(0.02)
    bridge = house.bridge
    assert bridge is not None
    house.window.panes.reveal(Ref(Kind.SERVICES))
    bridge.session.set_speed(float("inf"))
    bridge.session.play()
    while bridge.time_ns < _PLAYED_SECONDS * NANOSECONDS:
        wait(0.1)
    bridge.session.pause()
    wait(1.0)
    say(f"{wanted}: {len(bridge.cluster.vms):,} VMs, {bridge.time_ns / NANOSECONDS:,.0f} s played")
    looks(house)
    paints(house)
    house.window.close()
    home.cleanup()


if __name__ == "__main__":
    main()
