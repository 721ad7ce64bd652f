"""Workloads: what VMs of a kind are like, so that samples and imported inventories have guests that behave.

The figures are estimates of ours (no inventory holds them): how much of the memory is written and how often, how the
load moves through a day, how many clients there are. A region is given as a share of the memory, and its writing as
how often a second all of it would be written, so that a kind scales with the size of a VM.

The clock of a sample starts at nine in the morning, so a daily load that is highest at two in the afternoon has its
peak 18,000 seconds into the lab.
"""

from __future__ import annotations

import msgspec

from hvgui.cluster.load import CurveKind, Load, LoadCurve
from hvgui.cluster.machines import Priority
from hvgui.cluster.memory import MemoryRegion, WritePattern
from hvgui.cluster.units import PAGE_BYTES

AFTERNOON_SECONDS = 18_000.0
"""Two in the afternoon, in a lab whose clock starts at nine."""

NIGHT_SECONDS = 61_200.0
"""Two in the night: backups and batches."""


class RegionShape(msgspec.Struct, frozen=True):
    """A memory region of a VM of any size."""

    name: str
    share: float
    """Of the VM's memory, 0..1."""
    rewrites_per_second: float = 0.0
    """How often a second as much is written as the region is large."""
    pattern: WritePattern = WritePattern.RANDOM
    zero_share: float = 0.0


class Workload(msgspec.Struct, frozen=True):
    """One kind of VM. `memory_gib` and `vcpus` are sizes that such VMs are given, the usual one first."""

    name: str
    prefix: str
    """Of the names of generated VMs."""
    memory_gib: tuple[int, ...]
    vcpus: tuple[int, ...]
    regions: tuple[RegionShape, ...]
    cold_zero_share: float
    cpu: LoadCurve
    memory: LoadCurve
    disk_iops: LoadCurve
    network_bytes_per_second: LoadCurve
    data_gib: tuple[int, ...] = ()
    """Sizes of its data disk; none: it has only its system disk."""
    connections: int = 0
    priority: Priority = Priority.MEDIUM
    desktop: bool = False
    frequency: int = 1
    """How many of them there are beside the other kinds in a generated cluster."""
    disk_growth: LoadCurve = LoadCurve()
    """What is written for good (bytes a second): its dynamic disks grow by it."""

    def load(self, shift_seconds: float = 0.0, factor: float = 1.0) -> Load:
        """Its load, with the peaks moved and the processor's part made larger or smaller for variety."""
        return Load(
            cpu=_shifted(self.cpu, shift_seconds, factor),
            memory=_calm(_shifted(self.memory, shift_seconds, 1.0)),
            disk_iops=_shifted(self.disk_iops, shift_seconds, factor),
            network_bytes_per_second=_shifted(self.network_bytes_per_second, shift_seconds, factor),
            disk_growth_bytes_per_second=_shifted(self.disk_growth, shift_seconds, factor),
        )


def region_of(shape: RegionShape, memory_bytes: int) -> MemoryRegion:
    """The shape's region in a VM with so much memory, in whole pages."""
    size = max(1, round(memory_bytes * shape.share / PAGE_BYTES)) * PAGE_BYTES
    return MemoryRegion(shape.name, size, size * shape.rewrites_per_second, shape.pattern, shape.zero_share)


def regions_of(shapes: tuple[RegionShape, ...], memory_bytes: int) -> tuple[MemoryRegion, ...]:
    """The regions of a VM with so much memory."""
    return tuple(region_of(shape, memory_bytes) for shape in shapes)


def _shifted(curve: LoadCurve, seconds: float, factor: float) -> LoadCurve:
    return msgspec.structs.replace(
        curve, peak_seconds=curve.peak_seconds + seconds, level=curve.level * factor, swing=curve.swing * factor
    )


def _calm(curve: LoadCurve) -> LoadCurve:
    """Memory in use does not flutter as processors do."""
    return msgspec.structs.replace(curve, noise=min(curve.noise, _MEMORY_NOISE))


_MEMORY_NOISE = 0.03


def constant(level: float, noise: float = 0.1) -> LoadCurve:
    """The same all day, with some noise."""
    return LoadCurve(level=level, noise=noise)


def daily(level: float, swing: float, peak_seconds: float = AFTERNOON_SECONDS, noise: float = 0.15) -> LoadCurve:
    """Office hours (or, with another peak, the night)."""
    return LoadCurve(CurveKind.DAILY, level, swing, peak_seconds=peak_seconds, noise=noise)


def bursty(level: float, swing: float, share: float = 0.15, span_seconds: float = 120.0) -> LoadCurve:
    """Quiet, with bursts."""
    return LoadCurve(CurveKind.BURSTY, level, swing, period_seconds=span_seconds, burst_share=share, noise=0.1)


_CYCLIC = WritePattern.CYCLIC

WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Workload(
            "domain controller",
            "DC",
            (2, 4),
            (1, 2),
            (RegionShape("directory cache", 0.04, 0.10), RegionShape("services", 0.25, 0.002)),
            0.25,
            daily(0.06, 0.03),
            constant(0.55),
            daily(20, 10),
            daily(150e3, 80e3),
            connections=60,
            priority=Priority.HIGH,
        ),
        Workload(
            "file server",
            "FILE",
            (4, 8),
            (2, 4),
            (
                RegionShape("network and disk buffers", 0.02, 0.25, _CYCLIC),
                RegionShape("file cache", 0.30, 0.010, _CYCLIC),
                RegionShape("services", 0.15, 0.001),
            ),
            0.10,
            daily(0.12, 0.07),
            constant(0.75),
            daily(180, 120),
            daily(6e6, 5e6),
            (300, 500, 1000, 1500),
            connections=80,
            frequency=2,
            disk_growth=daily(60e3, 45e3),
        ),
        Workload(
            "web server",
            "WEB",
            (2, 4, 4),
            (1, 2, 2),
            (RegionShape("requests", 0.03, 0.30), RegionShape("heap", 0.20, 0.006)),
            0.30,
            daily(0.20, 0.14),
            daily(0.60, 0.10),
            daily(40, 25),
            daily(2.5e6, 2e6),
            connections=150,
            frequency=6,
        ),
        Workload(
            "application server",
            "APP",
            (4, 8),
            (2, 4),
            (RegionShape("young heap", 0.06, 0.25, _CYCLIC), RegionShape("old heap", 0.40, 0.004)),
            0.20,
            daily(0.25, 0.15),
            constant(0.70),
            daily(60, 30),
            daily(1.5e6, 1e6),
            (60, 100),
            connections=50,
            frequency=6,
        ),
        Workload(
            "database server",
            "SQL",
            (8, 16),
            (4,),
            (
                RegionShape("log and hot pages", 0.03, 0.20),
                RegionShape("buffer pool", 0.60, 0.003),
            ),
            0.05,
            daily(0.35, 0.20),
            constant(0.85, 0.03),
            daily(500, 300),
            daily(4e6, 3e6),
            (200, 400, 800),
            connections=120,
            priority=Priority.HIGH,
            frequency=2,
        ),
        Workload(
            "mail server",
            "MAIL",
            (8, 16),
            (4,),
            (RegionShape("store cache", 0.05, 0.12), RegionShape("indexes", 0.50, 0.003)),
            0.05,
            daily(0.25, 0.18),
            constant(0.85, 0.03),
            daily(300, 200),
            daily(3e6, 2.5e6),
            (500, 1000),
            connections=200,
            priority=Priority.HIGH,
            disk_growth=daily(40e3, 25e3),
        ),
        Workload(
            "terminal server",
            "RDS",
            (8, 16),
            (4,),
            (RegionShape("sessions", 0.08, 0.10), RegionShape("programs", 0.50, 0.004)),
            0.15,
            daily(0.40, 0.30),
            daily(0.70, 0.15),
            daily(150, 100),
            daily(1.2e6, 1e6),
            connections=40,
            frequency=2,
        ),
        Workload(
            "build server",
            "BUILD",
            (4, 8),
            (4,),
            (RegionShape("compilers", 0.10, 0.25, _CYCLIC), RegionShape("sources in cache", 0.40, 0.004)),
            0.20,
            bursty(0.05, 0.85, 0.3, 300.0),
            bursty(0.40, 0.40, 0.3, 300.0),
            bursty(20, 400, 0.3, 300.0),
            bursty(100e3, 8e6, 0.1, 300.0),
            (100, 200),
            connections=4,
            priority=Priority.LOW,
        ),
        Workload(
            "batch server",
            "BATCH",
            (4, 8),
            (2, 4),
            (RegionShape("rows", 0.12, 0.15, _CYCLIC), RegionShape("programs", 0.20, 0.001)),
            0.30,
            daily(0.22, 0.20, NIGHT_SECONDS),
            daily(0.55, 0.25, NIGHT_SECONDS),
            daily(200, 180, NIGHT_SECONDS),
            daily(2e6, 1.8e6, NIGHT_SECONDS),
            (100, 300),
            connections=6,
            priority=Priority.LOW,
            frequency=2,
        ),
        Workload(
            "print server",
            "PRINT",
            (2,),
            (1,),
            (RegionShape("spooler", 0.02, 0.15, _CYCLIC), RegionShape("services", 0.20, 0.001)),
            0.40,
            bursty(0.03, 0.30, 0.1, 60.0),
            constant(0.45),
            bursty(5, 80, 0.1, 60.0),
            bursty(20e3, 2e6, 0.1, 60.0),
            connections=25,
            priority=Priority.LOW,
        ),
        Workload(
            "desktop",
            "VDI",
            (2, 4),
            (1, 2),
            (RegionShape("documents", 0.03, 0.20), RegionShape("programs", 0.30, 0.003)),
            0.35,
            bursty(0.04, 0.45, 0.2, 90.0),
            daily(0.60, 0.15),
            bursty(5, 60, 0.2, 90.0),
            bursty(20e3, 800e3, 0.2, 90.0),
            connections=2,
            priority=Priority.LOW,
            desktop=True,
            frequency=8,
        ),
        Workload(
            "test server",
            "TEST",
            (2, 4),
            (1, 2),
            (RegionShape("services", 0.15, 0.002),),
            0.70,
            constant(0.02, 0.5),
            constant(0.35),
            constant(3),
            constant(10e3),
            priority=Priority.LOW,
            frequency=3,
        ),
    )
}
"""Every kind of VM by its name."""


def workload_named(name: str) -> Workload:
    """The workload of that name. Raises ValueError naming those there are."""
    workload = WORKLOADS.get(name)
    if workload is None:
        raise ValueError(f"there is no kind of VM '{name}'; there are: {', '.join(WORKLOADS)}")
    return workload
