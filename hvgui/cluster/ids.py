"""Ids: small integers, unique per kind within one lab, never used twice. Names may change and repeat; ids may not.

They start at 0 and are handed out in order, so that a VM's or node's id is also its row in the engine's columns.
"""

from __future__ import annotations

from typing import NewType

NodeId = NewType("NodeId", int)
VmId = NewType("VmId", int)
NetworkId = NewType("NetworkId", int)
SanId = NewType("SanId", int)
LunId = NewType("LunId", int)
VolumeId = NewType("VolumeId", int)
TaskId = NewType("TaskId", int)
