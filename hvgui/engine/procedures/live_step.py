"""The steps of a live migration."""

from __future__ import annotations

import enum


class LiveStep(enum.Enum):
    """See the table of `live`. JOINING: the instant between SETUP and COPYING; the flow is open, its rate not known.
    STUNNED: the target died in mid-copy, and the guest stands at the source for a moment before it runs on there."""

    QUEUED = "queued"
    SETUP = "setup"
    JOINING = "joining"
    COPYING = "copying"
    STUNNED = "stunned"
    SENDING = "sending"
    HANDOVER = "handover"
    ARP = "arp"
