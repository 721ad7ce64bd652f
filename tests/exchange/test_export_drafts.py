"""Exports that are killed: what they leave is known for what it is, and removed; what somebody writes at the moment is
left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.exchange.export.draft import is_draft
from hvgui.exchange.export.plan import plan_export
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.samples import sample

ONE_THAT_STOPS = """
import sys
from pathlib import Path
from msgspec.structs import replace
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.ids import VmId
from hvgui.cluster.machines import VmState
from hvgui.exchange.export.plan import plan_export
from hvgui.exchange.export.writing import export_vm
from hvgui.exchange.samples import sample

cluster = Cluster(sample("article-lab"))
vm = replace(cluster.vms[VmId(0)], name="held", state=VmState.OFF, assigned_bytes=0)
cluster.put(vm)

def watch(done, whole):
    if done > whole / 3 and not told:
        told.append(1)
        print("in the middle", flush=True)
        sys.stdin.readline()

told = []
export_vm(plan_export(cluster, VmId(0)), Path(sys.argv[1]), watch=watch)
"""


def begun(into: Path) -> subprocess.Popen[str]:
    """Another process that stands in the middle of an export."""
    process = subprocess.Popen(
        [sys.executable, "-c", ONE_THAT_STOPS, str(into)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    return process


def exported(into: Path) -> Path:
    """A whole export of a VM that is off."""
    cluster = Cluster(sample("article-lab"))
    off = next(vm.id for vm in cluster.vms.values() if not vm.state.holds_memory)
    return export_vm(plan_export(cluster, VmId(off), configuration_only=True), into)


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX's")
def test_what_a_killed_export_left_goes_with_the_next_one(tmp_path: Path) -> None:
    with begun(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    left = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert [is_draft(path) for path in left] == [True]
    assert list(left[0].rglob("*.part"))
    target = exported(tmp_path)
    assert list(tmp_path.iterdir()) == [target]


def test_what_another_process_writes_is_left_alone(tmp_path: Path) -> None:
    with begun(tmp_path) as process:
        target = exported(tmp_path)
        assert [path for path in tmp_path.iterdir() if is_draft(path)]
        process.communicate("go on\n")
        assert process.returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {target.name, "held"}


def test_what_only_looks_like_a_draft_stays(tmp_path: Path) -> None:
    for name in ("notes.part", ".notes.part", ".notes.0123456z.part"):
        (tmp_path / name).mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / ".link.01234567.part").symlink_to(outside)
    target = exported(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"notes.part", ".notes.part", ".notes.0123456z.part", "outside", ".link.01234567.part", target.name}
