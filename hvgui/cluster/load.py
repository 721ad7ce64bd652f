"""Load curves: what a guest wants, as a function of the lab's clock, its own id and the seed; never of playback."""

from __future__ import annotations

import enum

import msgspec


class CurveKind(enum.Enum):
    """The shapes that a load can have."""

    CONSTANT = "constant"
    DAILY = "daily"
    BURSTY = "bursty"
    RAMP = "ramp"
    RECORDED = "recorded"


class LoadCurve(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One wanted quantity over time, in the unit of its use (share of the vCPUs, share of memory, IOPS, bytes/s).

    CONSTANT is `level`. DAILY swings around `level` by `swing`, once in `period_seconds`, highest at `peak_seconds`.
    BURSTY is `level`, and `level + swing` in a random share `burst_share` of the spans of `period_seconds`.
    RAMP goes from `level` to `level + swing` between `peak_seconds` and `peak_seconds + period_seconds`.
    RECORDED repeats `recorded`, a value every `period_seconds`. `noise` adds a random part of the level, redrawn every
    second; the result is never below 0.
    """

    kind: CurveKind = CurveKind.CONSTANT
    level: float = 0.0
    swing: float = 0.0
    period_seconds: float = 86_400.0
    peak_seconds: float = 50_400.0
    burst_share: float = 0.1
    noise: float = 0.0
    recorded: tuple[float, ...] = ()

    @property
    def usual(self) -> float:
        """The mean of the curve."""
        if self.kind is CurveKind.RECORDED and self.recorded:
            return sum(self.recorded) / len(self.recorded)
        if self.kind is CurveKind.BURSTY:
            return self.level + self.swing * self.burst_share
        return self.level

    @property
    def busiest(self) -> float:
        """The curve at its busiest hour: bursts at their mean, for many guests never burst at once."""
        if self.kind is CurveKind.RECORDED and self.recorded:
            return max(self.recorded)
        if self.kind in (CurveKind.DAILY, CurveKind.RAMP):
            return self.level + abs(self.swing)
        return self.usual


class Load(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What a guest asks of its host."""

    cpu: LoadCurve = LoadCurve(level=0.1)
    """Share of the VM's virtual processors, 0..1."""
    memory: LoadCurve = LoadCurve(level=0.6)
    """Demand as a share of the VM's startup memory."""
    disk_iops: LoadCurve = LoadCurve()
    network_bytes_per_second: LoadCurve = LoadCurve()
    cpu_at_write_rates: float | None = None
    """The share of the virtual processors at which the memory regions are written at their rates, where that is not
    the mean of `cpu`: a guest that is given more to do writes more."""

    disk_bytes_per_io: float = 8_192.0
    disk_read_share: float = 0.7
    """Share of the disk's operations that read."""
    disk_growth_bytes_per_second: LoadCurve = LoadCurve()
    """New data written for good: dynamic and differencing disks grow by it."""

    @property
    def usual_cpu(self) -> float:
        """What the write rates of memory regions refer to."""
        return self.cpu.usual if self.cpu_at_write_rates is None else self.cpu_at_write_rates

    def in_place_of(self, before: Load) -> Load:
        """This load for a guest that had another one: its regions' write rates still refer to what was usual then."""
        if self.cpu_at_write_rates is not None or before.usual_cpu <= 0.0:
            return self
        return msgspec.structs.replace(self, cpu_at_write_rates=before.usual_cpu)
