"""Scenarios that change memory, processors and drivers."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvgui.cluster.machines import Scheduling
from hvgui.cluster.units import GIB
from hvgui.lab.scenario import read_scenario
from hvgui.requests.integration import InstallIntegrationServices
from hvgui.requests.memory import SetMemory
from hvgui.requests.processors import ReplaceProcessors, SetProcessors

_BASE = """
[profile]
base = "2012 R2"
[[node]]
name = "A"
processor = "2 x opteron-2356"
[[vm]]
name = "ONE"
node = "A"
memory = { startup = "2 GB", maximum = "8 GB", dynamic = true, weight = 7000 }
load = { memory = 1.5 }
processor_weight = 200
processor_reserve = 10
"""


def _requests(path: Path, text: str) -> list[object]:
    file = path / "one.toml"
    file.write_text(_BASE + text, encoding="utf-8")
    return [timed.request for timed in read_scenario(file).requests]


def test_what_is_left_out_stays(tmp_path: Path) -> None:
    found = _requests(
        tmp_path,
        """
[[request]]
do = "set-memory"
vm = "ONE"
memory = { maximum = "16 GB" }
[[request]]
do = "set-processors"
vm = "ONE"
processor_limit = 50
[[request]]
do = "install-integration-services"
vm = "ONE"
[[request]]
do = "replace-processors"
node = "A"
model = "opteron-2435"
sockets = 4
slat = false
""",
    )
    memory, processors, drivers, replaced = found
    assert isinstance(memory, SetMemory)
    assert (memory.settings.startup_bytes, memory.settings.most_bytes, memory.settings.weight) == (
        2 * GIB,
        16 * GIB,
        7000,
    )
    assert processors == SetProcessors(memory.vm, 1, Scheduling(200, 10, 50))
    assert drivers == InstallIntegrationServices(memory.vm)
    assert isinstance(replaced, ReplaceProcessors)
    assert (replaced.processor().logical, replaced.processor().slat) == (24, False)


def test_the_catalogue_is_known_by_name(tmp_path: Path) -> None:
    file = tmp_path / "one.toml"
    file.write_text(_BASE, encoding="utf-8")
    node = read_scenario(file).record.nodes[0]
    assert (node.processor.vendor, node.processor.logical) == ("AMD", 8)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('do = "replace-processors"\nnode = "A"\nmodel = "z80"\nsockets = 1', "z80"),
        ('do = "set-memory"\nvm = "ONE"\nmemory = { buffer_percent = 1 }', "buffer_percent"),
        ('do = "set-memory"\nvm = "ONE"', "memory"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(Exception, match=sentence):
        _requests(tmp_path, f"[[request]]\n{text}\n")
