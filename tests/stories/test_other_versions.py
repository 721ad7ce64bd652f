"""A lab that another version of hvgui has lived, opened in the window: what it says, shows, and no longer undoes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import NANOSECONDS
from hvgui.gui.application import House
from hvgui.gui.opening import Wish
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm
from small_cluster import small_record, small_vm

_LONG_MS = 40_000
_PATIENCE_SECONDS = 30.0
VM = VmId(0)


def _old_lab(path: Path) -> Path:
    """A VM was paused after two seconds, and some more went by; as an engine of before would have left it."""
    session = Session.new(small_record((small_vm(0, 0, VmState.RUNNING, 2),)), path=path)
    session.start()
    _lived_to(session, 2)
    assert session.submit(PauseVm(VM)).result(_PATIENCE_SECONDS).accepted
    _lived_to(session, 5)
    session.close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM lab WHERE key = 'engine'")
    return path


def _lived_to(session: Session, seconds: int) -> None:
    reached_ns = 0
    while reached_ns < seconds * NANOSECONDS:
        session.step()
        session.return_to_present().result(_PATIENCE_SECONDS)
        reached_ns = max([reached_ns, *(frame.time_ns for frame in session.drain())])


def test_it_says_what_of_its_past_is_there(
    qtbot: QtBot, furnished: Callable[[ClusterRecord], House], tmp_path: Path
) -> None:
    house, path = furnished(small_record()), _old_lab(tmp_path / "old.hvlab")
    house.open(Wish(path=path))
    qtbot.waitUntil(lambda: house.session is not None and house.session.path == path, timeout=_LONG_MS)
    window, bridge = house.window, house.bridge
    assert bridge is not None
    assert window.notice.text.startswith("Another version of hvgui has lived this lab, up to 00:00:0")
    assert bridge.cluster.vms[VM].state is VmState.PAUSED
    qtbot.waitUntil(window.board.actions["edit.undo"].isEnabled, timeout=_LONG_MS)
    window.board.actions["edit.undo"].trigger()
    qtbot.waitUntil(lambda: "another version of hvgui" in window.notice.text, timeout=_LONG_MS)
    assert bridge.cluster.vms[VM].state is VmState.PAUSED
    assert window.desk.past is not None
    window.desk.past.look_at(3 * NANOSECONDS, None)
    qtbot.waitUntil(lambda: window.band.past.text.startswith("You are looking at 00:00:00.0."), timeout=_LONG_MS)
    assert window.band.past.text.endswith("this is the state nearest before that it kept.")
