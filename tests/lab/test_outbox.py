"""The outbox: what is coalesced, what is thinned, and what is never dropped."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from hvgui.cluster.cluster import Changes, Cluster, ClusterRecord
from hvgui.cluster.events import Event, Level
from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.tasks import Phase, Task, TaskKind, TaskState
from hvgui.cluster.units import NANOSECONDS
from hvgui.lab.frames import SAMPLES_A_FRAME, Pace
from hvgui.lab.outbox import Outbox


def _sample(second: int) -> MetricsSample:
    column = np.zeros(1)
    return MetricsSample(second * NANOSECONDS, *([column] * 8))


def _task(number: int, record: ClusterRecord) -> Task:
    vm = record.vms[0]
    return Task(
        id=TaskId(number),
        kind=TaskKind.START,
        vm=vm.id,
        source=vm.owner,
        target=vm.owner,
        state=TaskState.RUNNING,
        phase=Phase.STARTING,
        asked_ns=0,
    )


def test_nothing_new_is_no_frame() -> None:
    outbox = Outbox()
    assert outbox.drain() == ()
    outbox.publish(5, Pace(playing=True), Changes())
    assert [frame.time_ns for frame in outbox.drain()] == [5]
    outbox.publish(5, Pace(playing=True), Changes())
    assert outbox.drain() == ()


def test_of_many_changes_of_a_vm_the_last_is_told(record: ClusterRecord) -> None:
    outbox, vm = Outbox(), record.vms[0]
    for state in (VmState.PAUSED, VmState.RUNNING, VmState.SAVED):
        outbox.publish(1, Pace(), Changes(records=(replace(vm, state=state),)))
    (frame,) = outbox.drain()
    assert [one.state for one in frame.changes.records] == [VmState.SAVED]


def test_a_mirror_that_follows_the_frames_is_the_cluster(record: ClusterRecord) -> None:
    """However often the window drains, its mirror ends up equal: VMs that go, tasks that come and end in between."""
    for drain_every in (1, 2, 3, 7):
        source, mirror, outbox = Cluster(record), Cluster(record), Outbox()
        for step in range(12):
            source.put(replace(source.vms[VmId(0)], notes=f"step {step}"))
            source.put(_task(step, record))
            if step % 2:
                source.end_task(TaskId(step))
            if step == 5:
                source.remove_vm(VmId(2))
            outbox.publish(step, Pace(), source.drain_changes())
            if step % drain_every == 0:
                for frame in outbox.drain():
                    mirror.apply(frame.changes)
        for frame in outbox.drain():
            mirror.apply(frame.changes)
        assert mirror.record() == source.record()


def test_events_and_ended_tasks_are_kept_one_and_all(record: ClusterRecord) -> None:
    outbox = Outbox()
    for number in range(5_000):
        outbox.event(Event(number, number, Level.INFORMATION, "test", "something"))
        outbox.task_ended(_task(number, record))
    (frame,) = outbox.drain()
    assert [event.serial for event in frame.events] == list(range(5_000))
    assert [task.id for task in frame.ended_tasks] == list(range(5_000))


def test_samples_that_nobody_fetches_are_thinned_evenly() -> None:
    outbox = Outbox()
    for second in range(10_000):
        if outbox.takes_next_sample():
            outbox.sample(_sample(second))
    (frame,) = outbox.drain()
    moments = [sample.time_ns for sample in frame.samples]
    assert SAMPLES_A_FRAME // 2 <= len(moments) <= SAMPLES_A_FRAME
    assert moments[0] == 0
    assert moments[-1] > 9_500 * NANOSECONDS
    gaps = set(np.diff(moments))
    assert len(gaps) == 1
    outbox.takes_next_sample()
    outbox.sample(_sample(10_001))
    assert [len(frame.samples) for frame in outbox.drain()] == [1]


def test_progress_is_asked_for_only_when_somebody_looks() -> None:
    outbox = Outbox()
    assert outbox.wants_progress
    outbox.progress((), ())
    assert not outbox.wants_progress
    outbox.drain()
    assert outbox.wants_progress
