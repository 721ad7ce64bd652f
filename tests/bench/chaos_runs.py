"""Many small clusters through hours of random faults: does anything ever go wrong that must not?

Run by hand: `python tests/bench/chaos_runs.py --runs 10000 [--first 0] [--hours 1] [--processes 2]`. Each run draws a
cluster and a course of faults from its number, looks after every minute, mends everything at the end, and looks again.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "harness"))

from chaos_labs import drawn, settle, wrongs
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import NANOSECONDS
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.requests.chaos import StartChaos
from hvgui.requests.faults import ResumeNode
from hvgui.requests.lifecycle import SaveVm, ShutDownVm, StartVm, TurnOffVm
from hvgui.requests.maintenance import PatchNodes
from hvgui.requests.migration import LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.node_service import DrainNode, StopClusterService
from hvgui.requests.problems import blockers
from hvgui.requests.request import Request

LOOK_SECONDS = 60
FAULTS_AN_HOUR = 30.0


def one_run(job: tuple[int, float]) -> tuple[int, list[str], Counter[str]]:
    """A cluster's hours; gives its number, what went wrong, and how often each kind of event came."""
    number, hours = job
    random, sink = Random(f"requests of {number}"), Recorder()
    world = settled(drawn(number), number)
    apply(world, StartChaos(FAULTS_AN_HOUR, chaos_seed=number, mended_after_seconds=120.0), sink)
    try:
        for look in range(round(hours * 3600 / LOOK_SECONDS)):
            if look == 20:
                world = restore(snapshot(world))
            advance_to(world, (look + 1) * LOOK_SECONDS * NANOSECONDS, sink)
            request = _somebodys(random, world)
            if not blockers(request.check(world.cluster)):
                apply(world, request, sink)
            found = wrongs(world)
            if found:
                return number, [f"after {look + 1} minutes: {one}" for one in found], Counter()
        found = settle(world, sink)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the bench looks for
        return number, [f"{type(error).__name__}: {error}"], Counter()
    return number, found, Counter(event.code for event in sink.events)


def _somebodys(random: Random, world: World) -> Request:
    vm = VmId(random.randrange(len(world.cluster.vms)))
    node = NodeId(random.randrange(len(world.cluster.nodes)))
    kind = random.choice([LiveMigrate, QuickMigrate, MoveVm, StartVm, StartVm, SaveVm, ShutDownVm, TurnOffVm])
    if random.random() < 0.05:
        return PatchNodes(restarts=random.random() < 0.5, offline_seconds=30.0)
    if random.random() < 0.15:
        return random.choice([DrainNode, StopClusterService, ResumeNode])(node)
    return kind(vm, node) if kind in (LiveMigrate, QuickMigrate, MoveVm) else kind(vm)


def main() -> int:
    """Runs them all; 1 where something went wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=200)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--hours", type=float, default=1.0)
    options.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    asked = options.parse_args()
    began, wrong, events = time.perf_counter(), 0, Counter[str]()
    jobs = [(number, asked.hours) for number in range(asked.first, asked.first + asked.runs)]
    with multiprocessing.Pool(asked.processes) as pool:
        for number, found, codes in pool.imap_unordered(one_run, jobs, chunksize=8):
            events += codes
            if found:
                wrong += 1
                sys.stdout.write(f"run {number}: {'; '.join(found[:3])}\n")
    took = time.perf_counter() - began
    sys.stdout.write(f"{asked.runs:,} runs of {asked.hours:g} h in {took:.0f} s: {wrong} went wrong\n")
    told = ("chaos", "node-removed", "quorum-lost", "failover-began", "failover-succeeded", "group-failed")
    sys.stdout.write(", ".join(f"{code} {events[code]:,}" for code in told) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
