"""Servers that the samples are built from: processors with what a guest can see of them, and steps of memory."""

from __future__ import annotations

import re

from hvgui.cluster.nodes import Processor
from hvgui.cluster.units import GIB

_NEHALEM = Processor().features
_WESTMERE = (*_NEHALEM, "aes", "pclmulqdq")
_ICE_LAKE = (
    *_WESTMERE,
    "xsave",
    "avx",
    "f16c",
    "rdrand",
    "fma",
    "avx2",
    "bmi1",
    "bmi2",
    "rdseed",
    "adx",
    "sha",
    "avx512f",
)
_SAPPHIRE_RAPIDS = (*_ICE_LAKE, "avx512_bf16", "amx_tile")

PROCESSORS: dict[str, Processor] = {
    "xeon-e5540": Processor("Intel Xeon E5540", "Intel", 1, 4, 2, _NEHALEM),
    "2 x xeon-e5540": Processor("Intel Xeon E5540", "Intel", 2, 4, 2, _NEHALEM),
    "2 x xeon-x5650": Processor("Intel Xeon X5650", "Intel", 2, 6, 2, _WESTMERE),
    "4 x xeon-x7560": Processor("Intel Xeon X7560", "Intel", 4, 8, 2, _NEHALEM),
    "2 x xeon-gold-6326": Processor("Intel Xeon Gold 6326", "Intel", 2, 16, 2, _ICE_LAKE),
    "2 x xeon-gold-6430": Processor("Intel Xeon Gold 6430", "Intel", 2, 32, 2, _SAPPHIRE_RAPIDS),
    "2 x xeon-platinum-8592": Processor("Intel Xeon Platinum 8592+", "Intel", 2, 64, 2, _SAPPHIRE_RAPIDS),
}
"""Processors by the name that sample definitions use; the number in front is that of the sockets."""

MEMORY_STEPS = tuple(
    size * GIB for size in (8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192)
)
"""Sizes that a server is bought with, smallest first."""

_R2_SERVERS = ("2 x xeon-e5540", "2 x xeon-x5650", "4 x xeon-x7560")
_LATER_SERVERS = ("2 x xeon-gold-6326", "2 x xeon-gold-6430", "2 x xeon-platinum-8592")


def smallest_processor(vcpus: int, *, at_most_logical: int, vcpus_per_logical: int, modern: bool) -> Processor:
    """The smallest processor of its time that carries so many virtual processors within the limits.

    Raises ValueError with a sentence where none does.
    """
    for name in _LATER_SERVERS if modern else _R2_SERVERS:
        processor = PROCESSORS[name]
        if processor.logical <= at_most_logical and vcpus <= processor.logical * vcpus_per_logical:
            return processor
    raise ValueError(f"No server carries {vcpus} virtual processors; spread the VMs over more nodes.")


def smallest_memory(needed_bytes: int, at_most_bytes: int) -> int:
    """The smallest step of memory that holds so much. Raises ValueError with a sentence where none does."""
    for step in MEMORY_STEPS:
        if needed_bytes <= step <= at_most_bytes:
            return step
    raise ValueError(
        f"A node would need {needed_bytes / GIB:.0f} GB of memory, more than the platform or any server has; "
        "spread the VMs over more nodes."
    )


_GENERATIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Intel", r"platinum [89]5\d\d|gold [56]5\d\d|silver 45\d\d|(platinum|gold|silver) \d4\d\d", _SAPPHIRE_RAPIDS),
    ("Intel", r"(platinum|gold|silver|bronze) \d3\d\d", _ICE_LAKE),
    ("Intel", r"(platinum|gold|silver|bronze) \d[12]\d\d", tuple(one for one in _ICE_LAKE if one != "sha")),
    ("Intel", r"e[57]-\d{4} ?v[34]", tuple(one for one in _ICE_LAKE if one not in ("sha", "avx512f"))),
    ("Intel", r"e[57]-\d{4}", (*_WESTMERE, "xsave", "avx")),
    ("Intel", r"[exl]56\d\d|e7-? ?[248]8\d\d", _WESTMERE),
    ("Intel", r"[exlw]55\d\d|x75\d\d|l75\d\d|e75\d\d|e65\d\d", _NEHALEM),
    ("AMD", r"epyc", tuple(one for one in _ICE_LAKE if one != "avx512f")),
    ("AMD", r"opteron", (*(one for one in _NEHALEM if not one.startswith(("ssse3", "sse4"))), "sse4a", "popcnt")),
)


def processor_vendor(manufacturer: str, model: str) -> str:
    """Intel or AMD out of what Windows says (`GenuineIntel`, `AuthenticAMD`); else the maker's own name."""
    text = f"{manufacturer} {model}".lower()
    if "intel" in text:
        return "Intel"
    return "AMD" if "amd" in text else manufacturer or "Intel"


def assumed_features(vendor: str, model: str) -> tuple[str, ...]:
    """Features by a processor's name (Windows does not list them): those of its generation, or of the oldest one."""
    for maker, pattern, features in _GENERATIONS:
        if maker == vendor and re.search(pattern, model.lower()):
            return features
    return _NEHALEM
