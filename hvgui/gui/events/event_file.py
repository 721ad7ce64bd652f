"""Events for other programs: a table with one row an event."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.events import Event
from hvgui.cluster.units import in_seconds
from hvgui.gui.events.event_model import LEVELS, number_of
from hvgui.gui.words import tr
from hvgui.requests.request import node_name, vm_name

_HEADINGS = ("time_seconds", "level", "number", "code", "message", "vm", "node", "task")
_FORMULA = ("=", "+", "-", "@")
"""A cell that begins so would be worked out by a spreadsheet; names in a lab come from strangers."""


class EventFileError(Exception):
    """The events could not be written; the sentence says where and why."""


def write_events(events: Sequence[Event], cluster: Cluster, path: Path) -> None:
    """Writes a CSV file, oldest first; times are those of the lab's clock. Raises EventFileError."""
    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file)
            writer.writerow(_HEADINGS)
            writer.writerows(_row(event, cluster) for event in events)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise EventFileError(tr("The events could not be written to {path}: {why}.", path=path, why=why)) from error


def _row(event: Event, cluster: Cluster) -> tuple[str, ...]:
    return (
        f"{in_seconds(event.time_ns):.6f}",
        LEVELS[event.level],
        number_of(event),
        event.code,
        plain(event.message),
        "" if event.vm is None else plain(vm_name(cluster, event.vm)),
        "" if event.node is None else plain(node_name(cluster, event.node)),
        "" if event.task is None else str(event.task),
    )


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
