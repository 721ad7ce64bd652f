"""The sample clusters that ship with hvgui: small definitions in `resources/samples`, built anew from a seed."""

from __future__ import annotations

from functools import cache

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.exchange.generated import generated
from hvgui.exchange.sample_building import build_sample
from hvgui.exchange.sample_definition import SampleDefinition
from hvgui.shipped import shipped_file

__all__ = ["SampleInfo", "generated", "sample", "sample_infos", "sample_names"]

DEFAULT_SAMPLE = "article-lab"
"""What hvgui shows to someone who has no cluster of his own at hand."""


class SampleInfo(msgspec.Struct, frozen=True):
    """A sample as a welcome menu shows it."""

    name: str
    """What scenarios and the command line call it."""
    title: str
    description: str
    """One line."""


def sample_names() -> tuple[str, ...]:
    """The samples' names, in the order of the welcome menu."""
    return tuple(_definitions())


def sample_infos() -> tuple[SampleInfo, ...]:
    """Every sample with its title and description, in the order of the welcome menu."""
    return tuple(SampleInfo(name, one.title, one.description) for name, one in _definitions().items())


def sample(name: str, seed: int = 1) -> ClusterRecord:
    """The sample of that name; the same seed gives the same cluster.

    Raises ValueError naming the samples there are.
    """
    definition = _definitions().get(name)
    if definition is None:
        raise ValueError(f"There is no sample cluster '{name}'; there are: {', '.join(sample_names())}.")
    return build_sample(definition, seed)


@cache
def _definitions() -> dict[str, SampleDefinition]:
    found: dict[str, SampleDefinition] = {}
    for path in sorted(shipped_file("samples").glob("*.toml")):
        try:
            found[path.stem] = msgspec.toml.decode(path.read_bytes(), type=SampleDefinition)
        except msgspec.DecodeError as wrong:
            raise ValueError(
                f"The shipped sample {path.name} is damaged ({wrong}); installing hvgui again mends it."
            ) from wrong
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))
