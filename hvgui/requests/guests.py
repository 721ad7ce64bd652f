"""Requests on what a guest does and who uses it: its load, and the clients' probe."""

from __future__ import annotations

from hvgui.cluster.clients import Clients
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.load import Load, LoadCurve
from hvgui.requests.problems import Problem
from hvgui.requests.request import Request, vm_name


class SetLoad(Request, frozen=True, tag="set-load"):
    """Give a guest other load curves from now on."""

    vm: VmId
    load: Load

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Change the load of {vm_name(cluster, self.vm)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if self.vm not in cluster.vms:
            return (Problem("no-such-vm", f"There is no {vm_name(cluster, self.vm)} in this cluster."),)
        curves = (self.load.cpu, self.load.memory, self.load.disk_iops, self.load.network_bytes_per_second)
        found = [sentence for curve in curves for sentence in _curve_faults(curve)]
        return tuple(Problem("curve", f"The load of {vm_name(cluster, self.vm)}: {sentence}") for sentence in found)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# what the guest of {vm_name(cluster, self.vm)} does is not the cluster's to set"


class SetClients(Request, frozen=True, tag="set-clients"):
    """Change who uses a VM: its TCP connections and its video stream."""

    vm: VmId
    clients: Clients

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Change the clients of {vm_name(cluster, self.vm)}"

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        name = vm_name(cluster, self.vm)
        if self.vm not in cluster.vms:
            return (Problem("no-such-vm", f"There is no {name} in this cluster."),)
        video = self.clients.video
        if not 0 <= self.clients.connections <= 1_000_000:
            return (Problem("connections", f"{name} can have 0 to 1,000,000 connections."),)
        if video is not None and not (0 < video.bytes_per_second <= 1e9 and 0.01 <= video.buffer_seconds <= 3600):
            return (Problem("video", f"The stream of {name} needs a bit rate above 0 and a buffer of 10 ms to 1 h."),)
        return ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# who uses {vm_name(cluster, self.vm)} is not the cluster's to set"


def _curve_faults(curve: LoadCurve) -> list[str]:
    faults = []
    if not all(0 <= value < 1e15 for value in (curve.level, curve.noise, *curve.recorded)):
        faults.append("a level is negative or out of range.")
    if not 1 <= curve.period_seconds < 1e15:
        faults.append("a period lasts 1 s at least.")
    if not 0 <= curve.burst_share <= 1:
        faults.append("the share of bursts lies between 0 and 1.")
    return faults
