"""The measured migrations as tests want them: what was given, and what came out."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.profiles import MigrationTimings, PassRule, StopRule
from hvgui.cluster.units import MIB, PAGE_BYTES

DATA = Path(__file__).parents[1] / "data"
ROM_PAGES = 130
"""The measured guest's ROMs, sent with its memory."""
ZERO_PAGES = 1_098
LOOPBACK_BYTES_PER_SECOND = 1.4e9


@dataclass(frozen=True)
class MeasuredRow:
    """One measured live migration."""

    run_id: str
    guest: GuestMemory
    rule: PassRule
    timings: MigrationTimings
    line_bytes_per_second: float
    limit_seconds: float
    writes: bool
    link_limited: bool
    completed: bool
    total_seconds: float
    sent_bytes: float
    blackout_seconds: float

    @property
    def memory_bytes(self) -> int:
        """Memory that is sent."""
        return self.guest.settings.startup_bytes


def measured_rows() -> list[MeasuredRow]:
    """Every row of the file."""
    with (DATA / "measured_migrations.csv").open(newline="") as file:
        return [_row(record) for record in csv.DictReader(file)]


def _row(record: dict[str, str]) -> MeasuredRow:
    completed = record["status"] == "completed"
    link = float(record["link_limit_MBps"]) * 1e6
    return MeasuredRow(
        run_id=record["run_id"],
        guest=_guest(record),
        rule=PassRule(
            StopRule.THRESHOLD,
            max_passes=10 if record["policy"] == "force10" else 0,
            blackout_target_seconds=float(record["downtime_limit_ms"]) / 1000,
        ),
        timings=_timings(float(record["max_bandwidth_MBps"]) * 1e6),
        line_bytes_per_second=link or LOOPBACK_BYTES_PER_SECOND,
        limit_seconds=float(record["cap_s"]),
        writes=float(record["dirty_rate_target_MBps"]) > 0.0,
        link_limited=link > 0.0,
        completed=completed,
        total_seconds=float(record["total_time_ms"]) / 1000,
        sent_bytes=float(record["transferred_bytes"]),
        blackout_seconds=float(record["downtime_events_ms"]) / 1000 if completed else 0.0,
    )


def _guest(record: dict[str, str]) -> GuestMemory:
    memory_bytes = int(record["memory_mib"]) * MIB + ROM_PAGES * PAGE_BYTES
    set_bytes = int(record["working_set_mib"]) * MIB
    pattern = WritePattern.RANDOM if record["pattern"] == "random" else WritePattern.CYCLIC
    region = MemoryRegion("working set", set_bytes, float(record["dirty_rate_target_MBps"]) * 1e6, pattern)
    cold_pages = (memory_bytes - set_bytes) / PAGE_BYTES
    return GuestMemory(MemorySettings(memory_bytes), (region,), cold_zero_share=ZERO_PAGES / cold_pages)


def _timings(cap_bytes_per_second: float) -> MigrationTimings:
    """The rig's: no cluster around it, so nothing to hand over."""
    return MigrationTimings(
        setup_seconds=0.002,
        sync_seconds=0.002,
        stop_seconds=0.003,
        device_state_bytes=0,
        in_flight_bytes=3_300_000,
        storage_handover_seconds=0.0,
        resume_seconds=0.0,
        arp_seconds=0.0,
        bandwidth_cap_bytes_per_second=cap_bytes_per_second,
    )
