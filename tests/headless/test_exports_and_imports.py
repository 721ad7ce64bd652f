"""`hvgui export` and `hvgui import` as a person at a terminal, and a script, use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hvgui.cli import main
from hvgui.cluster.cluster import Cluster
from hvgui.cluster.guest_identity import identity_of
from hvgui.cluster.ids import NodeId, VmId
from hvgui.cluster.machines import VmState
from hvgui.cluster.tasks import TaskKind, TaskState
from hvgui.cluster.units import MIB
from hvgui.lab.session import Session
from hvgui.lab.unattended import Unattended, unattended
from hvgui.lab.verification import verify
from hvgui.requests.templates import DeleteVm
from import_folders import hyper_v_export, ovf_text, vm_at_rest
from storage_labs import storage_record

VM = VmId(0)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A lab with one VM that is saved."""
    path = tmp_path / "one.hvlab"
    Session.new(storage_record(vm_at_rest()), seed=1, path=path).close()
    return path


@pytest.fixture
def folder(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Its export."""
    assert run("export", lab, "vm00", "--into", tmp_path) == 0
    told = capsys.readouterr().out
    assert told == f"VM00 is exported to {tmp_path / 'VM00'}: 2 disk files, 130 MB in all.\n"
    return tmp_path / "VM00"


def run(*words: object) -> int:
    return main([str(word) for word in words])


def cluster_of(lab: Path) -> Cluster:
    """A lab's cluster as it was left."""
    session = Session.open(lab)
    try:
        return Cluster(session.opening().record)
    finally:
        session.close()


def test_exported_for_programs_and_only_read(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = lab.read_bytes()
    assert run("export", lab, vm_at_rest().guid, "--into", tmp_path, "--json", "--configuration-only") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["vm"], told["configuration_only"], told["disks"]) == ("VM00", True, [])
    assert lab.read_bytes() == before


def test_looked_at(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", folder, "--look") == 0
    told = capsys.readouterr().out
    assert "VM00: an export of hvgui's, 2 processors, 2 GB, saved\n" in told
    assert "  disk       system0.vhd: dynamic, 8 GB\n" in told
    assert run("import", folder, "--look", "--json") == 0
    (machine,) = json.loads(capsys.readouterr().out)["machines"]
    assert (machine["name"], machine["networks"], machine["problems"]) == ("VM00", ["Clients"], [])
    (folder / "Virtual Hard Disks" / "data.vhd").unlink()
    assert run("import", folder, "--look") == 1
    assert "  stops it   data.vhd of VM00 is not there. Put its file back" in capsys.readouterr().out


def test_clones_in_one_go_each_with_its_own(lab: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--count", 3, "--name", "WEB-##", "--volume", "volume2", "--network", "Clients=Migration")
    assert run("import", folder, lab, *words, "--json") == 0
    imported = json.loads(capsys.readouterr().out)["imported"]
    assert [one["name"] for one in imported] == ["WEB-01", "WEB-02", "WEB-03"]
    assert {one["node"] for one in imported} == {"NODE1", "NODE2", "NODE3"}
    assert {one["result"] for one in imported} == {"succeeded"}
    cluster = cluster_of(lab)
    copies = [vm for vm in cluster.vms.values() if vm.id != VM]
    assert (
        len({vm.guid for vm in cluster.vms.values()}) == len({vm.adapters[0].mac for vm in cluster.vms.values()}) == 4
    )
    for vm in copies:
        assert (vm.state, vm.task, vm.adapters[0].network) == (VmState.SAVED, None, 1)
        assert {cluster.volumes[disk.volume].name for disk in vm.disks if disk.volume is not None} == {"Volume2"}
        assert identity_of(vm) == identity_of(cluster.vms[VM])
    assert verify(lab).agrees


def test_restored_after_it_was_deleted(lab: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("import", folder, lab, "--restore") == 2
    assert "no two VMs may have the same" in capsys.readouterr().err
    before = cluster_of(lab).vms[VM]
    with unattended(lab) as opened:
        assert opened.ask(DeleteVm(VM)).accepted
    assert run("import", folder, lab, "--restore", "--node", "node2", "--in-place") == 0
    (vm,) = cluster_of(lab).vms.values()
    assert (vm.guid, vm.name, vm.adapters, vm.owner) == (before.guid, before.name, before.adapters, NodeId(1))


def test_an_ovf_and_a_foreign_export(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "vm.ovf").write_text(ovf_text(), encoding="utf-8")
    assert run("import", tmp_path / "vm.ovf", lab, "--network", "bridged=", "--generalised") == 0
    assert "doubtful   disk1.vmdk of Win_2008-R2 is not there." in capsys.readouterr().out
    hyper_v_export(tmp_path / "SQL01")
    assert run("import", tmp_path / "SQL01", lab, "--volume", "local") == 0
    names = {vm.name: vm for vm in cluster_of(lab).vms.values()}
    assert set(names) == {"VM00", "Win_2008-R2", "SQL01"}
    assert names["SQL01"].snapshots[0].name == "before the patch"
    assert names["SQL01"].disks[0].local_node == names["SQL01"].owner


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name the lab to import into"),
        (("none.hvlab",), "none.hvlab"),
        (("one.hvlab", "--node", "HV9"), "There is no node 'HV9' in this lab; there are NODE1, NODE2"),
        (("one.hvlab", "--volume", "V9"), "There is no volume or LUN 'V9'"),
        (("one.hvlab", "--network", "x"), "'x' maps nothing"),
        (("one.hvlab", "--network", "x=y"), "There is no network 'y'"),
        (("one.hvlab", "--count", "0"), "0 machines can't be made in one go"),
        (("one.hvlab", "--count", "2", "--restore"), "not with --restore"),
        (("one.hvlab", "--name", "VM00"), "There is a VM called VM00"),
        (("one.hvlab", "--name", "a/b"), "can't be a VM's name"),
        (("one.hvlab", "--volume", "LUN1"), "is used as cluster shared volume"),
    ],
)
def test_a_sentence_and_nothing_changed(
    lab: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.chdir(lab.parent)
    before = cluster_of(lab).record()
    assert run("import", folder, *words) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert cluster_of(lab).record() == before
    assert sorted(path.name for path in lab.parent.iterdir()) == ["VM00", "one.hvlab"]


def test_a_lab_that_is_open_elsewhere(lab: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session.open(lab)
    try:
        assert run("import", folder, lab) == 2
        assert "is open elsewhere" in capsys.readouterr().err
    finally:
        session.close()


def test_what_is_not_off_is_not_exported(lab: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", lab, "nobody", "--into", tmp_path) == 2
    assert run("export", lab, "VM00", "--into", tmp_path / "none") == 2
    assert run("export", tmp_path / "no.hvlab", "VM00", "--into", tmp_path) == 2
    told = capsys.readouterr().err.splitlines()
    assert "There is no VM 'nobody' in this lab; there are VM00." in told[0]
    assert "There is no folder" in told[1]
    assert len(told) == 3


def test_interrupted_it_is_called_off(
    lab: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Unattended, "wait_for", interrupt)
    assert run("import", folder, lab, "--count", 2, "--name", "COPY") == 130
    assert "interrupted" in capsys.readouterr().err
    assert [vm.name for vm in cluster_of(lab).vms.values()] == ["VM00"]
    assert verify(lab).agrees


# Killed

STOPS = """
import sys
from hvgui.cli import main
from hvgui.lab import unattended
from hvgui.lab.unattended import Unattended

moment, words = sys.argv[1], sys.argv[2:]
if moment == "under way":
    unattended.AS_FAST_AS_POSSIBLE = 2.0
ask, wait_for = Unattended.ask, Unattended.wait_for

def stop():
    print("there", flush=True)
    sys.stdin.readline()

def asking(lab, request):
    if moment == "before":
        stop()
    receipt = ask(lab, request)
    if moment == "asked":
        stop()
    return receipt

def waiting(lab, tasks, watch):
    def watching(cluster):
        if moment == "under way" and lab.now_ns > 300_000_000:
            stop()
        watch(cluster)
    done = wait_for(lab, tasks, watching)
    if moment == "after":
        stop()
    return done

Unattended.ask, Unattended.wait_for = asking, waiting
main(words)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX's")
@pytest.mark.parametrize("moment", ["before", "asked", "under way", "after"])
def test_killed_in_the_middle(lab: Path, folder: Path, moment: str) -> None:
    command = [sys.executable, "-c", STOPS, moment, "import", str(folder), str(lab), "--name", "COPY"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGKILL)
        process.communicate()
    judge(lab, is_there=moment != "before", is_under_way=moment in ("asked", "under way"))


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX's")
def test_killed_whenever_it_happens(lab: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "hvgui", "import", str(folder), str(lab), "--name", "COPY-#", "--count", "4"]
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    whole = time.monotonic() - began
    for part in (0.5, 0.7, 0.85):
        command[6] = f"P{part}-#"
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                process.wait(whole * part)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            process.communicate()
        judge(lab)


def judge(lab: Path, *, is_there: bool | None = None, is_under_way: bool = False) -> None:
    """The lab opens; whatever of a VM is there goes on to be whole."""
    with unattended(lab) as opened:
        before = {vm.name: vm for vm in opened.cluster.vms.values()}
        if is_there is not None:
            assert ("COPY" in before) is is_there
        tasks = [task.id for task in opened.cluster.tasks.values() if task.kind is TaskKind.IMPORT]
        assert len(tasks) == 1 or not is_under_way
        assert opened.wait_for(tasks, lambda _: None)
        assert {task.state for task in opened.ended.values()} <= {TaskState.SUCCEEDED}
        for vm in opened.cluster.vms.values():
            assert (vm.state, vm.task, len(vm.disks)) == (VmState.SAVED, None, 2)
            assert [disk.file_bytes for disk in vm.disks] == [64 * MIB, 64 * MIB + 512]
    assert verify(lab).agrees
