"""The same VM on a volume and on a LUN of its own: nothing else of the cluster may differ."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import VmId
from hvgui.cluster.storage import LunUse
from hvgui.lab.storage_variants import Variant, variant_of, with_storage
from storage_labs import OWN, busy_guest, storage_record

VM = VmId(0)


def _of(record: ClusterRecord) -> Variant:
    return variant_of(record, record.vms[0])


def test_what_a_vm_is_now() -> None:
    assert _of(storage_record(busy_guest())) is Variant.SHARED_VOLUME
    assert _of(storage_record(busy_guest(lun=OWN))) is Variant.OWN_LUN
    assert _of(storage_record(busy_guest(lun=OWN), busy_guest(1, lun=OWN))) is Variant.AS_IT_IS


@pytest.mark.parametrize("wanted", [Variant.SHARED_VOLUME, Variant.OWN_LUN])
@pytest.mark.parametrize("lun", [None, OWN])
def test_the_vm_goes_there_and_the_others_stay(wanted: Variant, lun: int | None) -> None:
    record = storage_record(busy_guest(lun=OWN if lun is not None else None), busy_guest(1), busy_guest(2, 1))
    made = with_storage(record, VM, wanted)
    assert _of(made) is wanted
    assert made.vms[1:] == record.vms[1:]
    assert set(inconsistencies(made)) <= set(inconsistencies(record))


def test_a_lun_of_its_own_holds_the_disks_and_belongs_to_the_owner() -> None:
    record = storage_record(busy_guest(owner=2), busy_guest(1))
    cluster = Cluster(with_storage(record, VM, Variant.OWN_LUN))
    lun = cluster.luns[next(disk.lun for disk in cluster.vms[VM].disks if disk.lun is not None)]
    assert (lun.use, lun.owner, cluster.vms_on_lun(lun.id)) == (LunUse.VM, 2, (VM,))
    assert lun.size_bytes > cluster.vms[VM].disks[0].size_bytes


def test_without_volumes_one_is_made() -> None:
    record = storage_record(busy_guest(lun=OWN))
    without = replace(record, volumes=(), luns=tuple(lun for lun in record.luns if lun.use is not LunUse.SHARED_VOLUME))
    made = with_storage(without, VM, Variant.SHARED_VOLUME)
    assert [volume.coordinator for volume in made.volumes] == [made.vms[0].owner]
    assert _of(made) is Variant.SHARED_VOLUME


def test_disks_on_a_node_have_no_other_place() -> None:
    vm = busy_guest()
    local = replace(vm, disks=(replace(vm.disks[0], volume=None),))
    record = storage_record(local)
    assert with_storage(record, VM, Variant.OWN_LUN) is record
