"""MAC addresses as hosts hand them out.

A Hyper-V host's pool is 00-15-5D, the last two octets of its own address, and 00..FF: 256 addresses (KB2804678).
Virtual Machine Manager has a pool of its own, 00-1D-D8-B7-1C-00 to 00-1D-D8-F4-1F-FF, which serves where the hosts'
pools are used up.
"""

from __future__ import annotations

from collections.abc import Iterable

from hvgui.cluster.mac_pools import first_of_pool, mac_text

POOL_SIZE = 256
_MANAGER_FIRST = 0x001DD8B71C00
_MANAGER_LAST = 0x001DD8F41FFF


class MacPools:
    """The pools of some hosts, each used from its first address on; no address is handed out twice."""

    def __init__(self, host_addresses: Iterable[str]) -> None:
        self._next = [first_of_pool(address) for address in host_addresses]
        if len(set(self._next)) != len(self._next):
            raise ValueError(
                "Two hosts share the last two octets of their address, and so their pool of MAC addresses."
            )
        self._end = [first + POOL_SIZE for first in self._next]
        self._next_of_manager = _MANAGER_FIRST

    def take(self, host: int) -> str:
        """A fresh address from the host's pool, or from Virtual Machine Manager's once that is empty."""
        if self._next[host] < self._end[host]:
            self._next[host] += 1
            return mac_text(self._next[host] - 1)
        if self._next_of_manager > _MANAGER_LAST:
            raise ValueError("All pools of MAC addresses are empty.")
        self._next_of_manager += 1
        return mac_text(self._next_of_manager - 1)
