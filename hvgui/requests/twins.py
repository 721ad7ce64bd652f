"""VMs whose guests are in each other's way: copies of one installation that run in one network."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.ids import NetworkId, VmId
from hvgui.cluster.machines import VirtualMachine, VmState


def copies_of(cluster: Cluster, vm: VirtualMachine) -> tuple[VmId, ...]:
    """The others whose guests have the same computer name and SID, whatever they are doing."""
    if not vm.guest.identity:
        return ()
    return tuple(one for one in cluster.same_installation(identity_of(vm)) if one != vm.id)


def twins(cluster: Cluster, vm: VirtualMachine) -> tuple[VmId, ...]:
    """Those of `copies_of` that run in a network that this VM is in as well: each disturbs the others once it runs."""
    own = _networks(vm)
    return tuple(one for one in copies_of(cluster, vm) if _runs_in(cluster.vms[one], own))


def is_in_conflict(cluster: Cluster, vm: VirtualMachine) -> bool:
    """Whether a VM runs, and one of its `twins` as well. Asked of every row that is painted: the first one decides."""
    if vm.state is not VmState.RUNNING or not vm.guest.identity:
        return False
    own = _networks(vm)
    known = cluster.same_installation(identity_of(vm))
    return any(one != vm.id and _runs_in(cluster.vms[one], own) for one in known)


def _networks(vm: VirtualMachine) -> set[NetworkId]:
    return {adapter.network for adapter in vm.adapters if adapter.network is not None}


def _runs_in(vm: VirtualMachine, networks: set[NetworkId]) -> bool:
    return vm.state is VmState.RUNNING and any(adapter.network in networks for adapter in vm.adapters)
