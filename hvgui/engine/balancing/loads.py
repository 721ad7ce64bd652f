"""What the VMs ask of their hosts, as columns for balancing: at this moment, or usually."""

from __future__ import annotations

import msgspec
import numpy as np

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.metrics import Column
from hvgui.engine import dynamic_memory
from hvgui.engine.physics.guests import Use
from hvgui.engine.world import World


class Loads(msgspec.Struct, frozen=True, eq=False):
    """Row i is the VM with id i; 0 for what does not run."""

    processors: Column
    """Processors' worth of time that it wants."""
    memory_bytes: Column
    """Its demand."""
    disk_bytes_per_second: Column
    network_bytes_per_second: Column


def present_loads(world: World) -> Loads:
    """What the guests want at the present simulated second."""
    cluster, guests = world.cluster, world.guests
    _, active, vcpus, assigned = guests.assignment()
    per_io = np.zeros(len(active))
    for vm in cluster.vms.values():
        per_io[vm.id] = vm.load.disk_bytes_per_io
    iops = np.minimum(guests.wanted_now(Use.DISK, cluster, world.seed), guests.most_iops)
    talk = np.minimum(guests.wanted_now(Use.NETWORK, cluster, world.seed), guests.most_network_bytes_per_second)
    return Loads(
        guests.wanted_now(Use.CPU, cluster, world.seed) * vcpus * active,
        np.where(assigned > 0.0, dynamic_memory.demand_of(world), 0.0),
        iops * per_io * active,
        talk * active,
    )


def usual_loads(cluster: Cluster) -> Loads:
    """The means of the guests' load curves."""
    columns = np.zeros((4, cluster.vm_rows))
    for vm in cluster.vms.values():
        if vm.state.holds_memory:
            load = vm.load
            columns[:, vm.id] = (
                min(1.0, load.cpu.usual) * vm.vcpus,
                load.memory.usual * vm.memory.settings.startup_bytes,
                load.disk_iops.usual * load.disk_bytes_per_io,
                load.network_bytes_per_second.usual,
            )
    return Loads(*columns)
