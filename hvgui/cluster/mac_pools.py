"""The pool of MAC addresses that a host hands out to its VMs: 00-15-5D, the last two octets of its own address, and
00..FF: 256 addresses (KB2804678). Hosts do not tell each other what they have handed out.
"""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import NodeId

_HYPER_V = 0x00155D << 24


def mac_text(number: int) -> str:
    """A MAC address as Windows writes it: `00-15-5D-00-0B-00`."""
    digits = f"{number:012X}"
    return "-".join(digits[at : at + 2] for at in range(0, 12, 2))


def first_of_pool(host_address: str) -> int:
    """The first address of the pool of a host with that IP address (`10.0.0.11`). Raises ValueError for others."""
    octets = [int(octet) for octet in host_address.split(".")]
    if len(octets) != 4 or not all(0 <= octet <= 255 for octet in octets):
        raise ValueError(f"'{host_address[:40]}' is no IP address")
    return _HYPER_V | (octets[2] << 16) | (octets[3] << 8)


def pool_of(cluster: Cluster, node: NodeId) -> range:
    """A node's pool. Where no link of the node has an address, the node's number stands for its last two octets."""
    first = _HYPER_V | ((node >> 8 & 0xFF) << 16) | ((node & 0xFF) << 8)
    for (owner, _), link in sorted(cluster.links.items()):
        if owner == node and link.address:
            try:
                first = first_of_pool(link.address)
            except ValueError:
                continue
            break
    return range(first, first + cluster.profile.limits.macs_per_node)


def macs_left(cluster: Cluster) -> dict[NodeId, int]:
    """How many addresses of each node's pool no adapter has."""
    taken = {_number(adapter.mac) for vm in cluster.vms.values() for adapter in vm.adapters if adapter.mac}
    return {node: sum(one not in taken for one in pool_of(cluster, node)) for node in cluster.nodes}


def _number(mac: str) -> int:
    """An address as its number; -1 for what is none."""
    try:
        return int(mac.replace("-", "").replace(":", ""), 16)
    except ValueError:
        return -1


def free_macs(cluster: Cluster, node: NodeId, wanted: int) -> tuple[str, ...]:
    """The next addresses of a node's pool that no adapter has, in order: fewer than wanted where it is used up."""
    taken = {adapter.mac.upper() for vm in cluster.vms.values() for adapter in vm.adapters if adapter.mac}
    found: list[str] = []
    for number in pool_of(cluster, node):
        if len(found) == wanted:
            break
        mac = mac_text(number)
        if mac not in taken:
            found.append(mac)
    return tuple(found)
