"""Which TCP connections outlive a blackout.

Eleven measured migrations with blackouts up to 0.75 s lost none; the longest gap that a client saw was the blackout
and 6 to 75 ms more. TCP gives up after its time-out (about 20 s), the heartbeat between members of a guest cluster
after about 5 s: both are the profile's.
"""

from __future__ import annotations

from hvgui.cluster.clients import Clients
from hvgui.cluster.profiles import Profile

CLIENT_EXTRA_SECONDS = 0.04
"""What a client sees beyond the blackout: the middle of the measured 6 to 75 ms."""


def client_gap_seconds(blackout_seconds: float) -> float:
    """The longest silence that a client meets."""
    return blackout_seconds + CLIENT_EXTRA_SECONDS if blackout_seconds > 0.0 else 0.0


def connections_lost(clients: Clients, blackout_seconds: float, profile: Profile) -> int:
    """How many of a VM's connections break: all of them or none."""
    patience = profile.guest_cluster_timeout_seconds if clients.guest_cluster else profile.tcp_timeout_seconds
    return clients.connections if client_gap_seconds(blackout_seconds) > patience else 0
