"""Settings of a VM that its snapshots hold as well: network adapters, the guest inside, claims on processors."""

from __future__ import annotations

import msgspec

from hvgui.cluster.ids import NetworkId


class NetworkAdapter(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A VM's network adapter. `network` is the cluster network that its virtual switch is bound to on every node."""

    name: str
    mac: str
    network: NetworkId | None
    legacy: bool = False


class Guest(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The operating system inside, and whether it has the integration components (VMBus drivers)."""

    system: str = "Windows Server 2008 R2"
    integration_components: bool = True
    components_at_restart: bool = False
    """The integration components have been installed and work from the guest's next start on."""
    identity: str = ""
    """The id of the VM whose installation this is a copy of; empty: its own. See `guest_identity`."""
    computer_name: str = ""
    """What the guest calls itself; empty: like its VM."""


class Scheduling(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A VM's claims on its owner's processors, in Hyper-V Manager's own terms."""

    weight: int = 100
    """Relative weight (1..10,000): who gets more when guests want more than there is."""
    reserve_percent: int = 0
    """Share of its virtual processors that it gets in any case (0..100)."""
    limit_percent: int = 100
    """Share of its virtual processors that it never gets more than (1..100)."""


AS_INSTALLED = Guest()
NO_CLAIMS = Scheduling()
"""Defaults that VMs and their snapshots share: a file leaves them out only where they are the very same object."""
