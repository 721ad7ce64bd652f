"""Running a world: asking it for something, and letting its time pass.

The result never depends on how the time is sliced: one call to the end and a thousand calls of a millisecond give the
same events at the same nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hvgui.cluster.ids import TaskId
from hvgui.engine.sink import Sink
from hvgui.engine.world import World
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request


class Outcome(msgspec.Struct, frozen=True):
    """What became of a request at once. Refused: nothing changed, and `problems` holds the blockers."""

    accepted: bool
    problems: tuple[Problem, ...] = ()
    """Blockers where it was refused, else the warnings it was accepted with."""
    task: TaskId | None = None
    """The task that carries it out, where that takes time."""


def apply(world: World, request: Request, sink: Sink) -> Outcome:
    """Ask the world for something at its present moment: checked again, then begun, or refused with an event."""
    raise NotImplementedError


def next_event_ns(world: World) -> int:
    """The moment of the next thing that happens by itself: an agenda entry, a flow's end, a whole second."""
    raise NotImplementedError


def next_notable_ns(world: World) -> int | None:
    """The moment of the next thing that is not just another second; None while nothing is under way."""
    raise NotImplementedError


def advance_to(world: World, until_ns: int, sink: Sink, should_stop: Callable[[], bool] | None = None) -> bool:
    """Let time pass up to and including `until_ns`; the clock then stands there.

    `should_stop` is asked between entries; when it says so, the world stays at the last one and the answer is False:
    call again with the same `until_ns` to go on. True: `until_ns` has been reached.
    """
    raise NotImplementedError


def step(world: World, sink: Sink) -> int:
    """Go to the next notable thing and let everything of that instant happen; where nothing is under way, to the
    next whole second. Gives the moment."""
    raise NotImplementedError


def is_quiet(world: World) -> bool:
    """Whether nothing is under way: no task waits or runs, and no ended one still waits for its stream's recovery."""
    raise NotImplementedError
