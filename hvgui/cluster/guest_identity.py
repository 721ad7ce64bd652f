"""A guest's own identity: the computer name and the security identifier (SID) that it got when it was installed.

A copy of a VM has both of its original, until its guest is generalised (sysprep) and installs itself anew. Two that run
in one network with the same identity are in each other's way.
"""

from __future__ import annotations

import hashlib
import re

from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VirtualMachine

LONGEST_COMPUTER_NAME = 15
"""Of a NetBIOS name."""
_COMPUTER_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,13}[A-Za-z0-9])?")


def is_computer_name(text: str) -> bool:
    """Whether Windows would take it: up to 15 letters, digits and hyphens, with no hyphen at either end."""
    return _COMPUTER_NAME.fullmatch(text) is not None


def identity_of(vm: VirtualMachine) -> str:
    """What two guests share if one is an ungeneralised copy of the other: the id of the first, in small letters."""
    return (vm.guest.identity or vm.guid).lower()


def computer_name_of(vm: VirtualMachine) -> str:
    """What the guest calls itself in its network."""
    return vm.guest.computer_name or vm.name[:LONGEST_COMPUTER_NAME].upper()


def sid_of(vm: VirtualMachine) -> str:
    """The guest's machine SID, drawn from its identity: the same for the same installation."""
    drawn = hashlib.sha256(identity_of(vm).encode("utf-8")).digest()
    parts = (int.from_bytes(drawn[start : start + 4], "big") for start in (0, 4, 8))
    return "S-1-5-21-" + "-".join(str(part) for part in parts)


class Copies:
    """Which VMs share an installation: those whose guests say whose it is. Kept beside the records, never in a file."""

    __slots__ = ("_vms",)

    def __init__(self) -> None:
        self._vms: dict[str, dict[VmId, None]] = {}

    def fork(self) -> Copies:
        """An independent copy."""
        copy = Copies()
        copy._vms = {identity: vms.copy() for identity, vms in self._vms.items()}
        return copy

    def count(self, before: VirtualMachine | None, after: VirtualMachine | None) -> None:
        """A VM's record takes the place of another (None: there was, or is, none)."""
        if before is not None and before.guest.identity:
            self._vms[identity_of(before)].pop(before.id, None)
        if after is not None and after.guest.identity:
            self._vms.setdefault(identity_of(after), {})[after.id] = None

    def of(self, identity: str) -> tuple[VmId, ...]:
        """Those of one installation, by id."""
        return tuple(sorted(self._vms.get(identity.lower(), ())))
