"""The same drawn cluster for hbal and for us: hbal's text format and load file, our columns; and hbal's answer read.

Only what hbal(1) and htools(1) say of the format is used. Sizes are mebibytes there and bytes here.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.units import MIB
from hvgui.engine.balancing.population import Population

NODE_MEMORY_MIB = (65_536, 98_304)
NODE_OWN_MIB = 2_048
_SPEC = "1024,1,1024,1,1,1|1,1,0,0,0,0;1048576,64,1048576,16,16,64|ext|256.0|1024.0"


class Drawn(msgspec.Struct, frozen=True):
    """A cluster out of a seed: uneven enough to be worth balancing."""

    node_mib: tuple[int, ...]
    node_cores: tuple[int, ...]
    vm_mib: tuple[int, ...]
    vm_vcpus: tuple[int, ...]
    vm_loads: tuple[tuple[float, float, float, float], ...]
    """Processor, memory, disk, network, 0..1."""
    owner: tuple[int, ...]


def drawn(nodes: int, vms: int, seed: int) -> Drawn:
    """The cluster of a seed."""
    dice = Random(seed)
    memory = tuple(NODE_MEMORY_MIB[dice.random() < 0.25] for _ in range(nodes))
    cores = tuple(16 if one == NODE_MEMORY_MIB[0] else 32 for one in memory)
    left = [one - NODE_OWN_MIB for one in memory]
    sizes, vcpus, loads, owner = [], [], [], []
    for _ in range(vms):
        size = dice.choice((1024, 1536, 2048, 3072, 4096))
        home = int(dice.random() ** 1.4 * nodes)
        while left[home] < size + 1024:
            home = dice.randrange(nodes)
        left[home] -= size
        sizes.append(size)
        vcpus.append(dice.choice((1, 2, 4)))
        loads.append(tuple(round(dice.random() * top, 4) for top in (0.08, 0.05, 0.03, 0.02)))
        owner.append(home)
    return Drawn(memory, cores, tuple(sizes), tuple(vcpus), tuple(loads), tuple(owner))


def population_of(cluster: Drawn) -> Population:
    """For our balancer: everybody may go everywhere, as hbal has it."""
    nodes, vms = len(cluster.node_mib), len(cluster.vm_mib)
    memory = np.array(cluster.vm_mib, dtype=np.float64) * MIB
    owner = np.array(cluster.owner, dtype=np.int64)
    whole = np.array(cluster.node_mib, dtype=np.float64) * MIB
    free = whole - NODE_OWN_MIB * MIB - np.bincount(owner, weights=memory, minlength=nodes)
    scale = np.ones((6, nodes))
    scale[0], scale[1] = 1.0 / whole, 1.0 / np.array(cluster.node_cores)
    fixed = np.zeros((6, nodes))
    fixed[0] = NODE_OWN_MIB * MIB / whole
    vcpus = np.array(cluster.vm_vcpus, dtype=np.float64)
    return Population(
        vm_ids=tuple(VmId(row) for row in range(vms)),
        node_ids=tuple(NodeId(row) for row in range(nodes)),
        owner=owner,
        memory_bytes=memory,
        vcpus=vcpus,
        use=np.array([memory, vcpus, *np.array(cluster.vm_loads).T]),
        scale=scale,
        fixed=fixed,
        free_bytes=free,
        shadow_bytes=np.zeros(nodes),
        free_vcpus=np.full(nodes, 1e9),
        free_places=np.full(nodes, 1e9),
        slots=np.ones(nodes, dtype=np.int64),
        serves=np.ones(nodes, dtype=np.bool_),
        can_be_emptied=np.ones(nodes, dtype=np.bool_),
        vm_class=np.zeros(vms, dtype=np.int64),
        allowed=np.ones((1, nodes), dtype=np.bool_),
        network=np.zeros(vms, dtype=np.int64),
        rate=np.full((1, nodes, nodes), 1.25e9),
        apart={},
        apart_from_fixed={},
        handover_seconds=np.zeros(vms),
    )


def write_text(cluster: Drawn, folder: Path) -> tuple[Path, Path]:
    """hbal's data file (htools(1), "-t") and its file of dynamic loads (hbal(1), "-U")."""
    free = list(cluster.node_mib)
    for size, home in zip(cluster.vm_mib, cluster.owner, strict=True):
        free[home] -= size
    nodes = [
        f"n{row:04d}|{size}|{NODE_OWN_MIB}|{free[row] - NODE_OWN_MIB}|1000000|1000000|{cluster.node_cores[row]}"
        "|N|g0|1||N|1|0|1.0"
        for row, size in enumerate(cluster.node_mib)
    ]
    vms = [
        f"i{row:05d}|{size}|0|{cluster.vm_vcpus[row]}|running|Y|n{cluster.owner[row]:04d}||ext||1|-"
        for row, size in enumerate(cluster.vm_mib)
    ]
    sections = ["default|g0|preferred||", "\n".join(nodes), "\n".join(vms), "", f"|{_SPEC}\ndefault|{_SPEC}"]
    data, loads = folder / "cluster.data", folder / "loads.txt"
    data.write_text("\n\n".join(sections) + "\n", encoding="ascii")
    lines = (f"i{row:05d} {' '.join(str(value) for value in load)}" for row, load in enumerate(cluster.vm_loads))
    loads.write_text("\n".join(lines) + "\n", encoding="ascii")
    return data, loads


class Verdict(msgspec.Struct, frozen=True):
    """What hbal came to."""

    before: float
    after: float
    moves: int


def ask_hbal(program: str, cluster: Drawn, folder: Path, most_moves: int | None = None) -> Verdict:
    """Runs hbal on the cluster and reads its answer."""
    data, loads = write_text(cluster, folder)
    command = [program, "-t", str(data), "-U", str(loads), "-v", "-v"]
    if most_moves is not None:
        command += ["-l", str(most_moves)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=3600).stdout
    return read_verdict(told)


def read_verdict(told: str) -> Verdict:
    """Scores and number of moves out of what hbal prints."""
    scores = [float(number) for number in re.findall(r"coefficients:\s+overall ([0-9.]+)", told)]
    length = re.search(r"Solution length=(\d+)", told)
    if not scores:
        raise ValueError(f"hbal told no score: {told[-300:]}")
    return Verdict(scores[0], scores[-1], int(length.group(1)) if length else 0)
