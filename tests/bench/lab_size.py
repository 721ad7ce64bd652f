"""A week in one lab file: `python tests/bench/lab_size.py [--days 7] [--sample r2-maximum] [--an-hour 12]`.

A cluster of 1,000 VMs is played as fast as it goes, with live migrations every hour, through the session's own loop and
keeper. Printed: the file's size by table, seconds to open it, seconds to look at moments of the past, seconds to read
the figures back. The clock is the real one: checkpoints lie where the engine's work asks for them.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sqlite3
import tempfile
import time
from pathlib import Path

from hvgui.cluster.ids import NodeId
from hvgui.cluster.machines import VmState
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine import run
from hvgui.engine.settling import settled
from hvgui.engine.world import World
from hvgui.exchange.samples import sample
from hvgui.lab.keeper import Keeper
from hvgui.lab.lab_file import LabFile
from hvgui.lab.outbox import Outbox
from hvgui.lab.session import Session
from hvgui.lab.telling import Telling
from hvgui.requests.migration import LiveMigrate
from hvgui.requests.problems import blockers

LOOKS = 60
PIECE_SECONDS = 0.05


def lived(path: Path, name: str, days: float, an_hour: int) -> None:
    """Lives the days, an hour at a time, as the engine's loop does but without rests."""
    dice = random.Random(5)
    world = settled(sample(name), seed=1)
    keeper = Keeper(LabFile.create(path, name="A week", seed=1), None, time.monotonic)
    telling = Telling(Outbox(), keeper, time.monotonic)
    keeper.checkpoint(world)
    for hour in range(round(days * 24)):
        for _ in range(an_hour):
            ask(world, keeper, telling, dice)
        until_ns = (hour + 1) * 3_600 * NANOSECONDS
        while world.now_ns < until_ns:
            began = time.thread_time()
            run.advance_to(world, until_ns, telling, lambda began=began: time.thread_time() - began > PIECE_SECONDS)
            run.advance_to(world, world.now_ns, telling)
            keeper.worked(time.thread_time() - began)
            keeper.keep_up(world, is_idle=False)
    keeper.close(world)


def ask(world: World, keeper: Keeper, telling: Telling, dice: random.Random) -> None:
    """One live migration of a VM that can be migrated now."""
    running = [vm for vm in world.cluster.vms.values() if vm.state is VmState.RUNNING]
    for _ in range(20):
        vm = dice.choice(running)
        request = LiveMigrate(vm.id, NodeId(dice.randrange(len(world.cluster.nodes))), queue=True)
        if blockers(request.check(world.cluster)):
            continue
        title = request.title(world.cluster)
        run.apply(world, request, telling)
        keeper.command(world.now_ns, request, title)
        run.advance_to(world, world.now_ns, telling)
        return


def sizes(path: Path) -> dict[str, tuple[int, int]]:
    """Rows and bytes of each table's contents."""
    columns = {
        "checkpoint": "world",
        "sample": "columns",
        "vm_sample": "columns",
        "event": "message",
        "command": "request",
    }
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT count(*), coalesce(sum(length({column})), 0) FROM {table}").fetchone()  # noqa: S608 - our own words
            for table, column in columns.items()
        }


def main() -> None:
    """Lives the days and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--sample", default="r2-maximum")
    parser.add_argument("--an-hour", type=int, default=12, help="live migrations an hour")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "week.hvlab"
        began = time.perf_counter()
        lived(path, options.sample, options.days, options.an_hour)
        print(f"{options.days:g} days of {options.sample} lived in {time.perf_counter() - began:.0f} s")  # noqa: T201
        print(f"file {path.stat().st_size / 1e6:.1f} MB")  # noqa: T201
        for table, (rows, size) in sizes(path).items():
            print(f"  {table:10} {rows:8,} rows {size / 1e6:8.1f} MB")  # noqa: T201
        began = time.perf_counter()
        session = Session.open(path)
        print(f"opened in {time.perf_counter() - began:.2f} s")  # noqa: T201
        session.start()
        session.look_at(0).result()
        look(session, round(options.days * 86_400 * NANOSECONDS))
        session.close()


def look(session: Session, end_ns: int) -> None:
    """Looks at moments of the past at random, and reads figures."""
    dice = random.Random(9)
    taken = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        session.look_at(dice.randrange(end_ns)).result()
        taken.append(time.perf_counter() - began)
    taken.sort()
    print(f"a look at a moment: median {taken[LOOKS // 2]:.2f} s, slowest of {LOOKS} {taken[-1]:.2f} s")  # noqa: T201
    session.return_to_present().result()
    began = time.perf_counter()
    figures = session.figures(0, end_ns).result()
    seconds = time.perf_counter() - began
    print(f"figures: {len(figures.time_ns):,} rows read in {seconds:.2f} s")  # noqa: T201
    began = time.perf_counter()
    session.undo().result()
    print(f"undo {time.perf_counter() - began:.2f} s")  # noqa: T201


if __name__ == "__main__":
    main()
