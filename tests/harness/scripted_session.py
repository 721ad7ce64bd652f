"""A session for tests of the window: nothing runs in it, a test says what comes out and how requests are answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import msgspec
import numpy as np

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.cluster import Changes, Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, TaskId, VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.metrics import MetricsSample, MigrationProgress, StreamProgress
from hvgui.cluster.tasks import MemoryPass, MigrationResult, Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import GIB, MIB, NANOSECONDS, nanoseconds
from hvgui.cluster.watch_figures import WatchFigures
from hvgui.gui.bridge import Bridge
from hvgui.lab.frames import Forecast, Frame, Opening, Pace, Receipt, Span
from hvgui.lab.storage_variants import Variant
from hvgui.requests.request import Request
from small_cluster import small_record, small_vm

LINK = 117.7e6


class ScriptedSession:
    """Stands where a Session would: `outbox` is what the bridge drains, `asked` and `forecasts` what it was asked."""

    is_read_only = False
    notice = ""

    def __init__(self, record: ClusterRecord | None = None) -> None:
        self.record = record if record is not None else streaming_record()
        self.name = "Scripted"
        self.outbox: list[Frame] = []
        self.asked: list[tuple[Request, Future[Receipt]]] = []
        self.forecasts: list[tuple[Request, Future[Forecast]]] = []

    def opening(self) -> Opening:
        """The record, at the beginning of time."""
        return Opening(self.record, 0, (), self.name)

    def drain(self) -> tuple[Frame, ...]:
        """What a test has put there."""
        frames, self.outbox = tuple(self.outbox), []
        return frames

    def submit(self, request: Request) -> Future[Receipt]:
        """Kept for the test to answer."""
        future: Future[Receipt] = Future()
        self.asked.append((request, future))
        return future

    def forecast(self, request: Request, variant: Variant = Variant.AS_IT_IS) -> Future[Forecast]:
        """Kept for the test to answer."""
        del variant
        future: Future[Forecast] = Future()
        self.forecasts.append((request, future))
        return future

    def watch_figures(self) -> Future[WatchFigures]:
        """Nobody answers."""
        return Future()

    def play(self) -> None:
        """Nothing runs."""

    def pause(self) -> None:
        """Nothing runs."""

    def set_speed(self, speed: float) -> None:
        """Nothing runs."""

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Nothing to stop."""


def streaming_record(vms: int = 1, nodes: int = 3) -> ClusterRecord:
    """VMs of 4 GB on NODE1, the first of which streams a video to one of its 12 clients."""
    made = [small_vm(number) for number in range(vms)]
    made[0] = msgspec.structs.replace(made[0], clients=Clients(connections=12, video=VideoStream()))
    return small_record(tuple(made), nodes=nodes)


@dataclass
class Script:
    """The course of a live migration over a gigabit link as frames: 4 GB, then 340, 40 and 5 MB, then the blackout."""

    task: Task
    vm: VirtualMachine = field(default_factory=lambda: streaming_record().vms[0])
    frames_a_second: int = 10
    passes: list[MemoryPass] = field(default_factory=list)
    sizes: tuple[int, ...] = (4 * GIB, 340 * MIB, 40 * MIB)
    rest: int = 5 * MIB
    setup_seconds: float = 3.0
    blackout_seconds: float = 0.12
    begin_ns: int = 0

    def frames(self) -> Iterator[Frame]:
        """Every frame from set-up to the end, with samples each second."""
        time = self.begin_ns
        setup = nanoseconds(self.setup_seconds)
        yield from self._still(Phase.SETUP, time, time + setup, self.sizes[0])
        time += setup
        sent = 0
        for number, size in enumerate(self.sizes, 1):
            end = time + nanoseconds(size / LINK)
            yield from self._copying(number, time, end, size, sent)
            rest = self.sizes[number] if number < len(self.sizes) else self.rest
            self.passes.append(MemoryPass(number, time, end, size, rest))
            time, sent = end, sent + size
        end = time + nanoseconds(self.blackout_seconds)
        yield from self._still(Phase.BLACKOUT, time, end, self.rest)
        yield self._ended(end, sent + self.rest)

    def ended_task(self) -> Task:
        """The task as it ends, without the way there."""
        return list(self.frames())[-1].ended_tasks[0]

    def _moments(self, begin: int, end: int) -> Iterator[int]:
        step = NANOSECONDS // self.frames_a_second
        yield from range(begin, end, step)

    def _still(self, phase: Phase, begin: int, end: int, rest: int) -> Iterator[Frame]:
        for moment in self._moments(begin, end):
            yield self._frame(moment, phase, 0 if phase is Phase.SETUP else len(self.sizes), 0, rest, 0)

    def _copying(self, number: int, begin: int, end: int, size: int, before: int) -> Iterator[Frame]:
        for moment in self._moments(begin, end):
            done = int(size * (moment - begin) / (end - begin))
            yield self._frame(moment, Phase.COPYING, number, done, size - done, before + done)

    def _frame(self, moment: int, phase: Phase, number: int, done: int, rest: int, sent: int) -> Frame:
        task = msgspec.structs.replace(self.task, phase=phase, pass_number=number)
        progress = MigrationProgress(
            task.id, moment, phase, number, done, rest, sent, 9.4e6, LINK if phase is Phase.COPYING else 0.0, 8.0, 12.0
        )
        vm = self.task.vm
        return Frame(
            time_ns=moment,
            pace=Pace(playing=True),
            changes=Changes((task, self._vm(task.id))),
            samples=(sample(moment // NANOSECONDS * NANOSECONDS),) if moment % NANOSECONDS == 0 else (),
            migrations=(progress,),
            streams=(StreamProgress(vm, moment, 2.0, False, 0, 0.0),),
        )

    def _vm(self, task: TaskId | None) -> VirtualMachine:
        owner = self.task.source if task is not None else self.task.target
        return msgspec.structs.replace(self.vm, owner=owner, task=task)

    def _ended(self, end: int, sent: int) -> Frame:
        result = MigrationResult(
            duration_seconds=(end - self.begin_ns) / NANOSECONDS,
            passes=len(self.passes),
            blackout_seconds=self.blackout_seconds,
            sent_bytes=sent,
            converged=True,
            memory_passes=tuple(self.passes),
        )
        task = msgspec.structs.replace(
            self.task, state=TaskState.SUCCEEDED, phase=Phase.ENDED, ended_ns=end, result=result, message="Done."
        )
        return Frame(
            end,
            Pace(playing=True),
            Changes((self._vm(None),), ended_tasks=(task.id,)),
            ended_tasks=(task,),
            streams=(StreamProgress(task.vm, end, 1.88, False, 0, 0.0),),
        )


def live_task(number: int = 0, vm: int = 0, source: int = 0, target: int = 1) -> Task:
    """A live migration that has just begun."""
    return Task(
        TaskId(number),
        TaskKind.LIVE_MIGRATION,
        VmId(vm),
        NodeId(source),
        NodeId(target),
        TaskState.RUNNING,
        Phase.SETUP,
        asked_ns=0,
        started_ns=0,
    )


def sample(time_ns: int, nodes: int = 3, vms: int = 1) -> MetricsSample:
    """Figures that differ by object and move with time."""
    wave = 0.1 * np.sin(time_ns / NANOSECONDS / 7)
    node, vm = np.arange(nodes, dtype=float), np.arange(vms, dtype=float)
    return MetricsSample(
        time_ns=time_ns,
        node_cpu_share=0.4 + 0.05 * node + wave,
        node_memory_bytes=(6.0 + 4 * node) * GIB,
        node_sent_bytes_per_second=(1 + node) * 1e6 * (1 + wave),
        node_received_bytes_per_second=(2 + node) * 1e6,
        vm_cpu_share=0.3 + 0 * vm + wave,
        vm_cpu_wanted_share=0.35 + 0 * vm + wave,
        vm_memory_bytes=4.0 * GIB + 0 * vm,
        vm_memory_demand_bytes=(2.6 + wave) * GIB + 0 * vm,
    )


def forecast_of(task: Task, **changes: object) -> Forecast:
    """A forecast that a scripted live migration will come true to."""
    ended = Script(task).ended_task()
    result = ended.result
    assert result is not None
    made = Forecast(
        result="succeeded",
        message="Succeeds.",
        duration_seconds=_about(result.duration_seconds),
        passes=Span(result.passes, result.passes, result.passes),
        blackout_seconds=_about(result.blackout_seconds),
        sent_bytes=_about(result.sent_bytes),
        connections_kept=12,
        tasks=(ended,),
        seconds_of_work=0.04,
    )
    return msgspec.structs.replace(made, **changes)


def _about(value: float) -> Span:
    return Span(value, 0.95 * value, 1.05 * value)


def mirror(session: ScriptedSession) -> Cluster:
    """The cluster of the session's record."""
    return Cluster(session.record)


def play(bridge: Bridge, session: ScriptedSession, frames: Iterable[Frame]) -> None:
    """Gives the window one frame a tick."""
    for frame in frames:
        session.outbox.append(frame)
        bridge.tick()
