"""The marks on the timeline: commands, warnings and errors, as columns of numbers that thousands cost little."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hvgui.cluster.events import Event, Level
from hvgui.cluster.tasks import TaskKind
from hvgui.gui.timeline.lineage import holds_until

if TYPE_CHECKING:
    from hvgui.gui.timeline.ruler import Scale
    from hvgui.lab.frames import CommandMark, Timeline

KEPT = 50_000
"""Warnings and errors that are kept; the lab file has them all."""

Moments = NDArray[np.int64]


class MarkKind(enum.Enum):
    """What a command is about: its mark has a shape of its own."""

    MIGRATION = "migration"
    FAULT = "fault"
    OTHER = "other"


_MIGRATIONS = frozenset(kind.value for kind in TaskKind if kind.is_migration)
_FAULTS = frozenset(
    (
        "crash-node",
        "cut-link",
        "set-link-speed",
        "turn-off",
        "reset",
        "fail-san",
        "fail-path",
        "fail-lun",
        "set-path-speed",
    )
)


def kind_of(mark: CommandMark) -> MarkKind:
    """The kind of a command, by the name of its request."""
    if mark.do in _MIGRATIONS:
        return MarkKind.MIGRATION
    return MarkKind.FAULT if mark.do in _FAULTS else MarkKind.OTHER


class Marks:
    """What is marked on the line of history that is shown."""

    def __init__(self) -> None:
        self.version = 0
        """Rises with every change."""
        self.commands: tuple[CommandMark, ...] = ()
        """Those of the line, oldest first."""
        self._command_times: Moments = np.empty(0, np.int64)
        self._events: list[Event] = []
        self._known: set[tuple[int, int]] = set()
        self._arrays: tuple[Moments, NDArray[np.int8]] | None = None
        self._timeline: Timeline | None = None

    @property
    def event_count(self) -> int:
        """Warnings and errors that are known of."""
        return len(self._events)

    # Taking

    def take_timeline(self, timeline: Timeline) -> None:
        """The commands of the line."""
        commands = tuple(one for one in timeline.commands if one.on_line)
        if commands != self.commands:
            self.commands = tuple(sorted(commands, key=lambda one: (one.time_ns, one.number)))
            self._command_times = np.fromiter((one.time_ns for one in self.commands), np.int64, len(self.commands))
            self.version += 1

    def take_events(self, events: tuple[Event, ...]) -> None:
        """New events; those that are only information are not marked."""
        fresh = [one for one in events if one.level >= Level.WARNING and (one.time_ns, one.serial) not in self._known]
        if not fresh:
            return
        self._events.extend(fresh)
        if len(self._events) > KEPT + KEPT // 10:
            del self._events[:-KEPT]
            self._known = {(one.time_ns, one.serial) for one in self._events}
        else:
            self._known.update((one.time_ns, one.serial) for one in fresh)
        self._changed()

    def take_world(self, timeline: Timeline | None, time_ns: int, events: tuple[Event, ...]) -> None:
        """Another moment: what has not happened any more goes; what is only ahead of a look at the past stays."""
        until, comes_back = holds_until(self._timeline, timeline, time_ns)
        same_line = until == time_ns
        self._timeline = timeline
        if not (comes_back and same_line):
            # What happened at that very moment may have been the doing of the command that is undone; what was not
            # is among the events that come with the world.
            self._events = [one for one in self._events if one.time_ns < until]
            self._known = {(one.time_ns, one.serial) for one in self._events}
        self._changed()
        self.take_events(events)

    def note_timeline(self, timeline: Timeline | None) -> None:
        """The line of history as it is before the next world."""
        self._timeline = timeline

    def _changed(self) -> None:
        self._arrays = None
        self.version += 1

    def _columns(self) -> tuple[Moments, NDArray[np.int8]]:
        if self._arrays is None:
            count = len(self._events)
            times = np.fromiter((one.time_ns for one in self._events), np.int64, count)
            levels = np.fromiter((int(one.level) for one in self._events), np.int8, count)
            order = np.argsort(times, kind="stable")
            if count and bool(np.any(order[1:] < order[:-1])):
                self._events = [self._events[place] for place in order.tolist()]
            self._arrays = (times[order], levels[order])
        return self._arrays

    # Drawing

    def event_pixels(self, scale: Scale) -> tuple[list[int], list[int]]:
        """Pixels with warnings but no errors, and pixels with errors: each once, however many events it has."""
        times, levels = self._columns()
        first, last = np.searchsorted(times, (scale.begin_ns, scale.end_ns + 1))
        pixels = ((times[first:last] - scale.begin_ns) * (scale.pixels / scale.span_ns)).astype(np.int64)
        errors = np.unique(pixels[levels[first:last] >= Level.ERROR])
        warnings = np.setdiff1d(pixels, errors)
        return warnings.tolist(), errors.tolist()

    def command_pixels(self, scale: Scale) -> list[tuple[int, CommandMark, int]]:
        """Pixel, the newest of the commands there, and how many there are."""
        first, last = np.searchsorted(self._command_times, (scale.begin_ns, scale.end_ns + 1)).tolist()
        if first == last:
            return []
        times = self._command_times[first:last]
        pixels = ((times - scale.begin_ns) * (scale.pixels / scale.span_ns)).astype(np.int64)
        _, places, counts = np.unique(pixels[::-1], return_index=True, return_counts=True)
        return [
            (int(pixels[::-1][place]), self.commands[last - 1 - int(place)], int(count))
            for place, count in zip(places, counts, strict=True)
        ]

    # Finding

    def commands_near(self, begin_ns: int, end_ns: int) -> tuple[CommandMark, ...]:
        """The commands between two moments."""
        first, last = np.searchsorted(self._command_times, (begin_ns, end_ns + 1)).tolist()
        return self.commands[first:last]

    def events_near(self, begin_ns: int, end_ns: int) -> tuple[Event, ...]:
        """The warnings and errors between two moments."""
        times, _ = self._columns()
        first, last = np.searchsorted(times, (begin_ns, end_ns + 1)).tolist()
        return tuple(self._events[first:last])

    def before(self, time_ns: int) -> int | None:
        """The last marked moment before this one."""
        found = [int(times[place - 1]) for times, place in self._places(time_ns, "left") if place > 0]
        return max(found, default=None)

    def after(self, time_ns: int) -> int | None:
        """The next marked moment after this one."""
        found = [int(times[place]) for times, place in self._places(time_ns, "right") if place < len(times)]
        return min(found, default=None)

    def _places(self, time_ns: int, side: str) -> list[tuple[Moments, int]]:
        both = (self._command_times, self._columns()[0])
        if side == "left":
            return [(times, int(np.searchsorted(times, time_ns, side="left"))) for times in both]
        return [(times, int(np.searchsorted(times, time_ns, side="right"))) for times in both]
