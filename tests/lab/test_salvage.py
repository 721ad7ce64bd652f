"""Open what can be read: damaged in one place, the rest is saved, and it is said what was lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from hvgui.cluster.ids import NodeId, VmId
from hvgui.lab.errors import JourneyCancelledError, LabError
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.session import Session
from hvgui.lab.verification import verify
from hvgui.requests.lifecycle import PauseVm, ResumeVm
from hvgui.requests.migration import LiveMigrate


@pytest.fixture
def path(bench: Callable[..., Any], tmp_path: Path) -> Path:
    """A lab with three commands, a checkpoint before the second and one at its end."""
    path = tmp_path / "lab.hvlab"
    one = bench(path=path)
    loop = one.loop
    loop.set_speed(20.0)
    for number, request in enumerate((LiveMigrate(VmId(0), NodeId(1)), PauseVm(VmId(1)), ResumeVm(VmId(1)))):
        loop.play()
        one.go_on_until(20.0 * (number + 1))
        loop.pause()
        if number == 1:
            one.keeper.checkpoint(loop.world)
        loop.submit(request, answer := Future())
        one.turn()
        assert answer.result(0).accepted
    loop.close()
    return path


def changed(path: Path, statement: str) -> bytes:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def test_a_damaged_event_costs_only_itself(path: Path, tmp_path: Path) -> None:
    whole = read_lab(path)
    before = changed(path, "UPDATE event SET message = 'All is well' WHERE serial = 2")
    with pytest.raises(LabError, match="event 2"):
        Session.open(path)
    report = Session.salvage(path, tmp_path / "saved.hvlab")
    assert path.read_bytes() == before
    assert (report.events_lost, report.commands_lost, report.commands_read) == (1, 0, 3)
    assert report.sentences == ("Lost at least 1 of its events.",)
    session = Session.open(report.to)
    assert session.opening().time_ns == whole.reached_ns == report.reached_ns
    session.close()


def test_a_state_that_is_lost_is_replayed_from_the_one_before(path: Path, tmp_path: Path) -> None:
    whole = read_lab(path)
    newest = "(SELECT max(number) FROM checkpoint)"
    changed(path, f"UPDATE checkpoint SET world = zeroblob(100) WHERE number = {newest}")  # noqa: S608 - ours
    report = Session.salvage(path, tmp_path / "saved.hvlab")
    assert report.checkpoints_lost == 1
    assert report.reached_ns == whole.reached_ns
    assert verify(report.to).agrees


def test_a_command_that_is_lost_behind_the_last_state_ends_the_branch_there(path: Path, tmp_path: Path) -> None:
    newest = "(SELECT max(number) FROM checkpoint)"
    changed(path, f"DELETE FROM checkpoint WHERE number = {newest}")  # noqa: S608 - ours
    changed(path, "UPDATE command SET time_ns = time_ns + 1 WHERE number = 2")
    report = Session.salvage(path, tmp_path / "saved.hvlab")
    assert (report.commands_read, report.commands_lost) == (1, 2)
    assert any("can't be replayed" in sentence for sentence in report.sentences)
    session = Session.open(report.to)
    assert session.opening().time_ns == report.reached_ns
    session.close()


def test_pages_that_are_gone(path: Path, tmp_path: Path) -> None:
    """The pages of one table after another are overwritten: what lies elsewhere is saved, or a sentence says no."""
    whole = path.read_bytes()
    saved = 0
    for page in range(1, len(whole) // 4096):
        data = bytearray(whole)
        data[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
        path.write_bytes(data)
        to = tmp_path / f"{page}.hvlab"
        with contextlib.suppress(LabError):
            Session.salvage(path, to)
            Session.open(to).close()
            saved += 1
        assert path.read_bytes() == data
    assert saved >= len(whole) // 4096 // 2


def test_where_nothing_can_be_read_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "lab.hvlab"
    path.write_bytes(b"\x00" * 8192)
    with pytest.raises(LabError, match=r"Nothing of .* can be read"):
        Session.salvage(path, tmp_path / "saved.hvlab")
    assert [one.name for one in tmp_path.iterdir()] == ["lab.hvlab"]


def test_what_is_there_is_not_overwritten(path: Path, tmp_path: Path) -> None:
    (tmp_path / "taken.hvlab").write_text("mine")
    with pytest.raises(LabError, match="is there already"):
        Session.salvage(path, tmp_path / "taken.hvlab")


def test_a_hostile_table_is_not_asked(path: Path, tmp_path: Path) -> None:
    changed(path, "ALTER TABLE event RENAME TO events")
    changed(path, "CREATE VIEW event AS SELECT * FROM events")
    report = Session.salvage(path, tmp_path / "saved.hvlab")
    assert report.events_read == 0
    assert report.commands_read == 3


def test_it_tells_how_far_it_is_and_can_be_called_off_anywhere(path: Path, tmp_path: Path) -> None:
    heard: list[float] = []
    Session.salvage(path, tmp_path / "whole.hvlab", heard.append)
    assert heard == sorted(heard)
    assert heard[0] > 0.0
    assert 0.6 <= heard[-1] <= 1.0
    names = {one.name for one in tmp_path.iterdir()}

    for stop_at in range(0, len(heard), max(1, len(heard) // 12)):
        so_far: list[float] = []

        def tell(fraction: float, so_far: list[float] = so_far, stop_at: int = stop_at) -> None:
            so_far.append(fraction)
            if len(so_far) > stop_at:
                raise JourneyCancelledError("called off")

        with pytest.raises(JourneyCancelledError):
            Session.salvage(path, tmp_path / "never.hvlab", tell)
        assert {one.name for one in tmp_path.iterdir()} == names, "nothing is left behind"


def test_a_branch_that_claims_to_go_on_for_ever_is_not_followed(path: Path, tmp_path: Path) -> None:
    """Bits flip in moments, too: what comes to light is the lab, not a wait of years."""
    changed(path, "UPDATE branch SET reached_ns = 9000000000000000000")
    report = Session.salvage(path, tmp_path / "saved.hvlab")
    assert report.commands_read == 3
