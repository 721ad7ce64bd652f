"""Every request there is: the union for typed decoding, and each by its name."""

from __future__ import annotations

from typing import get_args

from hvgui.requests.chaos import StartChaos, StopChaos
from hvgui.requests.cloning import CloneVm
from hvgui.requests.disks import (
    AddController,
    AddDisks,
    CancelAddDisks,
    DeleteDetachedDisk,
    RemoveController,
    RemoveDisk,
)
from hvgui.requests.fabric_setup import (
    PresentLun,
    SetAddress,
    SetLinkLatency,
    SetNetworkRole,
    SetReservations,
    SetSanLatency,
)
from hvgui.requests.failover_policy import SetFailoverPolicy, SetOwners
from hvgui.requests.faults import (
    CrashNode,
    CutLink,
    PauseNode,
    PowerOnNode,
    RestoreLink,
    ResumeNode,
    SetLinkSpeed,
)
from hvgui.requests.guest_disks import (
    ChangeDriveLetter,
    CreatePartition,
    DeletePartition,
    FormatPartition,
    InitialiseDisk,
    SetDiskOnline,
)
from hvgui.requests.guests import SetClients, SetLoad
from hvgui.requests.imports import CancelImport, ImportVm
from hvgui.requests.integration import InstallIntegrationServices
from hvgui.requests.lifecycle import (
    DeleteSavedState,
    PauseVm,
    ResetVm,
    ResumeVm,
    SaveVm,
    ShutDownVm,
    StartVm,
    TurnOffVm,
)
from hvgui.requests.load_watch import DismissTip, ImplementTip, SetLoadWatch
from hvgui.requests.maintenance import CancelMaintenance, PatchNodes
from hvgui.requests.memory import SetMemory
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.misconfigurations import MisconfigureNode, SetNodeRight
from hvgui.requests.network_faults import (
    FailWitnessShare,
    HangClusterService,
    HealNetwork,
    PartitionNetwork,
    RestoreWitnessShare,
    SetHeartbeatLoss,
)
from hvgui.requests.new_server import NewServer
from hvgui.requests.node_service import AddNode, DrainNode, EvictNode, StartClusterService, StopClusterService
from hvgui.requests.processors import ReplaceProcessors, SetProcessors
from hvgui.requests.quorum import ForceQuorum, SetHeartbeat, SetQuorum
from hvgui.requests.remove_server import RemoveServer
from hvgui.requests.request import Request
from hvgui.requests.shared_volumes import AddSharedVolume, CreateLun, EnableSharedVolumes, MoveLun, RemoveSharedVolume
from hvgui.requests.snapshot_merges import CancelSnapshot, MergeSnapshots
from hvgui.requests.snapshots import ApplySnapshot, DeleteSnapshot, RenameSnapshot, RevertVm, TakeSnapshot
from hvgui.requests.storage_faults import (
    FailLun,
    FailPath,
    FailSan,
    RestoreLun,
    RestorePath,
    RestoreSan,
    SetPathSpeed,
)
from hvgui.requests.templates import DeleteVm, Generalise, SetTemplate
from hvgui.requests.volume_requests import (
    BringVolumeOnline,
    MoveCoordinator,
    TakeVolumeOffline,
    TurnOffMaintenance,
    TurnOffRedirectedAccess,
    TurnOnMaintenance,
    TurnOnRedirectedAccess,
)

AnyRequest = (
    LiveMigrate
    | QuickMigrate
    | MoveVm
    | CancelMigration
    | StartVm
    | ShutDownVm
    | TurnOffVm
    | SaveVm
    | PauseVm
    | ResumeVm
    | ResetVm
    | DeleteSavedState
    | CutLink
    | SetAddress
    | SetLinkLatency
    | SetNetworkRole
    | SetSanLatency
    | SetReservations
    | PresentLun
    | RestoreLink
    | SetLinkSpeed
    | CrashNode
    | PowerOnNode
    | MisconfigureNode
    | SetNodeRight
    | PauseNode
    | ResumeNode
    | SetLoad
    | SetClients
    | SetMemory
    | SetProcessors
    | ReplaceProcessors
    | InstallIntegrationServices
    | TakeSnapshot
    | ApplySnapshot
    | RevertVm
    | RenameSnapshot
    | DeleteSnapshot
    | MergeSnapshots
    | CancelSnapshot
    | AddDisks
    | CancelAddDisks
    | RemoveDisk
    | AddController
    | RemoveController
    | DeleteDetachedDisk
    | InitialiseDisk
    | CreatePartition
    | FormatPartition
    | ChangeDriveLetter
    | DeletePartition
    | SetDiskOnline
    | EnableSharedVolumes
    | AddSharedVolume
    | RemoveSharedVolume
    | MoveLun
    | CreateLun
    | MoveCoordinator
    | TurnOnRedirectedAccess
    | TurnOffRedirectedAccess
    | TurnOnMaintenance
    | TurnOffMaintenance
    | TakeVolumeOffline
    | BringVolumeOnline
    | FailSan
    | RestoreSan
    | FailLun
    | RestoreLun
    | FailPath
    | RestorePath
    | SetPathSpeed
    | PartitionNetwork
    | HealNetwork
    | SetHeartbeatLoss
    | HangClusterService
    | FailWitnessShare
    | RestoreWitnessShare
    | SetQuorum
    | SetHeartbeat
    | ForceQuorum
    | DrainNode
    | StopClusterService
    | StartClusterService
    | EvictNode
    | AddNode
    | SetOwners
    | SetFailoverPolicy
    | StartChaos
    | StopChaos
    | PatchNodes
    | CancelMaintenance
    | SetLoadWatch
    | ImplementTip
    | DismissTip
    | ImportVm
    | CancelImport
    | CloneVm
    | SetTemplate
    | Generalise
    | DeleteVm
    | NewServer
    | RemoveServer
)
"""What a journal holds: decode with `msgspec.msgpack.decode(data, type=AnyRequest)`."""

REQUEST_TYPES: dict[str, type[Request]] = {str(one.__struct_config__.tag): one for one in get_args(AnyRequest)}
"""Each request by its name (`live-migrate`, `crash-node` ...)."""
