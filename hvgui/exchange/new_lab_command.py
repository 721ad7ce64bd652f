"""A plan as the command line that makes the same lab without a window; `hvgui new` reads what this writes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from hvgui.cluster.networks import NetworkRole
from hvgui.cluster.units import GIB
from hvgui.exchange.lab_plan import ARTICLE, LabPlan, NetworkPlan, VmGroup

ROLES = {
    "cluster and client": NetworkRole.CLUSTER_AND_CLIENT,
    "cluster only": NetworkRole.CLUSTER_ONLY,
    "none": NetworkRole.NONE,
}
_ROLE_NAMES = {role: name for name, role in ROLES.items()}


def new_lab_command(plan: LabPlan, file: str = "lab.hvlab") -> str:
    """`hvgui new lab.hvlab --nodes 4 ...`: what is as in the article's lab is left out."""
    return shlex.join(("hvgui", "new", file, *_options(plan)))


def _options(plan: LabPlan) -> Iterator[str]:
    for option, field in _VALUES.items():
        value = getattr(plan, field)
        if value != getattr(ARTICLE, field):
            yield from (option, _written(field, value))
    for option, field in _SWITCHED_OFF.items():
        if not getattr(plan, field):
            yield option
    if plan.networks != ARTICLE.networks:
        yield "--network"
        yield from (_network(one) for one in plan.networks)
    if plan.machines != ARTICLE.machines:
        yield "--vm"
        yield from (f"{group.kind}={group.count}" for group in plan.machines or (VmGroup("file server", 0),))


_VALUES = {
    "--name": "cluster",
    "--profile": "profile",
    "--domain": "domain",
    "--nodes": "nodes",
    "--node-prefix": "node_prefix",
    "--processor": "processor",
    "--sockets": "sockets",
    "--memory": "memory_bytes",
    "--san": "san",
    "--san-speed": "san_bytes_per_second",
    "--san-iops": "san_iops",
    "--san-latency": "san_latency_seconds",
    "--volumes": "volumes",
    "--volume-size": "volume_bytes",
    "--seed": "seed",
}
"""Options that take a value, and the plan's field that each sets. Sizes, rates and durations are in plain units."""
_SWITCHED_OFF = {
    "--no-domain-controller": "domain_controller",
    "--no-hardware-virtualisation": "hardware_virtualisation",
    "--no-csv": "shared_volumes",
    "--no-witness": "witness",
    "--no-video": "video",
}


def _written(field: str, value: object) -> str:
    """As people write it, where that is exact; else in plain units."""
    if field.endswith("_bytes") and isinstance(value, int) and value and value % GIB == 0:
        return f"{value // GIB}GiB"
    if field.endswith("_per_second") and isinstance(value, float) and value % 1e6 == 0.0:
        return f"{value / 1e6:.0f}MB/s"
    return repr(value) if isinstance(value, float) else str(value)


def _speed(bytes_per_second: float) -> str:
    megabits = bytes_per_second / 125_000.0
    if megabits != round(megabits):
        return repr(bytes_per_second)
    return f"{megabits / 1000:.0f}Gbit/s" if megabits % 1000 == 0 else f"{megabits:.0f}Mbit/s"


def _network(network: NetworkPlan) -> str:
    return f"{network.name}={_speed(network.bytes_per_second)}:{_ROLE_NAMES[network.role]}"
