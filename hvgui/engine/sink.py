"""Where a running world tells what happens: events, ended tasks, and a chance to take figures every second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hvgui.cluster.events import Event
from hvgui.cluster.tasks import Task

if TYPE_CHECKING:
    from hvgui.engine.world import World


class Sink(Protocol):
    """What the engine calls while it runs, always from within `apply` or `advance_to`, in the order of what happens."""

    def event(self, event: Event) -> None:
        """Something happened."""

    def task_ended(self, task: Task) -> None:
        """A task has ended; the record holds how, and for a migration its result.

        The cluster lets go of a task at once; where a video stream still stalls at that moment the record comes
        when it plays again (or after a minute), so that the stall is counted to its end.
        """

    def tick(self, world: World) -> None:
        """A whole simulated second has come. Who wants figures calls `metrics_sample(world)`; others do nothing."""


class Silent:
    """A sink for those who only want to know where the world ends up."""

    def event(self, event: Event) -> None:
        """See Sink.event."""

    def task_ended(self, task: Task) -> None:
        """See Sink.task_ended."""

    def tick(self, world: World) -> None:
        """See Sink.tick."""


class Recorder(Silent):
    """A sink that keeps events and ended tasks, for headless runs, forecasts and tests."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tasks: list[Task] = []

    def event(self, event: Event) -> None:
        """See Sink.event."""
        self.events.append(event)

    def task_ended(self, task: Task) -> None:
        """See Sink.task_ended."""
        self.tasks.append(task)
