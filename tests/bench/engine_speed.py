"""How fast the engine is, in figures. Run by hand: `python tests/bench/engine_speed.py [part ...]`.

Parts: `idle` (simulated seconds per wall second, nothing under way), `storm` (many live migrations), `values` (fork,
checkpoint, restore), `memory` (peak resident memory); all by default.
"""

from __future__ import annotations

import resource
import sys
import time

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NetworkId, NodeId, SanId, VmId
from hvgui.cluster.load import CurveKind, Load, LoadCurve
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.networks import GIGABIT, Link, Network
from hvgui.cluster.nodes import Node
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.storage import San
from hvgui.cluster.units import GIB, MIB, NANOSECONDS
from hvgui.engine.checkpoint import restore, snapshot
from hvgui.engine.run import advance_to, apply, is_quiet
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.requests.migration import LiveMigrate

_CURVES = (
    LoadCurve(level=0.2, noise=0.3),
    LoadCurve(CurveKind.DAILY, level=0.3, swing=0.2, noise=0.2),
    LoadCurve(CurveKind.BURSTY, level=0.1, swing=0.6, period_seconds=90.0, noise=0.1),
    LoadCurve(CurveKind.RAMP, level=0.1, swing=0.3, peak_seconds=100.0, period_seconds=600.0),
)


def cluster(nodes: int, vms: int, places: int | None = None, bytes_per_second: float = 1.25e9) -> ClusterRecord:
    """A cluster of so many nodes and VMs, with mixed loads, VMs dealt round over the nodes."""
    return ClusterRecord(
        profile=PROFILES["2022"],
        nodes=tuple(
            Node(NodeId(one), f"NODE{one + 1}", memory_bytes=1024 * GIB, live_migrations=places) for one in range(nodes)
        ),
        networks=(Network(NetworkId(0), "Cluster"), Network(NetworkId(1), "Client", has_gateway=True)),
        links=tuple(Link(NodeId(node), NetworkId(net), bytes_per_second) for node in range(nodes) for net in range(2)),
        sans=(San(SanId(0), "SAN", 1.2e9),),
        vms=tuple(_vm(one, NodeId(one % nodes)) for one in range(vms)),
    )


def _vm(number: int, owner: NodeId) -> VirtualMachine:
    memory = GuestMemory(
        MemorySettings((2 + number % 7) * GIB),
        (
            MemoryRegion("hot", (64 + number % 50) * MIB, (20 + number % 40) * 1e6),
            MemoryRegion("warm", (200 + number % 300) * MIB, 2e6, WritePattern.CYCLIC),
        ),
        0.3,
    )
    return VirtualMachine(
        VmId(number),
        f"VM{number:05}",
        f"{number:032x}",
        owner,
        VmState.RUNNING,
        1 + number % 4,
        memory,
        load=Load(cpu=_CURVES[number % len(_CURVES)], memory=LoadCurve(level=0.5, noise=0.1)),
    )


def say(line: str) -> None:
    """One line to the terminal."""
    sys.stdout.write(line + "\n")


def idle(nodes: int, vms: int) -> None:
    """Simulated seconds per wall second with nothing under way but the guests."""
    world, sink = settled(cluster(nodes, vms), 1), Recorder()
    seconds, began = 0, time.perf_counter()
    while time.perf_counter() - began < 2.0:
        seconds += 200
        advance_to(world, seconds * NANOSECONDS, sink)
    speed = seconds / (time.perf_counter() - began)
    say(f"idle {nodes:>5} nodes x {vms:>6} VMs: {speed:>10,.0f} simulated seconds a second")


def storm(nodes: int, migrations: int, bytes_per_second: float) -> None:
    """So many live migrations started within a minute, each from its node to one that has little to do with it."""
    world, sink = settled(cluster(nodes, migrations, 1000, bytes_per_second), 1), Recorder()
    began, cpu = time.perf_counter(), time.process_time()
    for second in range(60):
        advance_to(world, second * NANOSECONDS, sink)
        for number in range(second * migrations // 60, (second + 1) * migrations // 60):
            target = (number % nodes + 1 + number * 2654435761 % 2**32 // 7 % (nodes - 1)) % nodes
            outcome = apply(world, LiveMigrate(VmId(number), NodeId(target)), sink)
            if not outcome.accepted:
                raise SystemExit(f"refused: {outcome.problems[0]}")
    while not is_quiet(world):
        advance_to(world, world.now_ns + 10 * NANOSECONDS, sink)
    took, ended = time.perf_counter() - began, len(sink.tasks)
    cpu = time.process_time() - cpu
    speed, simulated = f"{bytes_per_second * 8e-9:.0f} Gbit/s", f"{world.now_ns / NANOSECONDS:.0f} s simulated"
    say(f"storm {migrations:>6} live migrations over {nodes} nodes at {speed}: {took:.2f} s (processor {cpu:.2f} s)")
    say(f"      {ended} ended, {len(sink.events)} events, {simulated}")


def values() -> None:
    """Fork, checkpoint and restore of 8,000 VMs on 64 nodes."""
    world, sink = settled(cluster(64, 8000), 1), Recorder()
    advance_to(world, 100 * NANOSECONDS, sink)
    began = time.perf_counter()
    for _ in range(20):
        world.fork()
    say(f"fork of 8,000 VMs: {(time.perf_counter() - began) / 20 * 1000:.2f} ms")
    began = time.perf_counter()
    data = snapshot(world)
    say(f"checkpoint of 8,000 VMs: {(time.perf_counter() - began) * 1000:.1f} ms, {len(data) / 1e6:.1f} MB")
    began = time.perf_counter()
    restore(data)
    say(f"restore of 8,000 VMs: {(time.perf_counter() - began) * 1000:.1f} ms")


def memory() -> None:
    """Peak resident memory of this process with 8,000 VMs at work."""
    world, sink = settled(cluster(64, 8000), 1), Recorder()
    advance_to(world, 300 * NANOSECONDS, sink)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"peak memory with 64 nodes x 8,000 VMs: {peak:.0f} MB")


def main(parts: list[str]) -> None:
    """Run the parts named, or all."""
    if not parts or "memory" in parts:
        memory()
    if not parts or "idle" in parts:
        for nodes, vms in ((16, 400), (16, 1000), (64, 8000), (1000, 20000)):
            idle(nodes, vms)
    if not parts or "values" in parts:
        values()
    if not parts or "storm" in parts:
        for bytes_per_second in (1.25e9, GIGABIT):
            storm(100, 1000, bytes_per_second)
            storm(1000, 10000, bytes_per_second)


if __name__ == "__main__":
    main(sys.argv[1:])
