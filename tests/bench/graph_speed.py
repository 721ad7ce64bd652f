"""Milliseconds a frame for each panel of graphs, and what feeding their history costs. Run by hand:

    python tests/bench/graph_speed.py [--seconds 3] [--vms 8000] [--nodes 64]

Prints for each panel the mean and the greatest time of a refresh with its repaint, at 15 refreshes a second the share
of the main thread that this takes, and for the history the time a frame of figures takes (one sample, and sixty).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "harness")]

from PySide6.QtWidgets import QApplication  # noqa: E402  the paths come first

from hvgui.cluster.ids import NodeId, VmId  # noqa: E402
from hvgui.cluster.units import NANOSECONDS  # noqa: E402
from hvgui.gui.bridge import Bridge  # noqa: E402
from hvgui.gui.graphs.history import history_of  # noqa: E402
from hvgui.gui.graphs.metric_history import MetricHistory  # noqa: E402
from hvgui.gui.graphs.panel import REFRESH_MS, GraphPanel  # noqa: E402
from hvgui.gui.graphs.panels import migration_panel, node_panel, vm_panel  # noqa: E402
from hvgui.lab.frames import Frame, Pace  # noqa: E402
from scripted_session import Script, ScriptedSession, live_task, play, sample  # noqa: E402


def timed(work: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Mean and greatest time of one call in milliseconds, repeated for so long."""
    spans = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        work()
        spans.append((time.perf_counter() - begin) * 1000)
    return sum(spans) / len(spans), max(spans)


def redraw(panel: GraphPanel) -> Callable[[], None]:
    """A refresh and the repaint that follows it."""

    def once() -> None:
        panel.refresh()
        panel.repaint()
        QApplication.processEvents()

    return once


def panels(seconds: float) -> None:
    """Each panel at 1000 x 700 with an hour of figures behind it."""
    session = ScriptedSession()
    bridge = Bridge(session)
    history_of(bridge)
    play(bridge, session, (Frame(n * NANOSECONDS, Pace(), samples=(sample(n * NANOSECONDS),)) for n in range(3600)))
    play(bridge, session, Script(live_task(), begin_ns=3600 * NANOSECONDS, frames_a_second=30).frames())
    made = {
        "migration": migration_panel(bridge, VmId(0)),
        "node": node_panel(bridge, NodeId(0)),
        "VM": vm_panel(bridge, VmId(0)),
    }
    for name, panel in made.items():
        panel.resize(1000, 700)
        panel.show()
        for _ in range(20):
            QApplication.processEvents()
        mean, most = timed(redraw(panel), seconds)
        share = mean / REFRESH_MS
        print(f"{name:10} panel: {mean:6.2f} ms a frame, at most {most:6.2f} ms; {share:.1%} of the main thread")  # noqa: T201
        panel.hide()
    bridge.stop()


def feeding(vms: int, nodes: int, seconds: float) -> None:
    """What a frame's samples cost the history."""
    history = MetricHistory(4, vms)
    one = sample(0, nodes, vms)
    columns = (one.vm_cpu_share, one.vm_cpu_wanted_share, one.vm_memory_bytes, one.vm_memory_demand_bytes)
    moment = [0.0]

    def second() -> None:
        moment[0] += 1.0
        history.take(moment[0], columns)

    mean, _ = timed(second, seconds)
    print(f"history of {vms:,} VMs: {mean:.3f} ms a simulated second, {60 * mean:.1f} ms for the most that a frame has")  # noqa: T201
    held = sum(tier.ring._blocks.nbytes for tier in history._tiers) / 1e6
    print(f"history of {vms:,} VMs holds {held:.0f} MB once full")  # noqa: T201


def main() -> None:
    """All figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each figure is measured")
    parser.add_argument("--vms", type=int, default=8000)
    parser.add_argument("--nodes", type=int, default=64)
    given = parser.parse_args()
    application = QApplication([])
    panels(given.seconds)
    feeding(given.vms, given.nodes, given.seconds)
    application.quit()


if __name__ == "__main__":
    main()
