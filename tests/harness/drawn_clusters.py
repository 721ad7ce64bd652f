"""Clusters drawn at random for tests of balancing: uneven, with owners, classes and processors that forbid things."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VirtualMachine, VmState
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.networks import Link
from hvgui.cluster.nodes import NodeState, Processor
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.units import GIB, MIB
from small_cluster import CLIENTS, MIGRATION, small_record, small_vm

_OLD = Processor(features=("cmov", "sse", "sse2"))
_SEEN = Processor().features


def drawn_cluster(seed: int, most_nodes: int = 6) -> ClusterRecord:
    """One cluster: every node has 30 GB for VMs, and who does not fit on its first node goes to the next."""
    dice = Random(seed)
    nodes = dice.randint(2, most_nodes)
    left = [30 * GIB] * nodes
    vms = []
    for number in range(dice.randint(1, 8 * nodes)):
        size = dice.choice((1, 2, 3, 4, 8))
        first = int(dice.random() ** 2 * nodes)
        home = next((one % nodes for one in range(first, first + nodes) if left[one % nodes] >= size * GIB), None)
        if home is None:
            continue
        left[home] -= size * GIB
        vms.append(_vm(dice, number, home, size, nodes))
    record = small_record(tuple(vms), nodes, dice.choice((PROFILES["2008 R2 SP1"], PROFILES["2022"])))
    members = tuple(
        replace(
            node,
            processor=_OLD if dice.random() < 0.15 else node.processor,
            state=NodeState.PAUSED if dice.random() < 0.1 else NodeState.UP,
        )
        for node in record.nodes
    )
    # Heartbeats go over the clients' network, which stays whole: no node leaves while a plan is carried out.
    links = tuple(replace(link, up=link.network == CLIENTS or dice.random() > 0.1) for link in record.links)
    return replace(record, nodes=members, links=_faster(links))


def _faster(links: tuple[Link, ...]) -> tuple[Link, ...]:
    return tuple(replace(link, bytes_per_second=10 * link.bytes_per_second) for link in links)


def _vm(dice: Random, number: int, home: int, size: int, nodes: int) -> VirtualMachine:
    vm = small_vm(number, home, dice.choice((VmState.RUNNING,) * 9 + (VmState.PAUSED,)), size)
    owners = None
    if dice.random() < 0.15:
        owners = tuple({NodeId(home), NodeId(dice.randrange(nodes))})
    region = MemoryRegion("hot", dice.randint(16, 256) * MIB, dice.random() * 3e8, dice.choice(tuple(WritePattern)))
    return replace(
        vm,
        vcpus=dice.choice((1, 2, 4)),
        memory=GuestMemory(MemorySettings(size * GIB), (region,)),
        load=Load(cpu=LoadCurve(level=dice.random() * 0.6), network_bytes_per_second=LoadCurve(level=1e6)),
        possible_owners=owners,
        migration_networks=(MIGRATION,) if dice.random() < 0.3 else (),
        anti_affinity=(f"class {dice.randrange(3)}",) if dice.random() < 0.2 else (),
        seen_features=_SEEN if dice.random() < 0.5 else _OLD.features,
        booted_vendor="Intel",
        highly_available=dice.random() > 0.05,
    )


SEEDS = st.integers(0, 2**32 - 1)
"""For hypothesis: seeds rather than clusters, whose length nobody could read in a failure."""
