"""Requests that break the storage and mend it: SANs, LUNs and the nodes' paths to them."""

from __future__ import annotations

from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import LunId, NodeId, SanId
from hvgui.cluster.storage import Lun, San, StoragePath
from hvgui.cluster.units import format_link_speed
from hvgui.requests.problems import Problem, warning
from hvgui.requests.request import Request, node_name
from hvgui.requests.storage_losses import loss_warnings, vms_above, vms_on_san
from hvgui.requests.storage_names import lun_name, san_name


class SanRequest(Request, frozen=True):
    """What the requests on one SAN have in common."""

    san: SanId

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        san = cluster.sans.get(self.san)
        if san is None:
            return (Problem("no-such-san", f"There is no {san_name(cluster, self.san)} in this cluster."),)
        return self.san_problems(cluster, san)

    def san_problems(self, cluster: Cluster, san: San) -> tuple[Problem, ...]:
        """What stands in the way of this one."""
        raise NotImplementedError


class FailSan(SanRequest, frozen=True, tag="fail-san"):
    """Let a whole SAN fail: no node reaches any of its LUNs."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Fail {san_name(cluster, self.san)}"

    def san_problems(self, cluster: Cluster, san: San) -> tuple[Problem, ...]:
        """See SanRequest.san_problems."""
        if not san.up:
            return (Problem("failed-already", f"{san.name} has failed already."),)
        return loss_warnings(cluster, vms_on_san(cluster, san.id), replace(san, up=False))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# switch {san_name(cluster, self.san)} off; there is no cmdlet for a failure"


class RestoreSan(SanRequest, frozen=True, tag="restore-san"):
    """Bring a failed SAN back."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Restore {san_name(cluster, self.san)}"

    def san_problems(self, cluster: Cluster, san: San) -> tuple[Problem, ...]:
        """See SanRequest.san_problems."""
        return (Problem("up-already", f"Nothing is wrong with {san.name}."),) if san.up else ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# switch {san_name(cluster, self.san)} on; on each node: Update-HostStorageCache"


class LunRequest(Request, frozen=True):
    """What the faults of one LUN have in common."""

    lun: LunId

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        lun = cluster.luns.get(self.lun)
        if lun is None:
            return (Problem("no-such-lun", f"There is no {lun_name(cluster, self.lun)} in this cluster."),)
        return self.lun_problems(cluster, lun)

    def lun_problems(self, cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
        """What stands in the way of this one."""
        raise NotImplementedError


class FailLun(LunRequest, frozen=True, tag="fail-lun"):
    """Let one LUN fail: nobody reads or writes it."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Fail {lun_name(cluster, self.lun)}"

    def lun_problems(self, cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
        """See LunRequest.lun_problems."""
        if not lun.up:
            return (Problem("failed-already", f"{lun.name} has failed already."),)
        return loss_warnings(cluster, vms_above(cluster, lun.id), replace(lun, up=False))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# unmap {lun_name(cluster, self.lun)} on the SAN; there is no cmdlet for a failure"


class RestoreLun(LunRequest, frozen=True, tag="restore-lun"):
    """Bring a failed LUN back."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Restore {lun_name(cluster, self.lun)}"

    def lun_problems(self, cluster: Cluster, lun: Lun) -> tuple[Problem, ...]:
        """See LunRequest.lun_problems."""
        return (Problem("up-already", f"Nothing is wrong with {lun.name}."),) if lun.up else ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# map {lun_name(cluster, self.lun)} on the SAN again; on each node: Update-HostStorageCache"


class PathRequest(Request, frozen=True):
    """What the requests on one node's path to one SAN have in common."""

    node: NodeId
    san: SanId

    def place(self, cluster: Cluster) -> str:
        """The path in words."""
        return f"the path of {node_name(cluster, self.node)} to {san_name(cluster, self.san)}"

    def path(self, cluster: Cluster) -> StoragePath:
        """The path as it is; one that nobody has recorded is as fast as the SAN."""
        known = cluster.paths.get((self.node, self.san))
        return known or StoragePath(self.node, self.san, cluster.sans[self.san].bytes_per_second)

    def check(self, cluster: Cluster) -> tuple[Problem, ...]:
        """See Request.check."""
        if self.node not in cluster.nodes:
            return (Problem("no-such-node", f"There is no {node_name(cluster, self.node)} in this cluster."),)
        if self.san not in cluster.sans:
            return (Problem("no-such-san", f"There is no {san_name(cluster, self.san)} in this cluster."),)
        return self.path_problems(cluster, self.path(cluster))

    def path_problems(self, cluster: Cluster, path: StoragePath) -> tuple[Problem, ...]:
        """What stands in the way, given how the path is."""
        raise NotImplementedError


class FailPath(PathRequest, frozen=True, tag="fail-path"):
    """Pull the cables between a node and a SAN: what lies on its volumes goes over the coordinator."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Fail {self.place(cluster)}"

    def path_problems(self, cluster: Cluster, path: StoragePath) -> tuple[Problem, ...]:
        """See PathRequest.path_problems."""
        if not path.up:
            return (Problem("failed-already", f"It has failed already: {self.place(cluster)}."),)
        return loss_warnings(cluster, vms_on_san(cluster, self.san), replace(path, up=False))

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# on {node_name(cluster, self.node)}: pull the cable to {san_name(cluster, self.san)}"


class RestorePath(PathRequest, frozen=True, tag="restore-path"):
    """Plug the cables to the SAN in again."""

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Restore {self.place(cluster)}"

    def path_problems(self, cluster: Cluster, path: StoragePath) -> tuple[Problem, ...]:
        """See PathRequest.path_problems."""
        return (Problem("up-already", f"Nothing is wrong with {self.place(cluster)}."),) if path.up else ()

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# on {node_name(cluster, self.node)}: plug the cable in again; Update-HostStorageCache"


class SetPathSpeed(PathRequest, frozen=True, tag="set-path-speed"):
    """Give a node's path to a SAN another speed: an older adapter, a second cable."""

    bytes_per_second: float

    def title(self, cluster: Cluster) -> str:
        """See Request.title."""
        return f"Set {self.place(cluster)} to {format_link_speed(self.bytes_per_second)}"

    def path_problems(self, cluster: Cluster, path: StoragePath) -> tuple[Problem, ...]:
        """See PathRequest.path_problems."""
        if not 1_000 <= self.bytes_per_second <= 1e12:
            return (Problem("speed", "A path's speed is between 8 kbit/s and 8,000 Gbit/s."),)
        return () if path.up else (warning("cut", f"It takes effect once somebody restores {self.place(cluster)}."),)

    def powershell(self, cluster: Cluster) -> str:
        """See Request.powershell."""
        return f"# an adapter's or switch port's speed: no cmdlet changes {self.place(cluster)}"
