"""Killed without warning: what was acknowledged is there, and the world is the same, bit for bit."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from hvgui.engine import checkpoint
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.replay import world_of
from hvgui.lab.session import Session

FORETOLD = """
import sys, time
from pathlib import Path
from hvgui.cluster.ids import NodeId, VmId
from hvgui.exchange.samples import sample
from hvgui.lab.session import Session
from hvgui.requests.migration import LiveMigrate

if __name__ == "__main__":
    session = Session.new(sample("article-lab"), seed=5, path=Path(sys.argv[1]))
    session.start()
    print(session.forecast(LiveMigrate(VmId(0), NodeId(1))).result().result, flush=True)
    time.sleep(600)
"""
BUSY = """
import random, sys
from pathlib import Path
from hvgui.cluster.ids import NodeId, VmId
from hvgui.exchange.samples import sample
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm, ResumeVm
from hvgui.requests.migration import LiveMigrate

session = Session.new(sample("article-lab"), seed=5, path=Path(sys.argv[1]))
session.start()
session.set_speed(200.0)
session.play()
dice = random.Random(int(sys.argv[2]))
requests = [PauseVm(VmId(1)), ResumeVm(VmId(1)), LiveMigrate(VmId(0), NodeId(1)), LiveMigrate(VmId(0), NodeId(0))]
while True:
    receipt = session.submit(dice.choice(requests)).result()
    if receipt.accepted:
        print(receipt.command, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
@pytest.mark.parametrize("receipts", [1, 2, 7, 31])
def test_killed_right_after_a_receipt(tmp_path: Path, receipts: int) -> None:
    path = tmp_path / "busy.hvlab"
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, str(path), str(receipts)],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        text=True,
    ) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(receipts)]
        child.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        journal = [number for (number,) in connection.execute("SELECT number FROM command ORDER BY number")]
    assert acknowledged == journal[: len(acknowledged)]
    kept = read_lab(path)
    session = Session.open(path)
    opening = session.opening()
    assert not session.is_read_only
    session.close()
    closed = read_lab(path)
    assert kept.reached_ns == opening.time_ns == closed.checkpoint_ns == closed.reached_ns
    # What replay made of the journal and what closing then kept are one and the same.
    assert checkpoint.snapshot(world_of(kept, path)) == closed.world


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's")
def test_killed_beside_its_forecaster(tmp_path: Path) -> None:
    """The process that makes forecasts ends with the one it works for: it has the same pipe open, which then closes."""
    root = Path(__file__).parents[2]
    script = tmp_path / "foretold.py"
    script.write_text(FORETOLD, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "lab.hvlab")],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "succeeded\n"
        child.send_signal(signal.SIGKILL)
        assert child.stdout.read() == ""


READ_ONLY = """
import os, sys
from pathlib import Path
from hvgui.cluster.ids import VmId
from hvgui.exchange.samples import sample
from hvgui.lab.errors import LabError
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm, ResumeVm

folder = Path(sys.argv[1])

def begun(name):
    session = Session.new(sample("article-lab"), seed=5, path=folder / name)
    session.start()
    assert session.submit(PauseVm(VmId(1))).result(30).accepted
    return session

if __name__ == "__main__":
    begun("first.hvlab").close()  # with it, all is imported that a plain user may not be able to read
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        os.setgid(65534)
        os.setuid(65534)
    try:
        reaches = folder.exists()
    except PermissionError:
        reaches = False
    if not reaches:
        for open_one in (lambda: begun("new.hvlab"), lambda: Session.open(folder / "first.hvlab")):
            try:
                open_one()
            except LabError as error:
                print(error)
        sys.exit()
    begun("closed.hvlab").close()
    session = begun("lab.hvlab")
    folder.chmod(0o555)
    receipt = session.submit(ResumeVm(VmId(1))).result(30)
    print(receipt.accepted, [problem.code for problem in receipt.problems])
    session.close()
    for name in ("lab.hvlab", "closed.hvlab"):
        again = Session.open(folder / name)
        print(again.opening().record.vms[1].state.value)
        again.close()
    print(again.is_read_only)
    folder.chmod(0o755)
    print(read_lab(folder / "lab.hvlab").last_command)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not made read-only like this on Windows")
def test_a_folder_that_turns_read_only_takes_nothing_away() -> None:
    """Nobody's folder, for root may write anywhere. What is open stays writable; what is opened then is for reading."""
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.run(
            [sys.executable, "-c", READ_ONLY, folder], capture_output=True, text=True, timeout=120, check=False
        )
        assert child.returncode == 0, child.stderr
    said = child.stdout.splitlines()
    if len(said) == 2:
        assert all("ermission denied" in sentence for sentence in said), "a sentence, and no traceback"
        pytest.skip("an ordinary user does not reach this machine's temporary folder")
    assert said == ["True []", "running", "paused", "True", "2"]
