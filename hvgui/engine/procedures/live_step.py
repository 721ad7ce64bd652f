"""The steps of a live migration."""

from __future__ import annotations

import enum


class LiveStep(enum.Enum):
    """See the table of `live`. JOINING: the instant between SETUP and COPYING; the flow is open, its rate not known."""

    QUEUED = "queued"
    SETUP = "setup"
    JOINING = "joining"
    COPYING = "copying"
    SENDING = "sending"
    HANDOVER = "handover"
    ARP = "arp"
