"""Every request there is: the union for typed decoding, and each by its name."""

from __future__ import annotations

from typing import get_args

from hvgui.requests.faults import (
    CrashNode,
    CutLink,
    PauseNode,
    PowerOnNode,
    RestoreLink,
    ResumeNode,
    SetLinkSpeed,
)
from hvgui.requests.guests import SetClients, SetLoad
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
from hvgui.requests.migration import CancelMigration, LiveMigrate, MoveVm, QuickMigrate
from hvgui.requests.request import Request

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
    | RestoreLink
    | SetLinkSpeed
    | CrashNode
    | PowerOnNode
    | PauseNode
    | ResumeNode
    | SetLoad
    | SetClients
)
"""What a journal holds: decode with `msgspec.msgpack.decode(data, type=AnyRequest)`."""

REQUEST_TYPES: dict[str, type[Request]] = {str(one.__struct_config__.tag): one for one in get_args(AnyRequest)}
"""Each request by its name (`live-migrate`, `crash-node` ...)."""
