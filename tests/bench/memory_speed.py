"""How fast dynamic memory is. Run by hand: `python tests/bench/memory_speed.py`.

One second's balance of a node with 384 VMs, at rest and short of memory with every demand fluctuating; and a lab of
64 nodes and 8,000 VMs, all with dynamic memory.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "harness"))

from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.units import GIB, NANOSECONDS
from hvgui.engine import dynamic_memory
from hvgui.engine.run import advance_to
from hvgui.engine.settling import settled
from hvgui.engine.sink import Silent
from memory_labs import TODAY, breathing
from small_cluster import small_record


def host(vms: int, gigabytes: int, noise: float, nodes: int = 1) -> ClusterRecord:
    """Nodes of so much memory each, VMs dealt round."""
    made = tuple(
        breathing(one, 800 + one % 7 * 300, weight=one * 37 % 10_000, noise=noise, owner=one % nodes)
        for one in range(vms)
    )
    record = small_record(made, max(2, nodes), TODAY)
    bigger = tuple(replace(node, memory_bytes=gigabytes * GIB + node.root_reserve_bytes) for node in record.nodes)
    return replace(record, nodes=bigger)


def balance(name: str, record: ClusterRecord) -> None:
    """The time of one second's balance, after the first minutes."""
    world, sink = settled(record), Silent()
    advance_to(world, 180 * NANOSECONDS, sink)
    times = []
    for second in range(181, 281):
        world.now_ns = second * NANOSECONDS
        world.guests.reach(second, world.cluster, world.seed)
        dynamic_memory.demand_of(world)
        began = time.perf_counter()
        dynamic_memory.tick(world)
        times.append(1000 * (time.perf_counter() - began))
    free = world.cluster.free_bytes_on(NodeId(0)) / GIB
    sys.stdout.write(
        f"{name}: median {statistics.median(times):.3f} ms, worst {max(times):.3f} ms ({free:.1f} GB free)\n"
    )


def large() -> None:
    """8,000 breathing VMs."""
    world, sink = settled(host(8000, 500, 0.03, nodes=64)), Silent()
    advance_to(world, 300 * NANOSECONDS, sink)
    began = time.perf_counter()
    advance_to(world, 900 * NANOSECONDS, sink)
    sys.stdout.write(f"64 nodes x 8,000 VMs, all dynamic: {600 / (time.perf_counter() - began):,.0f} x real time\n")


if __name__ == "__main__":
    balance("384 VMs, constant demand, room enough", host(384, 1000, 0.0))
    balance("384 VMs, fluctuating, room enough   ", host(384, 1000, 0.03))
    balance("384 VMs, constant, short             ", host(384, 450, 0.0))
    balance("384 VMs, fluctuating, short          ", host(384, 450, 0.03))
    large()
