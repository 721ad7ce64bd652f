"""Scenarios that make VMs: clones are named by later requests, exports are imported, mistakes are sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.exchange.export.plan import plan_export
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.samples import sample
from hvgui.lab.rehearsal import Rehearsal, rehearse
from hvgui.lab.scenario import read_scenario
from hvgui.lab.scenario_table import ScenarioError

_CLUSTER = """
[[node]]
name = "A"
[[node]]
name = "B"
[[vm]]
name = "BASE"
node = "A"
memory = "2 GB"
state = "off"
disk = "20 GB"
"""


def _rehearsed(tmp_path: Path, requests: str) -> Rehearsal:
    file = tmp_path / "copies.toml"
    file.write_text(f'end = "when idle"\n{_CLUSTER}\n{requests}', encoding="utf-8")
    return rehearse(read_scenario(file))


def test_a_template_is_cloned_and_the_clones_are_started_by_name(tmp_path: Path) -> None:
    told = _rehearsed(
        tmp_path,
        """
[[request]]
do = "set-template"
vm = "BASE"
template = true
[[request]]
at = "10 min"
do = "start"
vm = "COPY*"
[[request]]
at = "1s"
do = "clone-vm"
vm = "BASE"
name = "COPY1"
[[request]]
at = "1s"
do = "clone-vm"
vm = "BASE"
name = "COPY2"
to = "B"
generalised = true
""",
    )
    assert [one.result for one in told.requests] == ["succeeded"] * 5
    vms = {vm.name: vm for vm in told.world.cluster.vms.values()}
    assert vms["COPY1"].state is vms["COPY2"].state is VmState.RUNNING
    assert identity_of(vms["COPY1"]) == identity_of(vms["BASE"]) != identity_of(vms["COPY2"])
    again = _rehearsed(tmp_path, "")
    assert again.requests == ()


def test_an_export_beside_the_scenario_is_imported(tmp_path: Path) -> None:
    record = sample("small-business")
    off = replace(record.vms[0], state=VmState.OFF, assigned_bytes=0, snapshots=(), task=None)
    export_vm(plan_export(Cluster(replace(record, vms=(off,))), off.id), tmp_path)
    told = _rehearsed(
        tmp_path,
        f"""
[[request]]
do = "import-vm"
folder = "{off.name}"
name = "ARRIVED"
node = "B"
[[request]]
at = "10 h"
do = "start"
vm = "ARRIVED"
""",
    )
    assert [one.result for one in told.requests] == ["succeeded"] * 2, told.requests
    arrived = told.world.cluster.vms[VmId(1)]
    assert (arrived.name, arrived.guid == off.guid) == ("ARRIVED", False)
    assert arrived.owner == 1


@pytest.mark.parametrize(
    ("request_table", "sentence"),
    [
        ('do = "import-vm"\nfolder = "nowhere"', "nowhere"),
        ('do = "import-vm"', "'folder' is missing"),
        ('do = "clone-vm"\nvm = "BASE"', "'name' is missing"),
        ('do = "start"\nvm = "COPY"', "there is no VM 'COPY'"),
    ],
)
def test_mistakes_are_sentences(tmp_path: Path, request_table: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        _rehearsed(tmp_path, f"[[request]]\n{request_table}\n")
