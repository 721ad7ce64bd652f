"""What the engine tells while it runs goes to whoever watches and to the lab file."""

from __future__ import annotations

from collections.abc import Callable

from hvgui.cluster.events import Event
from hvgui.cluster.tasks import Task
from hvgui.engine import observe
from hvgui.engine.world import World
from hvgui.lab.history import is_due
from hvgui.lab.keeper import Keeper
from hvgui.lab.outbox import Outbox

SAMPLE_SECONDS = 0.03
"""Least wall time between two of the seconds whose figures are shown."""
SAMPLE_SHARE = 0.03
"""Figures may take this share of the wall time: with 8,000 VMs one second's cost up to 4 ms."""


class Telling:
    """The engine's sink: passes everything on to the outbox and the keeper."""

    def __init__(self, outbox: Outbox, keeper: Keeper, clock: Callable[[], float]) -> None:
        self._outbox = outbox
        self._keeper = keeper
        self._clock = clock
        self._sample_at = 0.0
        self.notable = 0
        """Events and ended tasks so far."""

    def event(self, event: Event) -> None:
        """See Sink.event."""
        self.notable += 1
        self._outbox.event(event)
        self._keeper.event(event)

    def task_ended(self, task: Task) -> None:
        """See Sink.task_ended."""
        self.notable += 1
        self._outbox.task_ended(task)

    def tick(self, world: World) -> None:
        """See Sink.tick."""
        kept = self._keeper.keeps and is_due(world.now_ns)
        now = self._clock()
        shown = (kept or now >= self._sample_at) and self._outbox.takes_next_sample()
        if not (kept or shown):
            return
        sample = observe.metrics_sample(world)
        if shown:
            self._outbox.sample(sample)
        self._keeper.sample(sample)
        cost = self._clock() - now
        self._sample_at = now + max(SAMPLE_SECONDS, cost / SAMPLE_SHARE)
