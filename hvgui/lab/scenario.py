"""A scenario: a cluster, timed requests and an end, written down as TOML for `hvgui rehearse`.

::

    title = "Move the mail before the window closes"
    sample = "small-business"       # or: inventory = "our-cluster.json" (path from the scenario's folder); or neither:
                                    # then [[node]] and [[vm]] write the cluster down
    seed = 7                        # the weather: same seed, same course (default 1)
    profile = "2012 R2"             # the platform; or a [profile] table, see below (default: the cluster's own)
    end = "10 min"                  # or "when idle" (nothing under way any more); default: every request has ended
    at_most = "24h"                 # where neither comes about, it stops here (default 24 h)

    [[request]]
    at = "30s"                      # on the lab's clock (default 0)
    do = "live-migrate"
    vm = "SQL*"                     # a name or a pattern: one request a VM; `from = "NODE1"` keeps those on that node
    to = "NODE2"
    network = "Cluster"             # default: the cluster's own order
    queue = true                    # wait for a free place instead of being refused (default false)

Sizes: "4 GB", "512 MiB" (powers of 1024) or bytes. Rates: "1 Gbit/s", "125 MB/s" (powers of 1000), "64 MiB/s" or bytes
a second. Durations: "250 ms", "30s", "5 min", "2h" or seconds. Names are taken without regard to case; `*` and `?`
stand for any characters.

**Requests** (`do`, and what it takes besides `at`)

- `live-migrate` (vm, to, network, queue), `quick-migrate` (vm, to), `move` (vm, to, then_start),
  `cancel-migration` (vm)
- `start`, `shut-down`, `turn-off`, `save`, `pause`, `resume`, `reset`, `delete-saved-state` (vm)
- `crash-node`, `power-on-node`, `pause-node`, `resume-node`, `drain-node` (pause, and live-migrate its VMs),
  `stop-cluster-service`, `start-cluster-service`, `evict-node`, `add-node` (node)
- `new-server` (name; `like` a node: what is left out is as with it, by default with the first; memory, model, sockets,
  slat, hardware_virtualisation, in_domain, power; `links` a list of `{ network, speed }` and `paths` a list of
  `{ san, speed }`, where given, all that there are): a server that `add-node` then makes a member;
  `remove-server` (node): one that is no member. Later requests may name the server
- `partition-network` (groups: lists of nodes, e.g. `[["NODE1"], ["NODE2", "NODE3"]]`, the others are one more; network,
  default all for cluster traffic), `heal-network` (network), `set-heartbeat-loss` (network, loss 0..1, node: only its
  link), `hang-cluster-service` (node), `fail-witness-share`, `restore-witness-share`
- `set-quorum` (model "node majority", "node and disk majority", "node and file share majority" or "disk only", lun,
  share, share_network), `set-heartbeat` (delay and threshold, cross_delay and cross_threshold, of which what is left
  out stays as by default), `force-quorum` (node)
- `set-load-watch` (mode "off", "manual" or "automatic", aggressiveness 1..5, window, quiet_from and quiet_until in
  hours of the lab's day, processors_limit, memory_limit, disk_limit, network_limit 0.1..1, hysteresis 0..0.5;
  placement "spread" or "pack"; power_saving true or false, power_from and power_until in hours, power_least_nodes,
  power_rest, node_watts),
  `implement-tip`, `dismiss-tip` (tip: its number, the first is 1)
- `set-network-role` (network, role "cluster and client", "cluster only" or "none"), `set-address` (node, network,
  address), `set-link-latency` (node, network, latency), `set-san-latency` (san, latency), `set-reservations` (san,
  supported), `present-lun` (lun, nodes: a list, left out: every node)
- `misconfigure-node`, `set-node-right` (node, wrong: "domain", "virtualisation", "firewall", "cluster service",
  "services", "driver", "memory dump", "update", "release", "service pack", "installation option" or "system drive")
- `cut-link`, `restore-link` (node, network), `set-link-speed` (node, network, speed or payload)
- `start-chaos` (faults_per_hour, kinds: a list of crash, link, partition, hang, heartbeats, san, lun, path, witness,
  default all; chaos_seed; mended_after, on average), `stop-chaos`
- `patch-nodes` (nodes: a list in its order, default all that are up; restarts, default true; offline: how long each is
  off before it boots), `cancel-maintenance`
- `set-owners` (vm, preferred_owners, possible_owners: lists of nodes; left out: none preferred, every node possible),
  `set-failover-policy` (vm, and `failover`, `anti_affinity`, `start_delay`, `priority` as of a VM; what is left out
  stays)
- `set-load` (vm, load), `set-clients` (vm, connections, guest_cluster, video)
- `add-disks` (vm, disks), `cancel-add-disks` (vm), `remove-disk` (vm, slot, delete_file), `add-controller`,
  `remove-controller` (vm), `delete-disk-file` (path, node where it is a node's own). `slot` is "SCSI 0:3"; `disks` a
  list of `{ kind, name, size, volume or lun or node, parent, slot }` with `kind` fixed, dynamic or differencing,
  `{ path, slot }` of a disk that no VM has attached, or `{ lun, slot }`, the whole LUN
- `initialise-disk` (vm, slot, style MBR or GPT), `create-partition` (vm, slot, size, label, letter, mount_path,
  file_system), `format-partition` (vm, slot, partition, label, file_system), `change-drive-letter` (vm, slot,
  partition, letter, mount_path), `delete-partition` (vm, slot, partition), `set-disk-online` (vm, slot, online)
- `enable-csv`, `add-csv` (lun), `remove-csv` (volume), `move-coordinator` (volume, to), `move-lun` (lun, to),
  `create-lun` (san, name, size), `turn-on-redirected-access`, `turn-off-redirected-access`, `turn-on-maintenance`,
  `turn-off-maintenance`, `take-volume-offline`, `bring-volume-online` (volume)
- `set-memory` (vm, memory: a table as of a VM, of which what is left out stays), `set-processors` (vm, vcpus,
  processor_weight, processor_reserve, processor_limit, processor_compatibility), `install-integration-services` (vm),
  `replace-processors` (node, model, sockets, slat)
- `take-snapshot` (vm, name), `apply-snapshot` (vm, snapshot, take_first: a snapshot of what is now before), `revert`
  (vm), `rename-snapshot` (vm, snapshot, name), `delete-snapshot` (vm, snapshot, subtree: with all that build on it),
  `merge-snapshots` (vm: after a merge was cancelled), `cancel-snapshot` (vm: one being taken, or a merge). `snapshot`
  is a name, meaning the newest of that name when the moment comes, or a number, counted from 1 as they are taken
- `clone-vm` (vm, name; to, volume or lun: else where the original is; generalised; guid: else drawn from the names),
  `cancel-import` (vm: the copy), `set-template` (vm, template), `generalise` (vm), `delete-vm` (vm, delete_files);
  `import-vm` (folder: an export beside the scenario, of one VM; restore; node, volume or lun, name, generalised;
  copies: false where its files lie there already). Later requests may name the VM that was made
- `fail-san`, `restore-san` (san), `fail-lun`, `restore-lun` (lun), `fail-path`, `restore-path` (node, san),
  `set-path-speed` (node, san, speed)

**[[vm]]** changes VMs of the sample or inventory by `name` or pattern; with `new = true`, or without sample and
inventory, it adds one. All but `name` (and, for a new one, `node` and `memory`) may be left out.

- `node` owner; `state` running, off, saved or paused; `vcpus`; `priority` no auto start, low, medium or high;
  `clustered`, `processor_compatibility`, `integration_components` true or false; `guest` its system
- `preferred_owners`, `possible_owners` lists of nodes; `anti_affinity` a list of classes; `start_delay` after a
  failover; `failover` a table of `most_failures` in `period` (default: one less than there are nodes, in 6 h), and
  `failback` "prevent", "immediately" or "between hours" `from_hour` and `to_hour` (0..23 of the lab's day)
- `processor_weight` (1..10,000), `processor_reserve` and `processor_limit` (percent of its virtual processors)
- `memory` a size, or a table of `startup`, `minimum`, `maximum`, `dynamic`, `buffer_percent`, `weight`
- `regions` a list of `{ name, size, write_rate, pattern, zero_share }`, laid one after the other from address 0;
  `pattern` is "cyclic" (page after page, round and round) or "random" (the default); `zero_share` (0..1) the pages
  that hold only zeros until they are written. Regions that are not given keep their share of a changed memory
- `zero_share` the share of zero pages in the memory behind the regions, which is never written
- `load` a table of `cpu` and `memory` (shares; that of memory of the startup memory, above 1 with dynamic memory),
  `disk_iops`, `disk_growth` (rate: what is written for good, so that dynamic disks grow), `network` (rate); each a
  level, or a curve `{ kind, level, swing, period, peak, burst_share, noise, recorded }` with `kind` constant, daily,
  bursty, ramp or recorded. Regions are written at their rates while the guest gets the processor time of its mean
  load; given another load by a request, it writes more or less in proportion. What `network` says is shown in figures
  and takes nothing from migrations; a `video` does
- `connections` TCP clients; `guest_cluster`; `video` true, false or `{ rate, buffer }`
- new ones only: `disk` its size, `storage` "shared volume" (default), "lun" (one of its own) or "local"

**[[node]]** `name`, `memory`, `root_reserve`, `live_migrations` (at once), `state` up, paused or down, `processor` a
name of the catalogue ("2 x xeon-e5540", "opteron-2356") or a table of `model`, `vendor`, `sockets`,
`cores_per_socket`, `threads_per_core`, `features`, `slat`. How it is set up, for validation: `domain`, `system_drive`,
`hardware_virtualisation`, `system`, `service_pack`, `option` "full" or "core", `architecture`, `updates`,
`unsigned_drivers`, `stopped_services` (lists), `cluster_service_automatic`, `memory_dump`, `firewall_open`.

**[[network]]** `name`, `role` "cluster and client", "cluster only" or "none", `gateway`, `metric`, `address`
("10.0.0.0/16").

**[[link]]** `node` and `network` (names or patterns; left out: all), `speed` (nominal: TCP gets 94.1 % of it) or
`payload` (what TCP gets), `latency` (one way; a migration has `in_flight` bytes on its way at most, so that it gets
no more than `in_flight` a round trip), `up`, `address`.

**[[san]]** `name`, `speed`, `iops`, `latency`, `up`, `persistent_reservations`.

All three add with `new = true`, or without sample and inventory. A cluster written down whole has, unless it says
otherwise, one network "LAN" at one gigabit and a SAN of 400 MB/s with one Cluster Shared Volume.

**[profile]** `base` a platform ("2012 R2"; default: the cluster's own), and over it:

- how passes end: `stop` "hyper-v" (after `max_passes`, when the rest fits, or when passes no longer shrink) or
  "threshold" (when the rest fits bandwidth x `blackout_target`; `max_passes` 0 is no limit); `max_passes`,
  `blackout_target`, `not_shrinking_ratio`
- times: `setup`, `sync` (gathering dirty pages after a pass), `stop_time` (stopping the guest), `storage_handover`,
  `lun_move`, `resume`, `arp`, `quick_flush`, `quick_fixed`, `group_move`, `boot`, `shutdown`
- sizes: `device_state`, `in_flight`, `page_overhead`, `zero_page`
- rates: `bandwidth_cap` (of the passes), `stop_line_rate` (in the blackout, where it is not the link's)
- `live_migrations_per_node`, `tcp_timeout`, `guest_cluster_timeout`
- limits: `logical_processors`, `host_memory`, `running_vms_per_node`, `vcpus_per_node`, `vcpus_per_vm`,
  `memory_per_vm`, `nodes`, `vms`, `vhd`, `vcpus_per_logical_processor`, `desktop_vcpus_per_logical_processor` (where
  every guest of a node is a Windows 7), `scsi_controllers`,
  `disks_per_scsi_controller`, `snapshots_per_vm`, `adapters_per_vm`, `macs_per_node`
- features, true or false: `dynamic_memory`, `minimum_memory`, `makes_room`, `smart_paging`, `drain`,
  `queues_live_migrations`, `dynamic_quorum`, `live_merge`, `balancing`
"""

from __future__ import annotations

import enum
from pathlib import Path

import msgspec

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.units import nanoseconds
from hvgui.exchange.inventory import InventoryError, read_inventory
from hvgui.exchange.samples import sample, sample_names
from hvgui.lab.scenario_cluster import read_cluster
from hvgui.lab.scenario_requests import TimedRequest, read_requests
from hvgui.lab.scenario_table import Table, read_toml

WHEN_IDLE = "when idle"
_DAY_SECONDS = 86_400.0


class End(enum.Enum):
    """What ends a rehearsal."""

    REQUESTS = "when every request has ended"
    IDLE = WHEN_IDLE
    TIME = "at a moment"


class Scenario(msgspec.Struct, frozen=True):
    """A scenario, read and checked: everything that it names is in its cluster."""

    title: str
    seed: int
    record: ClusterRecord
    requests: tuple[TimedRequest, ...]
    """By their moments."""
    end: End
    end_ns: int
    """The moment of the end, or with REQUESTS and IDLE the last moment to which they are waited for."""


def read_scenario(path: Path) -> Scenario:
    """Reads a scenario. Raises ScenarioError, one sentence with file, line and table, for whatever is wrong in it."""
    root = read_toml(path)
    seed = root.whole("seed", 0, 2**63 - 1)
    if seed is None:
        seed = 1
    record = read_cluster(root, _base(root, seed), seed)
    requests = read_requests(root, record)
    end, end_ns = _end(root)
    scenario = Scenario(root.text("title") or path.stem, seed, record, requests, end, end_ns)
    root.close()
    if requests and requests[-1].at_ns > end_ns:
        raise root.error("a request comes after the end of the scenario; see 'end' and 'at_most'.", "end")
    return scenario


def _base(root: Table, seed: int) -> ClusterRecord | None:
    name, inventory = root.text("sample"), root.text("inventory")
    if name is not None and inventory is not None:
        raise root.error("'sample' and 'inventory' are two clusters; keep one.", "inventory")
    if inventory is not None:
        return _imported(root, inventory)
    if name is None:
        return None
    return sample(root.needed("sample", root.choice("sample", {one: one for one in sample_names()})), seed)


def _imported(root: Table, inventory: str) -> ClusterRecord:
    """The cluster of an inventory beside the scenario. What was doubtful in it is told by `hvgui inventory`."""
    try:
        return read_inventory(root.path.parent / inventory).record
    except (InventoryError, ValueError) as error:
        raise root.error(f"the inventory can't be used: {error}", "inventory") from None


def _end(root: Table) -> tuple[End, int]:
    at_most = root.duration("at_most")
    last = nanoseconds(_DAY_SECONDS if at_most is None else at_most)
    if not root.has("end"):
        return End.REQUESTS, last
    if root.is_text("end", WHEN_IDLE):
        return End.IDLE, last
    return End.TIME, nanoseconds(root.needed("end", root.duration("end")))
