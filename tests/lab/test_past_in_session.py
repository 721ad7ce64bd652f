"""The past as the window has it: through the session, with its thread and its processes."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from hvgui.cli import main
from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import NANOSECONDS
from hvgui.lab.errors import LabError
from hvgui.lab.frames import Frame, Receipt
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.row_checks import checksum
from hvgui.lab.session import Session
from hvgui.lab.state_comparison import first_difference
from hvgui.lab.verification import verify
from hvgui.requests.lifecycle import PauseVm, ResumeVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.new_server import NewServer
from hvgui.requests.node_service import AddNode

PATIENCE_SECONDS = 30.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lab.hvlab"


@pytest.fixture
def session(record: ClusterRecord, path: Path) -> Iterator[Session]:
    session = Session.new(record, seed=7, name="Story", path=path)
    session.start()
    yield session
    session.close()


def drained(session: Session) -> Frame:
    """Everything that came since the last call, once the engine has told it."""
    session.return_to_present().result(PATIENCE_SECONDS)
    frames: tuple[Frame, ...] = ()
    while not frames:
        frames = session.drain()
    return frames[-1]


def let_time_pass(session: Session) -> None:
    """To the next event or second."""
    session.step()
    while True:
        session.return_to_present().result(PATIENCE_SECONDS)
        if any(frame.time_ns > 0 for frame in session.drain()):
            return


def test_undo_look_and_branch_as_the_window_asks(session: Session, path: Path) -> None:
    assert session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS).accepted
    assert session.undo().result(PATIENCE_SECONDS).accepted
    frame = session.drain()[-1]
    assert frame.opening is not None
    assert frame.timeline is not None
    assert frame.timeline.redo_title == "Pause WEB01"
    assert Cluster(frame.opening.record).vms[VmId(1)].state is VmState.RUNNING
    assert session.redo().result(PATIENCE_SECONDS).accepted
    let_time_pass(session)
    session.look_at(0).result(PATIENCE_SECONDS)
    refused = session.submit(ResumeVm(VmId(1))).result(PATIENCE_SECONDS)
    assert [problem.code for problem in refused.problems] == ["in-the-past"]
    assert session.go_on_from_here("another").result(PATIENCE_SECONDS).accepted
    assert session.rename_branch(2, "better").result(PATIENCE_SECONDS).accepted
    assert session.switch_to(1).result(PATIENCE_SECONDS).accepted
    comparison = session.compare(1, 2).result(PATIENCE_SECONDS)
    assert comparison.second.name == "better"
    assert session.delete_branch(2).result(PATIENCE_SECONDS).accepted
    session.close()
    assert verify(path).agrees


def test_of_many_looks_the_newest_is_shown(session: Session) -> None:
    let_time_pass(session)
    looks = [session.look_at(0) for _ in range(30)]
    looks[-1].result(PATIENCE_SECONDS)
    ends = [look.cancelled() for look in looks]
    assert any(ends), "the first may have begun; of those behind it only the last is wanted"
    assert not ends[-1]


def test_a_session_that_closes_answers_nobody_late(session: Session) -> None:
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    waiting: list[Future[Any]] = [session.undo(), session.look_at(0), session.figures(0, 1), session.compare(1, 1)]
    session.close()
    for one in waiting:
        try:
            one.result(PATIENCE_SECONDS)
        except (LabError, CancelledError):
            continue
    assert session.undo().cancelled()


def test_figures_are_those_of_the_line_that_is_shown(bench: Callable[..., Any], path: Path) -> None:
    """Ten minutes, a branch from the fifth on, where the node is emptied: each line has figures of its own."""
    one = bench(path=path)
    loop = one.loop
    loop.set_speed(100.0)
    loop.play()
    one.go_on_until(600)
    loop.pause()
    for step in (partial(loop.past.look_at, 300 * NANOSECONDS, None), partial(loop.past.go_on_from_here, "off")):
        loop.past.ask(step, answer := Future())
        while not answer.done():
            one.turn()
    loop.submit(TurnOffVm(VmId(0)), answer)
    loop.play()
    one.go_on_until(900)
    loop.close()
    session = Session.open(path)
    session.start()
    off = session.figures(0, 10**15).result(PATIENCE_SECONDS)
    main_line = session.figures(0, 10**15, branch=1).result(PATIENCE_SECONDS)
    session.close()
    assert off.time_ns[-1] >= 870 * NANOSECONDS
    assert 570 * NANOSECONDS <= main_line.time_ns[-1] <= loop.world.now_ns
    assert (np.diff(off.time_ns) > 0).all()
    late, early = off.time_ns > 330 * NANOSECONDS, off.time_ns < 300 * NANOSECONDS
    assert off.vms_memory_bytes[late].max() < off.vms_memory_bytes[early].min()
    after = main_line.time_ns > 330 * NANOSECONDS
    assert main_line.vms_memory_bytes[after].min() > off.vms_memory_bytes[late].max()


def test_figures_of_a_server_begin_when_it_comes_and_those_of_the_others_have_no_gap(
    bench: Callable[..., Any], path: Path
) -> None:
    """In the rows of the last hour and in those that stay; undone, there is no such server."""
    one = bench(path=path)
    loop = one.loop
    loop.set_speed(100.0)
    loop.play()
    one.go_on_until(90)
    for request in (NewServer("NODE3"), AddNode(NodeId(2))):
        loop.submit(request, answer := Future())
        one.turn()
        assert answer.result(PATIENCE_SECONDS).accepted
    one.go_on_until(7_300)
    loop.pause()
    one.turn()
    loop.close()
    session = Session.open(path)
    session.start()
    figures = session.figures(0, 10**15).result(PATIENCE_SECONDS)
    session.undo().result(PATIENCE_SECONDS)
    session.undo().result(PATIENCE_SECONDS)
    before = session.figures(0, 10**15).result(PATIENCE_SECONDS)
    session.close()
    assert figures.node_memory_bytes.shape[1] == 3
    came = figures.time_ns > 90 * NANOSECONDS
    assert not np.isnan(figures.node_memory_bytes[:, :2]).any()
    assert (np.diff(figures.time_ns) <= 60 * NANOSECONDS).all()
    assert np.isnan(figures.node_memory_bytes[~came, 2]).all()
    assert not np.isnan(figures.node_memory_bytes[came, 2]).any()
    assert (figures.node_memory_bytes[figures.time_ns > 120 * NANOSECONDS, 2] > 0.0).all()
    assert before.time_ns[-1] <= 90 * NANOSECONDS
    assert np.isnan(before.node_memory_bytes[:, 2:]).all()


def test_a_lab_for_reading_lets_the_past_be_seen(session: Session, path: Path) -> None:
    let_time_pass(session)
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    other = Session.open(path)
    other.start()
    other.look_at(0).result(PATIENCE_SECONDS)
    assert other.undo().result(PATIENCE_SECONDS).problems[0].code == "read-only"
    assert other.go_on_from_here().result(PATIENCE_SECONDS).problems[0].code == "read-only"
    other.close()
    assert read_lab(path).last_command == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let an open file be deleted")
def test_a_lab_whose_file_vanished_keeps_its_past_and_saves_it(
    session: Session, path: Path, expect_log: Callable[[str], AbstractContextManager[list[str]]]
) -> None:
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    path.unlink()
    with expect_log("goes on in memory"):
        receipt: Receipt = session.submit(LiveMigrate(VmId(0), NodeId(1))).result(PATIENCE_SECONDS)
    assert receipt.accepted
    assert [problem.code for problem in receipt.problems] == ["not-kept"]
    told = [event.message for event in drained(session).events if event.code == "lab-file"]
    assert len(told) == 1
    assert str(path) in told[0]
    assert session.undo().result(PATIENCE_SECONDS).accepted
    assert session.undo().result(PATIENCE_SECONDS).accepted
    assert session.redo().result(PATIENCE_SECONDS).accepted
    saved = session.save_as(path.with_name("saved.hvlab")).result(PATIENCE_SECONDS)
    assert session.redo().result(PATIENCE_SECONDS).accepted
    session.close()
    kept = read_lab(saved)
    assert kept.last_command == 2
    assert kept.undone == 0
    found = verify(saved)
    assert found.agrees
    assert found.branches[0].commands == 2


def test_verify_from_the_command_line(session: Session, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    session.close()
    assert main(["verify", str(path)]) == 0
    assert capsys.readouterr().out.endswith("All agrees.\n")
    assert main(["verify", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["agrees"], told["difference"], told["branches"][0]["commands"]) == (True, None, 1)
    assert main(["verify", str(path.with_name("nothing.hvlab"))]) == 2
    assert "There is no file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM event", "is not kept"),
        ("DELETE FROM command WHERE number = 1", "Branch main"),
        ("UPDATE branch SET reached_ns = 1", "main"),
    ],
)
def test_verify_names_the_first_difference(
    session: Session, path: Path, capsys: pytest.CaptureFixture[str], statement: str, words: str
) -> None:
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    session.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()
    assert main(["verify", str(path)]) == (0 if "reached" in statement else 1)
    assert words in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="the harness kills as POSIX does")
@pytest.mark.parametrize(("harness", "count"), [("kills.py", "--kills=8"), ("mutated_labs.py", "--files=60")])
def test_the_harnesses_find_nothing(harness: str, count: str) -> None:
    """Killed eight times at random moments; sixty mutated files. By hand they run by the thousand."""
    script = ROOT / "tests" / "bench" / harness
    done = subprocess.run(
        [sys.executable, str(script), count, "--seed", "2"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_lab_of_another_numpy_agrees_to_the_microsecond_and_no_further(
    session: Session, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An event half a microsecond off is the same one; two microseconds are a difference."""
    let_time_pass(session)
    session.submit(PauseVm(VmId(1))).result(PATIENCE_SECONDS)
    session.close()

    def off_by(nanoseconds: int, numpy: str) -> int:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("UPDATE lab SET value = ? WHERE key = 'numpy'", (numpy,))
            (row,) = connection.execute(
                "SELECT branch, serial, time_ns, level, code, message, vm, node, task FROM event WHERE serial = 1"
            )
            moved = (*row[:2], row[2] + nanoseconds, *row[3:])
            connection.execute(
                "UPDATE event SET time_ns = ?, checksum = ? WHERE serial = 1", (moved[2], checksum(moved))
            )
        return main(["verify", str(path)])

    assert off_by(0, np.__version__) == 0
    assert "another numpy" not in capsys.readouterr().out
    assert off_by(500, f"1.0 {np.__version__}") == 0
    assert "another numpy as well (1.0)" in capsys.readouterr().out
    assert off_by(0, np.__version__) == 1, "with the same numpy, every bit counts"
    assert off_by(1_500, "1.0") == 1
    assert "WEB01 is paused" in capsys.readouterr().out


def test_states_are_compared_as_far_as_two_numpys_agree() -> None:
    def state(now_ns: int, rate: float, text: str = "a") -> bytes:
        cells = {"now_ns": now_ns, "rate": rate, "words": text, "count": 3}
        cells["figures"] = np.array([rate, 0.0, np.inf]).tobytes()
        cells["moments"] = np.array([now_ns, 5], dtype="<i8").tobytes()
        return bytes(msgspec.msgpack.encode(cells))

    here = state(10**12, 1e6)
    assert first_difference(here, here) is None
    assert "rate is 1000000.0, replayed" in str(first_difference(here, state(10**12, 1e6 + 1e-5)))
    assert first_difference(here, state(10**12 + 900, 1e6 + 1e-5), to_the_bit=False) is None
    assert "now_ns" in str(first_difference(here, state(10**12 + 1_100, 1e6), to_the_bit=False))
    assert "rate" in str(first_difference(here, state(10**12, 1e6 + 0.1), to_the_bit=False))
    assert "words" in str(first_difference(here, state(10**12, 1e6, "b"), to_the_bit=False))
