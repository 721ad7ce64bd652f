"""What is said of a guest that is an ungeneralised copy of another one."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import computer_name_of, sid_of
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine
from hvgui.gui.words import tr
from hvgui.requests.twins import copies_of, is_in_conflict, twins

_MOST_NAMED = 5


def conflict_words(cluster: Cluster, vm: VirtualMachine) -> str:
    """Who disturbs a VM that runs, and what clears it; empty while nobody does."""
    if not is_in_conflict(cluster, vm):
        return ""
    return tr(
        "Computer name {name} and SID are those of {others} as well, in the same network: they are in each other's way."
        " Generalise its guest (sysprep), or shut it down.",
        name=computer_name_of(vm),
        others=_named(cluster, twins(cluster, vm)),
    )


def conflict_in_short(cluster: Cluster, vm: VirtualMachine) -> str:
    """The same where there is little room; empty while nobody disturbs it."""
    if not is_in_conflict(cluster, vm):
        return ""
    return tr("same computer name and SID as {others}", others=_named(cluster, twins(cluster, vm)))


def copy_words(cluster: Cluster, vm: VirtualMachine) -> str:
    """Which VMs are copies of the same installation, whatever they do; empty: none."""
    others = copies_of(cluster, vm)
    if not others:
        return ""
    named = _named(cluster, others)
    if is_in_conflict(cluster, vm):
        return tr("{others}; in conflict with those that run in its network", others=named)
    return tr("{others}; generalise (sysprep) before both run in one network", others=named)


def identity_rows(cluster: Cluster, vm: VirtualMachine) -> tuple[tuple[str, str], ...]:
    """The guest's own identity, for the properties."""
    copies = copy_words(cluster, vm)
    return (
        (tr("Computer name"), computer_name_of(vm)),
        (tr("SID"), sid_of(vm)),
        *(((tr("Same installation as"), copies),) if copies else ()),
    )


def _named(cluster: Cluster, vms: tuple[VmId, ...]) -> str:
    names = [cluster.vms[one].name for one in vms[:_MOST_NAMED]]
    more = len(vms) - len(names)
    if more:
        return tr("{names} and {count} more", names=", ".join(names), count=more)
    return tr("{names} and {last}", names=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else names[0]
