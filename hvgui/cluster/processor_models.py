"""Processors of 2005 to 2025 as servers had them: what a guest can see of them, and whether they have SLAT.

Cores, threads and features are those of the makers' own data sheets for the model named; of a generation the usual
two-socket server model is listed. SLAT came with Barcelona (AMD's Nested Page Tables, 2007) and Nehalem (Intel's
Extended Page Tables, 2009). All of them have hardware virtualisation but the Opteron of 2005.
"""

from __future__ import annotations

import msgspec

from hvgui.cluster.nodes import Processor

BASELINE = ("cmov", "cx8", "fxsr", "mmx", "sse", "sse2")
"""Features of every x64 processor: what processor compatibility leaves, with sse3."""
COMPATIBLE = frozenset((*BASELINE, "sse3"))
"""What a guest sees with processor compatibility on; everything newer is hidden from it."""


class ProcessorModel(msgspec.Struct, frozen=True):
    """One model."""

    key: str
    name: str
    vendor: str
    year: int
    generation: str
    sockets: int
    cores_per_socket: int
    threads_per_core: int
    features: tuple[str, ...]
    slat: bool
    virtualises: bool = True
    """Whether it has Intel VT or AMD-V, which Hyper-V needs."""

    def processor(self, sockets: int | None = None) -> Processor:
        """The processors of a node with so many sockets (None: the usual number)."""
        return Processor(
            model=self.name,
            vendor=self.vendor,
            sockets=self.sockets if sockets is None else sockets,
            cores_per_socket=self.cores_per_socket,
            threads_per_core=self.threads_per_core,
            features=self.features,
            slat=self.slat,
        )


def _more(before: tuple[str, ...], text: str) -> tuple[str, ...]:
    return (*before, *text.split())


_NETBURST = _more(BASELINE, "sse3")
_WOODCREST = _more(_NETBURST, "ssse3")
_HARPERTOWN = _more(_WOODCREST, "sse4.1")
_NEHALEM = _more(_HARPERTOWN, "sse4.2 popcnt")
_WESTMERE = _more(_NEHALEM, "aes pclmulqdq")
_SANDY_BRIDGE = _more(_WESTMERE, "xsave avx")
_IVY_BRIDGE = _more(_SANDY_BRIDGE, "f16c rdrand")
_HASWELL = _more(_IVY_BRIDGE, "fma avx2 bmi1 bmi2 movbe")
_BROADWELL = _more(_HASWELL, "rdseed adx")
_SKYLAKE = _more(_BROADWELL, "avx512f avx512bw avx512dq avx512vl")
_CASCADE_LAKE = _more(_SKYLAKE, "avx512_vnni")
_ICE_LAKE = _more(_CASCADE_LAKE, "sha avx512_vbmi gfni vaes")
_SAPPHIRE_RAPIDS = _more(_ICE_LAKE, "avx512_bf16 amx_tile")
_GRANITE_RAPIDS = _more(_SAPPHIRE_RAPIDS, "amx_fp16")
_K8 = _more(BASELINE, "sse3")
_BARCELONA = _more(_K8, "sse4a popcnt lzcnt")
_BULLDOZER = _more(_BARCELONA, "ssse3 sse4.1 sse4.2 aes pclmulqdq xsave avx xop fma4")
_PILEDRIVER = _more(_BULLDOZER, "f16c fma bmi1 tbm")
_ZEN = _more(
    _BARCELONA,
    "ssse3 sse4.1 sse4.2 aes pclmulqdq xsave avx f16c rdrand fma avx2 bmi1 bmi2 movbe rdseed adx sha",
)
_ZEN2 = _more(_ZEN, "clwb rdpid")
_ZEN3 = _more(_ZEN2, "vaes pku")
_ZEN4 = _more(_ZEN3, "avx512f avx512bw avx512dq avx512vl avx512_vnni avx512_vbmi avx512_bf16 gfni")
_ZEN5 = _more(_ZEN4, "avx_vnni movdiri")


def _intel(
    key: str, name: str, year: int, generation: str, shape: tuple[int, int, int], features: tuple[str, ...]
) -> ProcessorModel:
    return ProcessorModel(key, f"Intel Xeon {name}", "Intel", year, generation, *shape, features, year >= 2009)


def _amd(
    key: str, name: str, year: int, generation: str, shape: tuple[int, int, int], features: tuple[str, ...]
) -> ProcessorModel:
    return ProcessorModel(
        key, f"AMD {name}", "AMD", year, generation, *shape, features, year >= 2007, virtualises=year >= 2006
    )


PROCESSOR_MODELS: dict[str, ProcessorModel] = {
    model.key: model
    for model in (
        _intel("xeon-7041", "7041", 2005, "Paxville", (4, 2, 2), _NETBURST),
        _intel("xeon-5160", "5160", 2006, "Woodcrest", (2, 2, 1), _WOODCREST),
        _intel("xeon-e5345", "E5345", 2007, "Clovertown", (2, 4, 1), _WOODCREST),
        _intel("xeon-e5440", "E5440", 2008, "Harpertown", (2, 4, 1), _HARPERTOWN),
        _intel("xeon-e5540", "E5540", 2009, "Nehalem", (2, 4, 2), _NEHALEM),
        _intel("xeon-x7560", "X7560", 2010, "Nehalem-EX", (4, 8, 2), _NEHALEM),
        _intel("xeon-x5650", "X5650", 2010, "Westmere", (2, 6, 2), _WESTMERE),
        _intel("xeon-e5-2650", "E5-2650", 2012, "Sandy Bridge", (2, 8, 2), _SANDY_BRIDGE),
        _intel("xeon-e5-2650-v2", "E5-2650 v2", 2013, "Ivy Bridge", (2, 8, 2), _IVY_BRIDGE),
        _intel("xeon-e5-2650-v3", "E5-2650 v3", 2014, "Haswell", (2, 10, 2), _HASWELL),
        _intel("xeon-e5-2650-v4", "E5-2650 v4", 2016, "Broadwell", (2, 12, 2), _BROADWELL),
        _intel("xeon-gold-6130", "Gold 6130", 2017, "Skylake", (2, 16, 2), _SKYLAKE),
        _intel("xeon-gold-6230", "Gold 6230", 2019, "Cascade Lake", (2, 20, 2), _CASCADE_LAKE),
        _intel("xeon-gold-6326", "Gold 6326", 2021, "Ice Lake", (2, 16, 2), _ICE_LAKE),
        _intel("xeon-gold-6430", "Gold 6430", 2023, "Sapphire Rapids", (2, 32, 2), _SAPPHIRE_RAPIDS),
        _intel("xeon-platinum-8592", "Platinum 8592+", 2023, "Emerald Rapids", (2, 64, 2), _SAPPHIRE_RAPIDS),
        _intel("xeon-6972p", "6972P", 2024, "Granite Rapids", (2, 96, 2), _GRANITE_RAPIDS),
        _intel("xeon-6787p", "6787P", 2025, "Granite Rapids", (2, 86, 2), _GRANITE_RAPIDS),
        _amd("opteron-270", "Opteron 270", 2005, "Italy", (2, 2, 1), _K8),
        _amd("opteron-2218", "Opteron 2218", 2006, "Santa Rosa", (2, 2, 1), _K8),
        _amd("opteron-2356", "Opteron 2356", 2008, "Barcelona", (2, 4, 1), _BARCELONA),
        _amd("opteron-2384", "Opteron 2384", 2008, "Shanghai", (2, 4, 1), _BARCELONA),
        _amd("opteron-2435", "Opteron 2435", 2009, "Istanbul", (2, 6, 1), _BARCELONA),
        _amd("opteron-6174", "Opteron 6174", 2010, "Magny-Cours", (2, 12, 1), _BARCELONA),
        _amd("opteron-6276", "Opteron 6276", 2011, "Interlagos", (2, 16, 1), _BULLDOZER),
        _amd("opteron-6376", "Opteron 6376", 2012, "Abu Dhabi", (2, 16, 1), _PILEDRIVER),
        _amd("epyc-7401", "EPYC 7401", 2017, "Naples", (2, 24, 2), _ZEN),
        _amd("epyc-7452", "EPYC 7452", 2019, "Rome", (2, 32, 2), _ZEN2),
        _amd("epyc-7543", "EPYC 7543", 2021, "Milan", (2, 32, 2), _ZEN3),
        _amd("epyc-9354", "EPYC 9354", 2022, "Genoa", (2, 32, 2), _ZEN4),
        _amd("epyc-9555", "EPYC 9555", 2024, "Turin", (2, 64, 2), _ZEN5),
    )
}
"""Every model by its key, Intel first, oldest first."""


def seen_with_compatibility(features: tuple[str, ...]) -> tuple[str, ...]:
    """What is left of a processor's features for a guest whose processor compatibility is on."""
    return tuple(feature for feature in features if feature in COMPATIBLE)
