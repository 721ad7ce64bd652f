"""Kills a busy session at random moments and opens its lab again: `python tests/bench/kills.py [--kills 500]`.

Each round: a process plays the article's lab, asks for things one after the other, undoes, redoes, looks back, goes on
from the past and switches branches; it writes down each receipt as it comes. At a random moment it is killed without
warning. Then the lab is opened: every acknowledged command has to be in the journal with its words, and every branch
has to replay to the states and events kept. Every few rounds a new lab is begun. Exit code 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hvgui.cluster.ids import NodeId, VmId
from hvgui.exchange.samples import sample
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.session import Session
from hvgui.lab.verification import verify
from hvgui.requests.lifecycle import PauseVm, ResumeVm, StartVm, TurnOffVm
from hvgui.requests.migration import LiveMigrate, QuickMigrate
from hvgui.requests.request import Request

ROOT = Path(__file__).parents[2]
ROUNDS_A_LAB = 20


def busy(path: Path, seed: int) -> None:
    """What is killed: asks without end, and writes a line for each receipt."""

    dice = random.Random(seed)
    session = Session.open(path) if path.exists() else Session.new(sample("article-lab"), seed=seed, path=path)
    session.start()
    session.set_speed(100.0)
    asks: list[Request] = [kind(VmId(vm)) for kind in (PauseVm, ResumeVm, StartVm, TurnOffVm) for vm in (0, 1, 3)]
    asks += [
        kind(VmId(vm), NodeId(node)) for kind in (LiveMigrate, QuickMigrate) for vm in (0, 1, 3) for node in (0, 1)
    ]
    session.look_at(0).result()
    session.return_to_present().result()
    print("ready", flush=True)  # noqa: T201
    latest_ns, branches = 0, 1
    while True:
        session.play()
        for frame in session.drain():
            latest_ns = max(latest_ns, frame.time_ns)
            branches = len(frame.timeline.branches) if frame.timeline is not None else branches
        chance = dice.random()
        if chance < 0.85:
            receipt = session.submit(dice.choice(asks)).result()
            if receipt.accepted:
                print(receipt.command, flush=True)  # noqa: T201
        elif chance < 0.9:
            session.undo().result()
        elif chance < 0.93:
            session.redo().result()
        elif chance < 0.95 and branches < 12:
            session.look_at(dice.randrange(latest_ns + 1)).result()
            session.go_on_from_here().result()
        elif chance < 0.97:
            session.switch_to(dice.randrange(1, branches + 1)).result()
        else:
            session.look_at(dice.randrange(latest_ns + 1)).result()
            session.return_to_present().result()


def killed(path: Path, seed: int, dice: random.Random) -> list[int]:
    """Runs one busy process and kills it; gives the numbers that were acknowledged."""
    with subprocess.Popen(
        [sys.executable, __file__, "--busy", str(path), "--seed", str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(dice.random() * 0.7)
        child.send_signal(signal.SIGKILL)
        lines = child.stdout.read().split("\n")[:-1]
    return [int(line) for line in lines]


def main() -> int:
    """Runs the rounds and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--busy", type=Path)
    options = parser.parse_args()
    if options.busy is not None:
        busy(options.busy, options.seed)

    dice = random.Random(options.seed)
    acknowledged = lost = differing = branches = 0
    slowest = 0.0
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        seen: set[int] = set()
        path = Path(folder)
        for kill in range(options.kills):
            if kill % ROUNDS_A_LAB == 0:
                path, seen = Path(folder) / f"{kill}.hvlab", set()
            numbers = killed(path, options.seed * 100_003 + kill, dice)
            acknowledged += len(numbers)
            seen.update(numbers)
            started = time.perf_counter()
            read_lab(path)
            Session.open(path).close()
            slowest = max(slowest, time.perf_counter() - started)
            with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
                journal = {number for (number,) in connection.execute("SELECT number FROM command")}
            lost += len(seen - journal)
            found = verify(path)
            branches += len(found.branches)
            if not found.agrees:
                differing += 1
                print(f"kill {kill}: {found.difference}")  # noqa: T201
            if kill % 50 == 49:
                print(f"{kill + 1} kills, {acknowledged} acknowledged, {lost} lost, {differing} differ", flush=True)  # noqa: T201
    print(  # noqa: T201
        f"{options.kills} kills, {acknowledged} acknowledged requests, {lost} lost, {differing} labs that replay"
        f" differently, {branches / options.kills:.1f} branches a lab, slowest opening {slowest:.2f} s,"
        f" {time.perf_counter() - began:.0f} s in all"
    )
    return 1 if lost or differing else 0


if __name__ == "__main__":
    sys.exit(main())
