"""A migration as lines and bands: the saw tooth of the rest, what was sent, the blackout; live and afterwards."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import TaskId, VmId
from hvgui.cluster.profiles import MigrationTimings
from hvgui.cluster.tasks import MigrationResult, Phase, TaskKind, TaskState
from hvgui.cluster.units import GIB, MIB, NANOSECONDS
from hvgui.gui.graphs.courses import course_of_ended, course_of_running
from hvgui.gui.graphs.drawing import value_at
from hvgui.gui.graphs.recordings import KEPT_TASKS, MOVING_OWNERSHIP, READING, MigrationRecordings
from scripted_session import LINK, Script, live_task, streaming_record

QUICK = msgspec.structs.replace(
    live_task(),
    kind=TaskKind.QUICK_MIGRATION,
    state=TaskState.SUCCEEDED,
    phase=Phase.ENDED,
    ended_ns=40 * NANOSECONDS,
    result=MigrationResult(40.0, 0, 40.0, 2 * GIB, converged=True),
)


def recorded(until: float = 1.0) -> tuple[MigrationRecordings, list[float]]:
    """The scripted migration as it was seen up to a share of its frames."""
    recordings = MigrationRecordings()
    frames = list(Script(live_task()).frames())
    for frame in frames[: int(len(frames) * until)]:
        recordings.take(frame.migrations, {})
        recordings.take_ended(frame.ended_tasks)
    return recordings, [frame.time_ns / NANOSECONDS for frame in frames]


def test_the_rest_falls_as_a_saw_tooth_pass_by_pass() -> None:
    course = course_of_ended(Script(live_task()).ended_task())
    first, second, third = course.passes
    assert value_at(course.rest, first.start_seconds) == 4 * GIB
    assert value_at(course.rest, (first.start_seconds + first.end_seconds) / 2) == pytest.approx(2 * GIB)
    assert value_at(course.rest, second.start_seconds + 1e-9) == pytest.approx(340 * MIB, rel=1e-6)
    assert third.rest_bytes == 5 * MIB
    assert course.rest[1][-1] == 0.0
    assert np.all(np.diff(course.sent[1]) >= 0)


def test_the_blackout_follows_the_last_pass_and_is_as_long_as_the_result_says() -> None:
    course = course_of_ended(Script(live_task()).ended_task())
    assert course.blackout is not None
    assert course.blackout[0] == course.passes[-1].end_seconds
    assert course.blackout[1] - course.blackout[0] == pytest.approx(0.12)


def test_without_a_recording_the_rates_are_the_means_of_the_passes() -> None:
    course = course_of_ended(Script(live_task()).ended_task())
    middle = course.passes[0].start_seconds + 5
    assert value_at(course.link, middle) == pytest.approx(LINK, rel=1e-6)
    assert value_at(course.dirty, middle) == pytest.approx(340 * MIB * LINK / (4 * GIB), rel=1e-6)


def test_a_running_migration_shows_the_passes_seen_so_far() -> None:
    recordings, _ = recorded(0.97)
    task = msgspec.structs.replace(live_task(), phase=Phase.COPYING)
    course = course_of_running(task, recordings.of_task(TaskId(0)), 40.0)
    assert [one.number for one in course.passes] == [1, 2]
    assert course.passes[0].sent_bytes == pytest.approx(4 * GIB, rel=0.01)
    assert course.passes[0].rest_bytes == 340 * MIB
    assert course.passes[1].rest_bytes is None
    assert not course.has_ended
    assert course.blackout is None


def test_in_a_look_back_a_running_migration_has_come_no_further_than_that_moment() -> None:
    recordings, times = recorded(0.97)
    task = msgspec.structs.replace(live_task(), phase=Phase.COPYING)
    moment = times[len(times) // 3]
    then = course_of_running(task, recordings.of_task(TaskId(0)), moment)
    assert then.rest[0][-1] <= moment
    assert [one.number for one in then.passes] == [1]
    now = course_of_running(task, recordings.of_task(TaskId(0)), 40.0)
    assert now.rest[0][-1] > moment, "the present has it all"


def test_a_running_blackout_is_seen_to_grow() -> None:
    recordings, times = recorded(1.0)
    course = course_of_running(live_task(), recordings.of_task(TaskId(0)), times[-1])
    assert course.blackout is not None
    assert 0.0 <= course.blackout[1] - course.blackout[0] <= 0.12


def test_a_recording_of_hours_is_thinned_and_keeps_its_beginning() -> None:
    recordings = MigrationRecordings()
    script = Script(live_task(), frames_a_second=200)
    for frame in script.frames():
        recordings.take(frame.migrations, {})
    recording = recordings.of_task(TaskId(0))
    assert recording is not None
    assert len(recording.rows()) <= 2048
    assert recording.rows()[0, 0] == 0.0


def test_a_quick_migration_saves_moves_and_reads_when_its_events_say_so() -> None:
    course = course_of_ended(QUICK, marks={MOVING_OWNERSHIP: 19.0, READING: 21.0})
    assert value_at(course.sent, 19.0) == 2 * GIB
    assert value_at(course.rest, 21.0) == 2 * GIB
    assert value_at(course.rest, 40.0) == 0.0
    assert course.blackout == (0.0, 40.0)


def test_a_forecast_quick_migration_is_placed_by_the_platforms_own_times() -> None:
    timings = MigrationTimings(quick_flush_seconds=1.0, group_move_seconds=2.0, quick_fixed_seconds=1.0)
    course = course_of_ended(QUICK, timings=timings)
    assert course.sent[0].tolist() == [0.0, 19.0, 40.0]
    assert course.rest[0][0] == 21.0


def test_a_course_can_begin_at_another_moment() -> None:
    course = course_of_ended(Script(live_task()).ended_task())
    later = course.shifted(100.0)
    assert later.start_seconds == 100.0
    assert later.passes[0].start_seconds == course.passes[0].start_seconds + 100
    assert later.rest[0][0] == course.rest[0][0] + 100
    assert later.blackout is not None
    assert course.blackout is not None
    assert later.blackout[1] == pytest.approx(course.blackout[1] + 100)


def test_of_a_storm_only_watched_vms_are_recorded_frame_by_frame() -> None:
    recordings = MigrationRecordings()
    recordings.watch(VmId(7))
    tasks = {TaskId(n): live_task(n, vm=n) for n in range(200)}
    first = next(iter(Script(live_task()).frames())).migrations[0]
    storm = tuple(msgspec.structs.replace(first, task=task) for task in tasks)
    recordings.take(storm, tasks)
    assert recordings.of_task(TaskId(7)) is not None
    assert recordings.of_task(TaskId(8)) is None
    recordings.unwatch(VmId(7))


def test_ended_migrations_are_kept_within_bounds_and_forgotten_on_a_rewind() -> None:
    recordings = MigrationRecordings()
    ended = Script(live_task()).ended_task()
    many = tuple(
        msgspec.structs.replace(ended, id=TaskId(n), vm=VmId(n % 1000), ended_ns=n) for n in range(KEPT_TASKS + 500)
    )
    recordings.take_ended(many)
    assert recordings.ended_task(TaskId(0)) is None
    assert len(recordings.ended_of(VmId(499))) == 2
    recordings.forget_after(1_600)
    assert recordings.ended_task(TaskId(1_601)) is None
    assert recordings.ended_task(TaskId(1_600)) is not None


def test_the_mirror_of_the_script_is_a_cluster_of_ours() -> None:
    script = Script(live_task())
    cluster = Cluster(streaming_record())
    for frame in script.frames():
        cluster.apply(frame.changes)
    assert cluster.vms[VmId(0)].owner == 1
    assert not cluster.tasks
