"""Looking at a world: figures for graphs and histories. Nothing here changes it."""

from __future__ import annotations

from hvgui.cluster.ids import VmId
from hvgui.cluster.metrics import MetricsSample, MigrationProgress, StreamProgress
from hvgui.engine.world import World


def metrics_sample(world: World) -> MetricsSample:
    """The figures of the present simulated second."""
    raise NotImplementedError


def migration_progress(world: World) -> tuple[MigrationProgress, ...]:
    """Every live migration that runs, as it stands at the world's clock, oldest first."""
    raise NotImplementedError


def stream_progress(world: World, vm: VmId | None = None) -> tuple[StreamProgress, ...]:
    """Every video stream (or that of one VM) as it stands at the world's clock."""
    raise NotImplementedError
