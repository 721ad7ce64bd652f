"""VMs whose guests are in each other's way: copies of one installation that run in one network."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine, VmState


def copies_of(cluster: Cluster, vm: VirtualMachine) -> tuple[VmId, ...]:
    """The others whose guests have the same computer name and SID, whatever they are doing."""
    if not vm.guest.identity:
        return ()
    return tuple(one for one in cluster.same_installation(identity_of(vm)) if one != vm.id)


def twins(cluster: Cluster, vm: VirtualMachine) -> tuple[VmId, ...]:
    """Those of `copies_of` that run in a network that this VM is in as well: each disturbs the others once it runs."""
    own = {adapter.network for adapter in vm.adapters if adapter.network is not None}
    found = (cluster.vms[one] for one in copies_of(cluster, vm))
    return tuple(
        one.id for one in found if one.state is VmState.RUNNING and own & {adapter.network for adapter in one.adapters}
    )
