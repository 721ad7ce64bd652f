"""Platform profiles: the figures that administrators know by heart."""

from __future__ import annotations

import pytest

from hvgui.cluster.profiles import DEFAULT_PROFILE, PROFILES, profile_named
from hvgui.cluster.units import GIB, TIB


def test_the_releases_in_order_and_the_default() -> None:
    assert list(PROFILES) == ["R2 (article)", "2008 R2", "2008 R2 SP1", "2012 R2", "2016", "2019", "2022", "2025"]
    assert DEFAULT_PROFILE.name == "2008 R2 SP1"


@pytest.mark.parametrize(
    ("name", "nodes", "vms", "per_node", "vm_memory_bytes", "passes", "concurrent"),
    [
        ("2008 R2", 16, 1000, 384, 64 * GIB, 10, 1),
        ("2008 R2 SP1", 16, 1000, 384, 64 * GIB, 10, 1),
        ("2012 R2", 64, 8000, 1024, TIB, 5, 2),
        ("2016", 64, 8000, 1024, 12 * TIB, 5, 2),
        ("2022", 64, 8000, 1024, 12 * TIB, 5, 2),
        ("2025", 64, 8000, 1024, 240 * TIB, 5, 2),
    ],
)
def test_limits(
    name: str, nodes: int, vms: int, per_node: int, vm_memory_bytes: int, passes: int, concurrent: int
) -> None:
    profile = profile_named(name)
    limits = profile.limits
    assert (limits.nodes, limits.vms, limits.running_vms_per_node) == (nodes, vms, per_node)
    assert limits.memory_per_vm_bytes == vm_memory_bytes
    assert (profile.pass_rule.max_passes, profile.live_migrations_per_node) == (passes, concurrent)


def test_only_the_article_counts_sixteen_disks_a_controller() -> None:
    sixteen = [profile.name for profile in PROFILES.values() if profile.limits.disks_per_scsi_controller == 16]
    assert sixteen == ["R2 (article)"]


def test_dynamic_memory_came_with_the_service_pack_and_the_queue_with_2012() -> None:
    with_memory = [profile.name for profile in PROFILES.values() if profile.features.dynamic_memory]
    with_queue = [profile.name for profile in PROFILES.values() if profile.features.queues_live_migrations]
    assert with_memory[0] == "2008 R2 SP1"
    assert with_queue[0] == "2012 R2"


def test_an_unknown_release_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no platform profile 'NT 4'.*2008 R2 SP1"):
        profile_named("NT 4")
