"""Quick migration: the guest is saved to the shared disk, the disk changes its owner, the guest is loaded again.

All of it is blackout. Measured on eight runs (`measured_quick_migrations.csv`): bytes / write rate + flush + bytes /
read rate + about 0.1 s. The two rates are those of the storage path, which others may use at the same time; so the
engine takes `state_bytes` and the fixed parts from here and lets flows decide the rest, and `blackout_seconds` is for
a path of one's own.
"""

from __future__ import annotations

import msgspec

from hvgui.cluster.profiles import MigrationTimings


class QuickPlan(msgspec.Struct, frozen=True):
    """What a quick migration has to do while the guest runs nowhere."""

    state_bytes: int
    """Written by the source, then read by the target: all assigned memory, dirty or not, and the device state."""
    flush_seconds: float
    owner_change_seconds: float
    """Moving the cluster group, or 0 where the disk stays where it is (a Cluster Shared Volume)."""
    fixed_seconds: float

    def blackout_seconds(self, write_bytes_per_second: float, read_bytes_per_second: float) -> float:
        """The whole blackout where the path gives these rates from beginning to end."""
        moving = self.state_bytes / write_bytes_per_second + self.state_bytes / read_bytes_per_second
        return moving + self.flush_seconds + self.owner_change_seconds + self.fixed_seconds


def plan_quick(assigned_bytes: int, timings: MigrationTimings, *, moves_owner: bool) -> QuickPlan:
    """The plan for a guest that is assigned so much memory; `moves_owner` where its disk is no shared volume."""
    return QuickPlan(
        state_bytes=assigned_bytes + timings.device_state_bytes,
        flush_seconds=timings.quick_flush_seconds,
        owner_change_seconds=timings.lun_move_seconds if moves_owner else 0.0,
        fixed_seconds=timings.quick_fixed_seconds,
    )
