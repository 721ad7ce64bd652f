"""What a scenario says of a guest: its memory and how that is written, its load, and who uses it."""

from __future__ import annotations

import msgspec

from hvgui.cluster.clients import Clients, VideoStream
from hvgui.cluster.load import CurveKind, Load, LoadCurve
from hvgui.cluster.memory import GuestMemory, MemoryRegion, MemorySettings, WritePattern
from hvgui.cluster.units import PAGE_BYTES, format_bytes
from hvgui.lab.scenario_table import Table

_PATTERNS = {pattern.value: pattern for pattern in WritePattern}
_CURVES = {kind.value: kind for kind in CurveKind}


def read_memory(table: Table, before: GuestMemory | None) -> GuestMemory:
    """`memory`, `regions` and `zero_share` of a `[[vm]]`, over what the VM had before (None: nothing)."""
    settings = _settings(table, None if before is None else before.settings)
    zero_share = table.number("zero_share", 0.0, 1.0)
    written = table.tables("regions")
    if table.has("regions"):
        regions = tuple(_region(one) for one in written)
        _check_room(table, regions, settings.startup_bytes)
    else:
        regions = () if before is None else _resized(before, settings.startup_bytes)
    cold = zero_share if zero_share is not None else 0.0 if before is None else before.cold_zero_share
    return GuestMemory(settings, regions, cold)


def read_load(table: Table, before: Load) -> Load:
    """A `load` table: `cpu` and `memory` as shares, `disk_iops`, `network` as a rate; each a level or a curve."""
    inner = table.table("load")
    if inner is None:
        return before
    load = Load(
        cpu=_curve(inner, "cpu", before.cpu),
        memory=_curve(inner, "memory", before.memory),
        disk_iops=_curve(inner, "disk_iops", before.disk_iops),
        network_bytes_per_second=_curve(inner, "network", before.network_bytes_per_second),
        disk_growth_bytes_per_second=_curve(inner, "disk_growth", before.disk_growth_bytes_per_second),
    )
    inner.close()
    return load


def read_clients(table: Table, before: Clients) -> Clients:
    """`connections`, `guest_cluster` and `video` (true, false, or a table of `rate` and `buffer`)."""
    connections = table.whole("connections", 0, 1_000_000)
    guest_cluster = table.flag("guest_cluster")
    return Clients(
        before.connections if connections is None else connections,
        before.guest_cluster if guest_cluster is None else guest_cluster,
        _video(table, before.video),
    )


def _settings(table: Table, before: MemorySettings | None) -> MemorySettings:
    if not table.is_table("memory"):
        size = table.size("memory")
        if size is None:
            return table.needed("memory", before)
        return MemorySettings(_positive(table, "memory", size))
    inner = table.needed("memory", table.table("memory"))
    startup = inner.size("startup")
    if startup is None:
        startup = inner.needed("startup", None if before is None else before.startup_bytes)
    settings = MemorySettings(
        startup_bytes=_positive(inner, "startup", startup),
        minimum_bytes=inner.size("minimum") or 0,
        maximum_bytes=inner.size("maximum") or 0,
        dynamic=inner.flag("dynamic") or False,
        buffer_percent=_or(inner.whole("buffer_percent", 5, 2000), 20),
        weight=_or(inner.whole("weight", 0, 10_000), 5000),
    )
    inner.close()
    return settings


def _positive(table: Table, key: str, size: int) -> int:
    """Memory in whole pages, and at least a MB of it."""
    if size < 1024 * 1024:
        raise table.error(f"'{key}' is {format_bytes(size)}; a VM has at least 1 MB.", key)
    return size // PAGE_BYTES * PAGE_BYTES


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _region(table: Table) -> MemoryRegion:
    region = MemoryRegion(
        name=table.needed("name", table.text("name")),
        size_bytes=table.needed("size", table.size("size")) // PAGE_BYTES * PAGE_BYTES,
        write_bytes_per_second=table.rate("write_rate") or 0.0,
        pattern=table.choice("pattern", _PATTERNS) or WritePattern.RANDOM,
        zero_share=table.number("zero_share", 0.0, 1.0) or 0.0,
    )
    table.close()
    return region


def _check_room(table: Table, regions: tuple[MemoryRegion, ...], memory_bytes: int) -> None:
    total = sum(region.size_bytes for region in regions)
    if total > memory_bytes:
        sizes = f"{format_bytes(total)} in all, and the VM has {format_bytes(memory_bytes)}"
        raise table.error(f"the regions are {sizes}; give it more 'memory' or smaller regions.", "regions")


def _resized(before: GuestMemory, memory_bytes: int) -> tuple[MemoryRegion, ...]:
    """Regions that keep their share of the memory; what they write stays."""
    ratio = memory_bytes / before.settings.startup_bytes
    if ratio == 1.0:
        return before.regions
    return tuple(
        msgspec.structs.replace(region, size_bytes=int(region.size_bytes * ratio) // PAGE_BYTES * PAGE_BYTES)
        for region in before.regions
    )


def _video(table: Table, before: VideoStream | None) -> VideoStream | None:
    if not table.has("video"):
        return before
    if not table.is_table("video"):
        return VideoStream() if table.flag("video") else None
    inner = table.needed("video", table.table("video"))
    rate = inner.rate("rate")
    buffer = inner.duration("buffer")
    inner.close()
    stream = before or VideoStream()
    video = VideoStream(
        stream.bytes_per_second if rate is None else rate, stream.buffer_seconds if buffer is None else buffer
    )
    if not (1.0 <= video.bytes_per_second <= 1e9 and 0.01 <= video.buffer_seconds <= 3600):
        raise table.error("a video needs a 'rate' above 0 (8 Gbit/s at most) and a 'buffer' of 10 ms to 1 h.", "video")
    return video


def _curve(table: Table, key: str, before: LoadCurve) -> LoadCurve:
    if not table.is_table(key):
        level = _level(table, key, key)
        return before if level is None else LoadCurve(level=level)
    inner = table.needed(key, table.table(key))
    curve = LoadCurve(
        kind=inner.choice("kind", _CURVES) or CurveKind.CONSTANT,
        level=_level(inner, "level", key) or 0.0,
        swing=_level(inner, "swing", key) or 0.0,
        period_seconds=_positive_period(inner),
        peak_seconds=inner.duration("peak") or 0.0,
        burst_share=_or_share(inner.number("burst_share", 0.0, 1.0)),
        noise=inner.number("noise", 0.0, 1.0) or 0.0,
        recorded=inner.numbers("recorded") or (),
    )
    if curve.kind is CurveKind.RECORDED and not curve.recorded:
        raise inner.error("a recorded curve needs its values in 'recorded'.", "kind")
    inner.close()
    return curve


def _level(table: Table, key: str, quantity: str) -> float | None:
    if quantity in ("network", "disk_growth"):
        return table.rate(key)
    return table.number(key, 0.0, {"cpu": 1.0, "memory": 64.0}.get(quantity, 1e9))


def _positive_period(table: Table) -> float:
    period = table.duration("period")
    if period is None:
        return LoadCurve().period_seconds
    if period < 1.0:
        raise table.error("'period' must be 1 s at least: loads are looked up once a second.", "period")
    return period


def _or_share(share: float | None) -> float:
    return LoadCurve().burst_share if share is None else share
