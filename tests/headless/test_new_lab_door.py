"""`hvgui new`: labs of any size from the command line, and the command that the wizard shows makes the same lab."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hvgui import cli
from hvgui.cli.exits import BAD_INPUT
from hvgui.cli.new import plan_of
from hvgui.cli.options import parse
from hvgui.cluster.networks import GIGABIT, NetworkRole
from hvgui.cluster.processor_models import PROCESSOR_MODELS
from hvgui.cluster.profiles import PROFILES
from hvgui.cluster.units import GIB, TIB
from hvgui.exchange.lab_plan import ARTICLE, LARGER, LabPlan, NetworkPlan, VmGroup, mixed
from hvgui.exchange.new_lab_command import new_lab_command
from hvgui.exchange.workloads import WORKLOADS
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.replay import world_of

_GROUPS = st.lists(st.builds(VmGroup, st.sampled_from(list(WORKLOADS)), st.integers(1, 99)), max_size=4)
_PLANS = st.builds(
    LabPlan,
    cluster=st.sampled_from(["LAB", "CLUSTER1"]),
    profile=st.sampled_from(list(PROFILES)),
    domain=st.sampled_from(["lab.example", "a.b", ""]),
    domain_controller=st.booleans(),
    nodes=st.integers(1, 64),
    processor=st.sampled_from(list(PROCESSOR_MODELS)),
    sockets=st.integers(1, 8),
    memory_bytes=st.integers(2 * GIB, TIB),
    hardware_virtualisation=st.booleans(),
    networks=st.lists(
        st.builds(
            NetworkPlan,
            st.sampled_from(["Client", "Live Migration", "it's", "a:b"]),
            st.sampled_from([12.5e6, GIGABIT, 333333.25]),
            st.sampled_from(list(NetworkRole)),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    san=st.sampled_from(["SAN1", "iSCSI SAN", "a 'name'"]),
    san_bytes_per_second=st.floats(1e6, 1e9),
    shared_volumes=st.booleans(),
    volumes=st.integers(1, 20),
    volume_bytes=st.sampled_from([0, 500 * GIB]),
    witness=st.booleans(),
    machines=_GROUPS.map(tuple),
    video=st.booleans(),
    seed=st.integers(0, 99),
)


@given(_PLANS)
def test_the_command_of_a_plan_is_that_plan(plan: LabPlan) -> None:
    words = shlex.split(new_lab_command(plan))
    assert words[:3] == ["hvgui", "new", "lab.hvlab"]
    assert plan_of(parse(words[1:])) == plan


def test_a_lab_is_written_and_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab = tmp_path / "mine.hvlab"
    sizes = ["--nodes", "4", "--memory", "64GB", "--processor", "2 x xeon-x5650", "--vms", "40", "--volume-size", "0"]
    networks = ["--network", "A=1 Gbit/s:cluster and client", "B=1Gbps"]
    assert cli.main(["new", str(lab), "--name", "MINE", *sizes, *networks]) == 0
    said = capsys.readouterr().out
    assert "MINE (R2 (article)): 4 nodes of 64 GB, 41 VMs" in said
    record = world_of(read_lab(lab), lab).cluster.record()
    assert (len(record.nodes), len(record.vms)) == (4, 41)
    assert record.nodes[0].processor.logical == 24
    assert [(network.name, network.role) for network in record.networks] == [
        ("A", NetworkRole.CLUSTER_AND_CLIENT),
        ("B", NetworkRole.CLUSTER_ONLY),
    ]
    assert cli.main(["new", str(lab)]) == BAD_INPUT
    assert "--force overwrites it" in capsys.readouterr().err
    assert cli.main(["validate", str(lab), "--strict"]) == 0


def test_what_is_not_said_is_the_article_s(tmp_path: Path) -> None:
    assert plan_of(parse(["new", "x.hvlab"])) == ARTICLE
    assert plan_of(parse(["new", "x.hvlab", "--larger", "--vms", "9"])) == replace(LARGER, machines=mixed(9))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--nodes", "many"], "--nodes: 'many' is no whole number."),
        (["--nodes", "90"], "has 1 to 16 nodes, not 90."),
        (["--memory", "lots"], "--memory: 'lots' is not a size"),
        (["--processor", "z80"], "no processor 'z80'"),
        (["--processor", "2 x z80"], "--processor: '2 x z80' is not understood"),
        (["--network", "Cluster"], "--network: 'Cluster' is not understood"),
        (["--network", "Cluster=1 Gbit/s:heavy"], "with the role"),
        (["--vm", "web server"], "--vm: 'web server' is not understood"),
        (["--vm", "abacus=2"], "no kind of VM 'abacus'"),
        (["--vms", "500"], "find no room"),
        (["--domain", ""], "a failover cluster needs one"),
        (["--no-hardware-virtualisation"], "no hardware virtualisation"),
        (["--profile", "NT 4"], "no platform 'NT 4'"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_is_written(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new", str(tmp_path / "x.hvlab"), *arguments]) == BAD_INPUT
    told = capsys.readouterr()
    assert says in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert list(tmp_path.iterdir()) == []
