"""What-if: crashes, drains and load tried on forks; the same wherever they are worked out, and nothing changed."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

import hvgui
from hvgui.cluster.clients import Clients
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.machines import VmState
from hvgui.cluster.nodes import NodeState, ServiceState
from hvgui.cluster.power_saving import PowerSaving
from hvgui.cluster.profiles import DEFAULT_PROFILE, PROFILES
from hvgui.cluster.what_if import RoomLeft, WhatIfCase, WhatIfKind, WhatIfReport
from hvgui.engine.balancing.headroom import Scarce, more_like
from hvgui.engine.checkpoint import snapshot
from hvgui.engine.procedures.faults import NODE_BOOT_SECONDS
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.engine.world import World
from hvgui.exchange.generated import generated
from hvgui.exchange.what_if_report import what_if_html
from hvgui.lab.what_if.room import room_left
from hvgui.lab.what_if.study import cases_of, matrix, study
from hvgui.lab.what_if.trial import tried
from hvgui.requests.faults import CrashNode
from small_cluster import small_record, small_vm

ROOT = Path(hvgui.__file__).parents[1]
N1, N2, N3 = (NodeId(number) for number in range(3))


def world_of(*gigabytes: tuple[int, int], nodes: int = 3) -> World:
    """VMs as (node, gigabytes), each with ten connections."""
    vms = [
        replace(small_vm(number, node, gigabytes=size), clients=Clients(10))
        for number, (node, size) in enumerate(gigabytes)
    ]
    return settled(small_record(tuple(vms), nodes), seed=2)


def crash(*nodes: NodeId) -> WhatIfCase:
    return WhatIfCase(WhatIfKind.CRASH, nodes)


def test_a_crash_is_what_the_engine_makes_of_it() -> None:
    world = world_of((0, 8), (0, 4), (1, 4))
    outcome = tried(world, crash(N1))
    assert [fate.vm for fate in outcome.fates] == [0, 1]
    assert outcome.is_survived
    fork, sink = world.fork(), Recorder()
    apply(fork, CrashNode(N1), sink)
    advance_to(fork, 10**12, sink)
    for fate, task in zip(outcome.fates, sorted(sink.tasks, key=lambda one: one.vm), strict=True):
        assert task.ended_ns is not None
        assert fate.down_seconds == pytest.approx(task.ended_ns / 1e9)
        assert fate.node == fork.cluster.vms[fate.vm].owner
        assert fate.connections_lost == 10
    assert outcome.clients == 2


def test_who_has_no_room_stays_down_and_it_is_said_why() -> None:
    world = world_of((0, 20), (0, 4), (1, 20), (2, 20))
    outcome = tried(world, crash(N1))
    (down,) = outcome.stays_down
    assert down.vm == 0
    assert "memory" in down.why
    assert not outcome.is_survived
    report = study(world, [crash(N1), crash(N2), crash(N3)])
    assert report.survives == 0
    assert "does not survive the loss of any one node" in report.conclusion


def test_a_node_that_is_off_to_save_power_boots_for_who_finds_no_room() -> None:
    vms = (replace(small_vm(number, number, gigabytes=12), load=Load(cpu=LoadCurve(level=0.05))) for number in range(5))
    watch = LoadWatch(WatchMode.AUTOMATIC, window_seconds=60, power=PowerSaving(is_on=True))
    world = settled(replace(small_record(tuple(vms), 5), load_watch=watch), seed=2)
    advance_to(world, 10**12, Recorder())
    (off,) = (node.id for node in world.cluster.nodes.values() if node.saves_power)
    up = [node for node in world.cluster.nodes if node != off]
    outcome = tried(world, crash(*up[:2]))
    assert outcome.is_survived
    assert max(fate.down_seconds or 0.0 for fate in outcome.fates) > 180.0, "its boot"
    report = study(world, [crash(up[0])])
    assert f"{world.cluster.nodes[off].name} is off to save power" in report.conclusion


def test_a_node_that_is_off_to_save_power_is_woken_and_waited_for() -> None:
    world = world_of((0, 20), (1, 20), (2, 20), nodes=4)
    asleep = replace(world.cluster.nodes[NodeId(3)], state=NodeState.DOWN, service=ServiceState.STOPPED)
    without = settled(replace(world.cluster.record(), nodes=(*tuple(world.cluster.nodes.values())[:3], asleep)), 2)
    assert tried(without, crash(N1)).stays_down
    asleep = replace(world.cluster.nodes[NodeId(3)], state=NodeState.DOWN, saving_since_ns=0)
    saving = settled(replace(world.cluster.record(), nodes=(*tuple(world.cluster.nodes.values())[:3], asleep)), 2)
    assert saving.cluster.nodes[NodeId(3)].saves_power
    outcome = tried(saving, crash(N1))
    (fate,) = outcome.fates
    assert fate.node == 3
    assert fate.down_seconds is not None
    assert fate.down_seconds > NODE_BOOT_SECONDS
    assert outcome.is_survived


def test_a_world_is_left_as_it_is() -> None:
    world = world_of((0, 8), (1, 4))
    before = snapshot(world)
    study(world, cases_of(world.cluster, 2))
    assert snapshot(world) == before


def test_the_quorum_counts() -> None:
    world = world_of((0, 2), (1, 2), (2, 2))
    report = study(world, cases_of(world.cluster, 2, drains=False, load=False))
    assert report.survives == 1
    pairs = [one for one in report.outcomes if len(one.case.nodes) == 2]
    assert len(pairs) == 3
    assert not any(one.has_quorum for one in pairs)
    assert "takes the quorum" in report.conclusion


def test_a_drain_tells_of_blackouts_and_of_who_stays() -> None:
    world = world_of((0, 4), (0, 4), (1, 4))
    bound = replace(world.cluster.vms[VmId(0)], possible_owners=(N1,))
    world.cluster.put(bound)
    outcome = tried(world, WhatIfCase(WhatIfKind.DRAIN, (N1,)))
    stays, goes = outcome.fates
    assert stays.why == "VM00 stays on NODE1."
    assert goes.node in (N2, N3)
    assert goes.down_seconds is not None
    assert 0.0 < goes.down_seconds < 1.0
    assert not goes.clients_notice
    assert outcome.left_behind == (stays,)
    assert world.cluster.nodes[N1].takes_vms


def test_more_load_names_who_gets_too_little() -> None:
    world = world_of((0, 4), (1, 4), nodes=2)
    vm = world.cluster.vms[VmId(0)]
    sixteen = tuple(
        replace(small_vm(number, 0, gigabytes=1), vcpus=4, load=Load(cpu=LoadCurve(level=0.92)))
        for number in range(2, 6)
    )
    record = small_record((vm, world.cluster.vms[VmId(1)], *sixteen), nodes=2)
    outcome = tried(settled(record, 1), WhatIfCase(WhatIfKind.LOAD, load_factor=1.1))
    assert outcome.overloaded == (N1,)
    assert all("of the processor time it wants" in fate.why for fate in outcome.fates)
    assert {fate.vm for fate in outcome.fates} >= {2, 3, 4, 5}


def test_the_matrix_is_symmetric_and_its_diagonal_is_of_single_nodes() -> None:
    world = settled(generated(5, 60, PROFILES["2022"]), 1)
    cases = cases_of(world.cluster, 2, drains=False, load=False)
    report = study(world, cases)
    cells = matrix(report, sorted(world.cluster.nodes))
    assert all(cells[row][column] == cells[column][row] for row in range(5) for column in range(5))
    assert all(cell is not None for row in cells for cell in row)


def test_called_off_it_is_not_complete() -> None:
    world = world_of((0, 2), (1, 2))
    report = study(world, cases_of(world.cluster), watch=lambda done, _: done < 2)
    assert len(report.outcomes) == 2
    assert not report.is_complete


def test_room_left_is_what_starts_and_what_stays_covered() -> None:
    cluster = Cluster(small_record((small_vm(0, 0), small_vm(1, 1), small_vm(2, 2)), nodes=3))
    found = more_like(cluster, VmId(0))
    assert found.in_all == 3 * (30 // 4) - 3
    # 7 fit on each of two nodes: what the third has, and theirs.
    assert found.covered == 14 - 3
    assert found.ends == {Scarce.MEMORY: 3}
    full = Cluster(small_record(tuple(small_vm(number, number % 2, gigabytes=7) for number in range(8)), nodes=2))
    found = more_like(full, VmId(0))
    assert (found.in_all, found.covered, found.is_covered_now) == (0, 0, False)


def room_of(cluster: Cluster) -> RoomLeft:
    room = room_left(cluster, VmId(0))
    assert room is not None
    return room


def test_it_is_said_what_runs_out_first_and_whose_loss_is_no_longer_covered() -> None:
    room = room_of(Cluster(small_record((small_vm(0, 0), small_vm(1, 1), small_vm(2, 2)), nodes=3)))
    assert room.why == "Memory runs out first on each node: less than 4 GB is free then."
    assert room.why_covered == "With one more, the other nodes would have no room for all VMs of NODE1."
    many = replace(small_vm(0, 0, gigabytes=1), vcpus=64)
    assert "irtual processors run out first" in room_of(Cluster(small_record((many,), nodes=2))).why
    full = room_of(Cluster(small_record(tuple(small_vm(number, number % 2, gigabytes=7) for number in range(8)), 2)))
    assert full.why_covered == "Even now the other nodes have no room for all VMs of NODE1."
    few = replace(DEFAULT_PROFILE, limits=replace(DEFAULT_PROFILE.limits, vms=3))
    vms = small_vm(0, 0, gigabytes=1), small_vm(1, 1, gigabytes=1)
    assert room_of(Cluster(small_record(vms, 2, few))).why == (
        "The cluster would have 3 VMs, as many as its platform allows."
    )
    vms = (*vms, small_vm(2, 1, gigabytes=1))
    assert room_of(Cluster(small_record(vms, 2, few))).why == "The cluster has 3 VMs, as many as its platform allows."
    paused = Cluster(small_record((small_vm(0, 0),), nodes=1))
    paused.put(replace(paused.nodes[N1], state=NodeState.PAUSED))
    assert room_of(paused).why == "No node takes VMs now."


def test_as_many_as_are_covered_are_and_one_more_is_not() -> None:
    """What is said of one more holds: with it, that very node's loss leaves VMs down when it is tried."""
    vms = [small_vm(0, 0), small_vm(1, 1), small_vm(2, 2)]
    found = more_like(Cluster(small_record(tuple(vms), nodes=3)), VmId(0))
    for extra, is_survived in ((found.covered, True), (found.covered + 1, False)):
        more = [small_vm(3 + number, (number + 1) % 3) for number in range(extra)]
        world = settled(small_record((*vms, *more), nodes=3), 1)
        outcomes = [tried(world, crash(node)) for node in (N1, N2, N3)]
        assert all(one.is_survived for one in outcomes) is is_survived


def test_the_verdict_claims_no_more_than_was_tried() -> None:
    world = world_of((0, 2), (1, 2), (2, 2), (3, 2), (4, 2), nodes=5)
    every = cases_of(world.cluster, 2, drains=False, load=False)
    assert study(world, every).survives == 2
    some = study(world, [*every[:5], every[5]])
    assert some.survives == 1
    assert some.conclusion.endswith("Of 10 losses of 2 nodes only 1 was tried.")
    one = study(world, [crash(N1)])
    assert one.survives == 0
    assert one.conclusion == "TEST survives what was tried. Of 5 losses of one node only 1 was tried."
    cut = study(world, every, watch=lambda done, _: done < 7)
    assert (cut.survives, cut.is_complete) == (1, False)
    pair = study(settled(small_record((small_vm(0, 0),), nodes=3), 1), [crash(N1, N2)])
    assert pair.conclusion == "TEST does not survive the loss of NODE1 and NODE2 together: it takes the quorum."


def test_html_names_everything_and_escapes_it() -> None:
    world = world_of((0, 20), (1, 20), (2, 20))
    evil = replace(world.cluster.vms[VmId(0)], name="<script>alert(1)</script>")
    world.cluster.put(evil)
    report = study(world, cases_of(world.cluster, 2))
    text = "".join(what_if_html(report, world.cluster))
    assert "<script>" not in text
    assert "NODE1 and NODE2 crash" in text
    assert "no quorum" in text
    assert text.count("<tr>") == text.count("</tr>")


def everything() -> tuple[World, tuple[WhatIfCase, ...]]:
    world = settled(generated(4, 24, PROFILES["2022"]), 3)
    advance_to(world, 5_500_000_000, Recorder())
    return world, cases_of(world.cluster, 2)


def test_processes_come_to_the_same() -> None:
    world, cases = everything()
    here = study(world, cases)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        there = study(world, cases, pool)
    assert there == here
    assert here.is_complete


DASK = """
import multiprocessing, sys
from distributed import Client, LocalCluster
sys.path[:0] = {paths!r}
from test_what_if import everything, study
from hvgui.lab.what_if.executors import workers

if __name__ == "__main__":
    world, cases = everything()
    here = study(world, cases)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with workers(None, cluster.scheduler_address) as executor:
            there = study(world, cases, executor)
        with Client(cluster) as client:
            places = set(client.run(lambda: __import__("os").getpid()).values())
    assert len(places) == 2
    assert there == here, "other results"
    print("the same")
"""


def test_dask_comes_to_the_same(tmp_path: Path) -> None:
    """A scheduler and two workers in processes of their own."""
    paths = [str(ROOT), str(ROOT / "tests" / "harness"), str(Path(__file__).parent)]
    script = tmp_path / "on_dask.py"
    script.write_text(DASK.format(paths=paths), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, *sys.path])}
    ended = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip().endswith("the same")


def test_a_vm_that_is_off_notices_nothing() -> None:
    world = settled(small_record((small_vm(0, 0, VmState.OFF), small_vm(1, 0)), nodes=2), 1)
    report: WhatIfReport = study(world, [crash(N1)])
    assert [fate.vm for fate in report.outcomes[0].fates] == [1]
