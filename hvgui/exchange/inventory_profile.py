"""Which platform profile an inventory's cluster has."""

from __future__ import annotations

from hvgui.cluster.profiles import DEFAULT_PROFILE, Profile, profile_named
from hvgui.exchange.findings import Findings
from hvgui.exchange.powershell_json import PsObject

_BY_LEVEL = {7: "2012 R2", 8: "2012 R2", 9: "2016", 10: "2019", 11: "2022", 12: "2025"}
"""Get-Cluster's ClusterFunctionalLevel, whole part (2019 is 10.x); 7 is 2012, which has no profile of its own."""

_BY_BUILD = (
    (7600, "2008 R2"),
    (7601, "2008 R2 SP1"),
    (9200, "2012 R2"),
    (9600, "2012 R2"),
    (14393, "2016"),
    (17763, "2019"),
    (20348, "2022"),
    (26100, "2025"),
)
"""The first build of Windows of each profile; 9200 is 2012."""

_FIRST_BUILD_OF_HYPER_V_R2 = 7600


def profile_of(cluster: PsObject, versions: dict[str, str], modern_files: bool, findings: Findings) -> Profile:
    """The profile by the cluster's functional level, else by the oldest node's version of Windows, else by its files.

    `versions` is the version of Windows by node, `modern_files` whether a VM has what came with 2012.
    """
    level = cluster.number("ClusterFunctionalLevel")
    if level is not None:
        name = _BY_LEVEL.get(int(level))
        if name is not None:
            return _told(name, int(level) == 7, findings)
        findings.doubt(cluster.where, f"ClusterFunctionalLevel {level:g} is not known; the version of Windows decides.")
    builds = {node: build for node, version in versions.items() if (build := _build(version)) is not None}
    if builds:
        if len({_profile_name(build) for build in builds.values()}) > 1:
            findings.doubt(cluster.where, "The nodes run different releases of Windows; the oldest one decides.")
        build = min(builds.values())
        return _told(_profile_name(build), build == 9200, findings)
    profile = profile_named("2012 R2") if modern_files else DEFAULT_PROFILE
    findings.doubt(cluster.where, f"The release of Windows is not given; the profile {profile.name} was assumed.")
    return profile


def _build(version: str) -> int | None:
    """The build out of `6.1.7601` or `10.0.17763`; None where it is too old or no version."""
    parts = version.split(".")
    if len(parts) < 3 or not all(part.isdigit() and len(part) < 9 for part in parts[:3]):
        return None
    build = int(parts[2])
    return build if build >= _FIRST_BUILD_OF_HYPER_V_R2 else None


def _profile_name(build: int) -> str:
    return [name for first, name in _BY_BUILD if build >= first][-1]


def _told(name: str, is_2012: bool, findings: Findings) -> Profile:
    if is_2012:
        findings.note("cluster", "Windows Server 2012 has no profile of its own; 2012 R2 was taken.")
    return profile_named(name)
