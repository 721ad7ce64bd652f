"""Whether a VM's figures can be reckoned with: neither negative, nor endless, nor no number at all.

What comes from a stranger (a checkpoint, an imported machine) is asked this before anything is built from it.
"""

from __future__ import annotations

from hvgui.cluster.clients import VideoStream
from hvgui.cluster.load import Load, LoadCurve
from hvgui.cluster.machines import VirtualMachine
from hvgui.cluster.memory import MemoryRegion

MOST_FIGURE = 2.0**50
MOST_VCPUS = 2**22


def out_of_range(vm: VirtualMachine) -> str:
    """Which figures of a VM are out of range, as the beginning of a sentence; empty: none."""
    if not (0 <= vm.vcpus < MOST_VCPUS and _is_sensible_load(vm.load)):
        return f"the load of {vm.name}"
    if not _has_sensible_claims(vm):
        return f"the memory or the processors of {vm.name}"
    if vm.clients.video is not None and not is_watchable(vm.clients.video):
        return f"the video stream of {vm.name}"
    return ""


def is_watchable(video: VideoStream) -> bool:
    """Whether a player can play it."""
    return 0 < video.bytes_per_second < MOST_FIGURE and 0 < video.buffer_seconds < MOST_FIGURE


def is_sensible_region(region: MemoryRegion) -> bool:
    """Whether a part of a guest's memory can be written as it says."""
    figures = (region.size_bytes, region.write_bytes_per_second)
    # A comparison with what is no number is false as well.
    return all(0 <= figure < MOST_FIGURE for figure in figures) and 0 <= region.zero_share <= 1


def _is_sensible_load(load: Load) -> bool:
    curves = (load.cpu, load.memory, load.disk_iops, load.network_bytes_per_second, load.disk_growth_bytes_per_second)
    return 0 <= load.disk_bytes_per_io < MOST_FIGURE and all(_is_sensible(curve) for curve in curves)


def _is_sensible(curve: LoadCurve) -> bool:
    return (
        0 < curve.period_seconds < MOST_FIGURE
        and -MOST_FIGURE < curve.peak_seconds < MOST_FIGURE
        and -MOST_FIGURE < curve.swing < MOST_FIGURE
        and 0 <= curve.level < MOST_FIGURE
        and 0 <= curve.noise < MOST_FIGURE
        and 0 <= curve.burst_share <= 1
        and all(0 <= value < MOST_FIGURE for value in curve.recorded)
    )


def _has_sensible_claims(vm: VirtualMachine) -> bool:
    settings, asked = vm.memory.settings, vm.scheduling
    sizes = (settings.startup_bytes, settings.least_bytes, settings.most_bytes, vm.assigned_bytes, vm.saved_bytes)
    return (
        all(0 <= size < MOST_FIGURE for size in sizes)
        and 0 <= settings.buffer_percent < MOST_FIGURE
        and 0 <= settings.weight < MOST_FIGURE
        and 0 < asked.weight < MOST_FIGURE
        and 0 <= asked.reserve_percent <= 100
        and 0 < asked.limit_percent <= 100
    )
