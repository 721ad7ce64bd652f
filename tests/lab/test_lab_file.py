"""The lab file: what is kept, who may write it, and what happens where it can't be written."""

from __future__ import annotations

import itertools
import sqlite3
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.metrics import MetricsSample
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import checkpoint
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.lab import history
from hvgui.lab.checkpoint_thinning import LEAST_GAP_NS, MOST_WORK_SECONDS, Mark, superfluous
from hvgui.lab.errors import LabError
from hvgui.lab.frames import Receipt
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_lock import LabLock, lock_path
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.lab_schema import APPLICATION_ID, VERSION
from hvgui.requests.lifecycle import PauseVm, ResumeVm
from hvgui.requests.migration import LiveMigrate

if TYPE_CHECKING:
    from conftest import Bench

PAUSE = PauseVm(VmId(1))


@pytest.fixture
def world(record: ClusterRecord) -> World:
    return settled(record, seed=3)


@pytest.fixture
def path(tmp_path: Path, world: World) -> Path:
    """A lab file with a checkpoint and nothing else."""
    path = tmp_path / "lab.hvlab"
    file = LabFile.create(path, name="The lab", seed=3)
    file.add_checkpoint(0, checkpoint.snapshot(world))
    file.commit()
    file.close()
    return path


def test_the_header_says_what_it_is(path: Path) -> None:
    header = path.read_bytes()[:100]
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(header[60:64], "big") == VERSION


def test_commits_wait_for_the_disk(path: Path) -> None:
    file = LabFile.attach(path, branch=1)
    assert file.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert file.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    file.close()


def test_only_what_was_committed_is_there(path: Path) -> None:
    file = LabFile.attach(path, branch=1)
    assert file.add_command(5, PAUSE, "Words") == 1
    file.commit()
    assert file.add_command(6, ResumeVm(VmId(1)), "Words") == 2
    file.roll_back()
    assert file.add_command(7, LiveMigrate(VmId(0), NodeId(1)), "Words") == 2
    file.close()
    assert [(one.number, one.time_ns, one.request) for one in read_lab(path).commands] == [(1, 5, PAUSE)]


def test_reading_begins_at_the_newest_checkpoint(path: Path, world: World) -> None:
    file = LabFile.attach(path, branch=1)
    file.add_command(5, PAUSE, "Words")
    file.reach(9)
    file.add_checkpoint(9, checkpoint.snapshot(world))
    file.add_command(9, ResumeVm(VmId(1)), "Words")
    file.reach(12)
    file.commit()
    file.close()
    kept = read_lab(path)
    assert kept.checkpoint_ns == 9
    assert [one.number for one in kept.commands] == [2]
    assert kept.reached_ns == 12
    assert kept.name == "The lab"


def test_a_branch_shares_its_parents_past_up_to_where_it_leaves(path: Path) -> None:
    file = LabFile.attach(path, branch=1)
    for moment in (10, 20, 30):
        file.add_command(moment, PAUSE, "Words")
    file.reach(40)
    file.add_branch(parent=1, parent_command=2, start_ns=25, name="what if")
    file.add_command(27, ResumeVm(VmId(1)), "Words")
    file.reach(28)
    file.commit()
    file.close()
    kept = read_lab(path)
    assert kept.branch == 2
    assert [(one.number, one.time_ns) for one in kept.commands] == [(1, 10), (2, 20), (4, 27)]
    assert kept.reached_ns == 28


def test_a_path_that_is_taken_is_left_alone(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(LabError, match="is there already"):
        LabFile.create(path, name="Another", seed=1)
    assert path.read_bytes() == before


def test_a_lab_is_written_by_one_only(path: Path) -> None:
    lock = LabLock.taken(path)
    assert lock is not None
    assert LabLock.taken(path) is None
    lock.release()
    lock.release()
    assert not lock_path(path).exists()
    again = LabLock.taken(path)
    assert again is not None
    again.release()


def test_where_the_disk_is_full_the_lab_goes_on_in_memory(
    bench: Callable[..., Bench], tmp_path: Path, expect_log: Callable[[str], AbstractContextManager[list[str]]]
) -> None:
    """The file may grow no further: as on a full disk, the commit fails, and what was kept before stays."""
    path = tmp_path / "full.hvlab"
    one = bench(path=path)
    one.loop.play()
    one.go_on_until(2)
    file = one.keeper._file
    assert file is not None
    pages = file.connection.execute("PRAGMA page_count").fetchone()[0]
    file.connection.execute(f"PRAGMA max_page_count = {pages}")
    with expect_log("goes on in memory"):
        one.loop.set_speed(10_000.0)
        one.go_on_until(8_000)
    (event,) = (event for frame in one.frames for event in frame.events if event.code == "lab-file")
    answer: Future[Receipt] = Future()
    one.loop.post(partial(one.loop.submit, PAUSE, answer))
    one.turn()
    assert answer.result(0).accepted
    assert answer.result(0).command is None
    assert [problem.code for problem in answer.result(0).problems] == ["not-kept"]
    assert "full" in event.message
    assert str(path) in event.message
    kept = read_lab(path)
    assert 1 * NANOSECONDS < kept.reached_ns < one.loop.world.now_ns
    assert not lock_path(path).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let an open file be deleted")
@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_vanishes_is_told(
    bench: Callable[..., Bench],
    tmp_path: Path,
    expect_log: Callable[[str], AbstractContextManager[list[str]]],
    replaced: bool,
) -> None:
    path = tmp_path / "lab.hvlab"
    one = bench(path=path)
    path.unlink()
    if replaced:
        path.write_bytes(b"somebody else's")
    one.loop.play()
    with expect_log("goes on in memory"):
        one.go_on_until(3)
    (event,) = (event for frame in one.frames for event in frame.events if event.code == "lab-file")
    assert str(path) in event.message
    one.keeper.move_to(tmp_path / "saved.hvlab", one.loop.world, name="Saved", seed=7)
    assert read_lab(tmp_path / "saved.hvlab").checkpoint_ns == one.loop.world.now_ns
    assert not replaced or path.read_bytes() == b"somebody else's"


def test_a_copy_made_while_running_goes_on_by_itself(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench(path=tmp_path / "old.hvlab")
    one.loop.play()
    one.go_on_until(5)
    one.keeper.move_to(tmp_path / "new.hvlab", one.loop.world, name="Lab", seed=7)
    moved_ns = one.loop.world.now_ns
    one.go_on_until(10)
    one.loop.close()
    assert read_lab(tmp_path / "old.hvlab").reached_ns == moved_ns
    assert read_lab(tmp_path / "new.hvlab").reached_ns == one.loop.world.now_ns
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new.hvlab", "old.hvlab"]


def test_a_copy_replaces_what_was_there_only_when_it_is_whole(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench(path=tmp_path / "lab.hvlab")
    target = tmp_path / "taken.hvlab"
    target.write_bytes(b"something else")
    one.keeper.move_to(target, one.loop.world, name="Lab", seed=7)
    one.loop.close()
    assert read_lab(target).reached_ns == one.loop.world.now_ns


def test_a_lab_in_memory_can_be_saved(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench()
    one.loop.play()
    one.go_on_until(3)
    one.keeper.move_to(tmp_path / "saved.hvlab", one.loop.world, name="Saved", seed=7)
    one.loop.close()
    kept = read_lab(tmp_path / "saved.hvlab")
    assert kept.name == "Saved"
    assert kept.checkpoint_ns == one.loop.world.now_ns


def test_where_nothing_can_be_saved_the_old_file_stays_in_use(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench(path=tmp_path / "lab.hvlab")
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(LabError, match="can't be saved"):
        one.keeper.move_to(blocked / "x.hvlab", one.loop.world, name="Lab", seed=7)
    one.loop.play()
    one.go_on_until(5)
    one.loop.close()
    assert read_lab(tmp_path / "lab.hvlab").reached_ns == one.loop.world.now_ns


def test_events_come_back_with_the_lab(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench(path=tmp_path / "lab.hvlab")
    answer: Future[Receipt] = Future()
    one.loop.post(partial(one.loop.submit, LiveMigrate(VmId(0), NodeId(1)), answer))
    one.loop.set_speed(10.0)
    one.loop.play()
    one.go_on_until(40)
    one.loop.close()
    assert list(read_lab(tmp_path / "lab.hvlab").events) == one.events()


def test_the_graphs_history_comes_back(bench: Callable[..., Bench], tmp_path: Path) -> None:
    one = bench(path=tmp_path / "lab.hvlab")
    one.loop.set_speed(1_000.0)
    one.loop.play()
    one.go_on_until(120)
    one.loop.close()
    connection = sqlite3.connect(tmp_path / "lab.hvlab")
    chunks = connection.execute("SELECT start_ns, rows, columns FROM sample ORDER BY start_ns").fetchall()
    connection.close()
    figures = history.figures_of(history.unpacked(columns, rows) for _, rows, columns in chunks)
    assert figures.node_memory_bytes.shape == (len(figures.time_ns), 2)
    assert (figures.node_memory_bytes > 2**30).all()
    assert (figures.vms_memory_bytes > 2**30).all()
    due = np.arange(1, one.loop.world.now_ns // (history.FINE_SECONDS * NANOSECONDS)) * history.FINE_SECONDS
    assert set(due * NANOSECONDS) <= set(figures.time_ns), "whatever the speed, a row every thirty seconds"


@given(st.integers(1, history.CHUNK_ROWS), st.integers(1, 64))
def test_a_chunk_unpacks_to_what_was_packed(rows: int, nodes: int) -> None:
    chunk = history.Chunk()
    columns = np.random.default_rng(rows * 100 + nodes).random((rows, 8, nodes))
    for row in range(rows):
        chunk.add(MetricsSample((row + 1) * NANOSECONDS, *columns[row]))
    found = history.figures_of([history.unpacked(chunk.packed(), len(chunk))])
    np.testing.assert_allclose(found.node_sent_bytes_per_second, columns[:, 2, :], rtol=1e-6)
    np.testing.assert_allclose(found.vms_memory_bytes, columns[:, 6, :].sum(axis=1), rtol=1e-6)
    np.testing.assert_array_equal(found.time_ns, np.arange(1, rows + 1) * NANOSECONDS)


@given(st.binary(max_size=200), st.integers(-1, 400))
def test_a_damaged_chunk_is_a_value_error(data: bytes, rows: int) -> None:
    with pytest.raises(ValueError, match="history"):
        history.unpacked(data, rows)


def thinned(moments: Iterable[tuple[int, float]]) -> list[Mark]:
    """What is left of checkpoints at these moments (seconds) behind so much work, thinned after each."""
    kept: list[Mark] = []
    for number, (seconds, work_seconds) in enumerate(moments):
        kept.append(Mark(number, round(seconds * NANOSECONDS), work_seconds))
        gone = superfluous(kept)
        carried = dict(gone.values())
        kept = [one._replace(work_seconds=carried.get(one.number, one.work_seconds)) for one in kept]
        kept = [one for one in kept if one.number not in gone]
    return kept


@given(st.lists(st.tuples(st.integers(0, 3_600), st.floats(0.0, 0.25)), min_size=1, max_size=300))
def test_thinned_checkpoints_stay_near_every_moment(gaps: list[tuple[int, float]]) -> None:
    """The beginning and the newest two stay; gaps grow no faster than the age allows, in time and in work."""
    moments = list(itertools.accumulate(gap for gap, _ in gaps))
    kept = thinned(zip(moments, (work for _, work in gaps), strict=True))
    assert kept[0].number == 0
    assert [one.number for one in kept[-2:]] == [*range(len(gaps))][-2:]
    now_ns, longest = kept[-1].time_ns, max(gap for gap, _ in gaps) * NANOSECONDS
    for before, after in itertools.pairwise(kept):
        assert after.time_ns - before.time_ns <= max(LEAST_GAP_NS, (now_ns - before.time_ns) // 16) + longest
        assert after.work_seconds < MOST_WORK_SECONDS
    assert sum(one.work_seconds for one in kept[1:]) == pytest.approx(sum(work for _, work in gaps[1:]))


def test_a_week_of_checkpoints_is_some_hundreds() -> None:
    """Every minute of an idle week: one a minute in the last hour, one in hours at its beginning."""
    kept = thinned((60.0 * number, 0.002) for number in range(7 * 24 * 60))
    assert 100 < len(kept) < 300
    assert len([one for one in kept if one.time_ns > kept[-1].time_ns - 3_600 * NANOSECONDS]) == 60


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not made read-only like this on Windows")
def test_no_lab_where_no_file_can_be_made(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(LabError, match="No lab can be kept"):
        LabFile.create(blocked / "lab.hvlab", name="Lab", seed=1)
