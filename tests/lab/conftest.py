"""A small cluster, a clock that tests move themselves, and the engine's loop without its thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.events import Event
from hvgui.cluster.memory import MemoryRegion, WritePattern
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.exchange.samples import sample
from hvgui.lab.engine_loop import EngineLoop
from hvgui.lab.frames import Frame
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_lock import LabLock
from hvgui.lab.outbox import Outbox


class HandClock:
    """Stands still but for what a test lets pass, and a little at every reading, as if reading were work."""

    def __init__(self, seconds_a_reading: float = 20e-6) -> None:
        self.now = 1_000.0
        self.seconds_a_reading = seconds_a_reading

    def __call__(self) -> float:
        self.now += self.seconds_a_reading
        return self.now


@dataclass
class Bench:
    """An engine loop on a bench: no thread, no real time."""

    loop: EngineLoop
    outbox: Outbox
    keeper: Keeper
    clock: HandClock
    frames: list[Frame] = field(default_factory=list)

    def turn(self) -> float | None:
        """One turn, and the rest that follows it."""
        rest = self.loop.turn()
        self.clock.now += rest or 0.0
        self.frames += self.outbox.drain()
        return rest

    def go_on_until(self, seconds: float) -> None:
        """Turns until so much simulated time has gone by since the lab began."""
        turns = 0
        while self.loop.world.now_ns < seconds * NANOSECONDS:
            assert self.turn() is not None, "time stands"
            turns += 1
            assert turns < 200_000, "no progress"

    def events(self) -> list[Event]:
        """What happened in the world so far, as the frames told it."""
        return [event for frame in self.frames for event in frame.events if event.serial > 0]


@pytest.fixture(scope="session")
def record() -> ClusterRecord:
    """The article's lab: two nodes, four VMs, a gigabit network."""
    return sample("article-lab")


@pytest.fixture(scope="session")
def hard_record(record: ClusterRecord) -> ClusterRecord:
    """The same lab, but the file server writes a gigabyte over and over, at 300 MB/s and round and round."""
    hot = MemoryRegion("working set", 1024**3, 300e6, WritePattern.CYCLIC)
    first, *others = record.vms
    hard = replace(first, memory=replace(first.memory, regions=(hot,)))
    return replace(record, vms=(hard, *others))


@pytest.fixture
def bench(tmp_path: Path, record: ClusterRecord) -> Iterator[Callable[..., Bench]]:
    """Makes loops on a bench. With a path, they keep their lab there."""
    made: list[Bench] = []

    def make(
        cluster: ClusterRecord = record, *, path: Path | None = None, world: World | None = None, reading: float = 20e-6
    ) -> Bench:
        clock = HandClock(reading)
        world = world if world is not None else settled(cluster, seed=7)
        file = LabFile.create(path, name="Lab", seed=7) if path is not None else None
        keeper = Keeper(file, LabLock.taken(path) if path is not None else None, clock)
        if file is not None:
            assert keeper.checkpoint(world)
        outbox = Outbox()
        loop = EngineLoop(world, keeper, outbox, clock, reports=tmp_path)
        made.append(Bench(loop, outbox, keeper, clock))
        return made[-1]

    yield make
    for one in made:
        one.loop.close()
