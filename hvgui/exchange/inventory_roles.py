"""What the cluster itself says of its VMs: groups (roles) and their "Virtual Machine" resources."""

from __future__ import annotations

import re

import msgspec

from hvgui.cluster.machines import Failback, FailoverPolicy, Priority
from hvgui.exchange.enumerations import FAILBACK_TYPES, GROUP_ONLINE, PRIORITIES, VM_GROUP
from hvgui.exchange.findings import Findings
from hvgui.exchange.powershell_json import PsObject

_USUAL_THRESHOLD = 4_294_967_295
"""What an unset FailoverThreshold is written as (-1 as an unsigned number)."""
_MOST_FAILURES = 1_000_000
_LONGEST_HOURS = 10_000.0
_GUID = re.compile(r"\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?", re.IGNORECASE)


class Role(msgspec.Struct):
    """A clustered VM as the cluster sees it."""

    name: str
    where: str
    vm_guid: str = ""
    owner: str = ""
    online: bool = False
    priority: Priority | None = None
    preferred_owners: tuple[str, ...] = ()
    possible_owners: tuple[str, ...] = ()
    anti_affinity: tuple[str, ...] = ()
    failover: FailoverPolicy = FailoverPolicy()
    certain: bool = True
    """False: the group's type is not given, so it may be no VM at all."""
    matched: bool = False


def guid_in(text: str) -> str:
    """The GUID in a text, in lower case without braces; empty where there is none."""
    match = _GUID.fullmatch(text.strip())
    return match[1].lower() if match else ""


class InventoryRoles:
    """Finds the role of a VM by its id, else by its name."""

    def __init__(self, root: PsObject, findings: Findings) -> None:
        self._findings = findings
        self.known = root.has("groups") or root.has("resources")
        self._roles: dict[str, Role] = {}
        for group in root.objects("groups"):
            self._group(group)
        for resource in root.objects("resources"):
            self._resource(resource)
        self._by_guid = {role.vm_guid: role for role in self._roles.values() if role.vm_guid}

    def of(self, guid: str, name: str) -> Role | None:
        """The role of a VM, marked as matched."""
        role = self._by_guid.get(guid)
        if role is None:
            by_name = self._roles.get(name.lower())
            role = by_name if by_name is not None and not by_name.vm_guid and not by_name.matched else None
        if role is not None:
            role.matched = True
        return role

    def peek(self, guid: str) -> Role | None:
        """The role with that VM id, without marking it."""
        return self._by_guid.get(guid)

    def unmatched(self) -> list[Role]:
        """Roles of VMs for which no node gave a VM."""
        return [role for role in self._roles.values() if not role.matched and (role.certain or role.vm_guid)]

    def _group(self, group: PsObject) -> None:
        kind = group.raw("GroupType")
        if kind is not None and not _is_vm_group(group):
            return
        name = group.text("Name")
        if not name or (kind is None and name.lower() in ("cluster group", "available storage")):
            return
        if name.lower() in self._roles:
            self._findings.loss(group.where, f"The role {name} is listed twice; the second one was left out.")
            return
        self._roles[name.lower()] = Role(
            name,
            group.where,
            guid_in(group.text("VmId")),
            group.text("OwnerNode"),
            bool(group.one_of(GROUP_ONLINE, "State")),
            group.one_of(PRIORITIES, "Priority") if group.has("Priority") else None,
            group.names("PreferredOwners"),
            anti_affinity=tuple(dict.fromkeys(group.names("AntiAffinityClassNames"))),
            failover=self._failover(group),
            certain=kind is not None,
        )

    def _failover(self, group: PsObject) -> FailoverPolicy:
        """Failures in a period, and failback with its hours. The threshold that stands for "one less than there are
        nodes" is written as the largest number."""
        usual = FailoverPolicy()
        threshold = group.number("FailoverThreshold")
        period = group.number("FailoverPeriod")
        most = None if threshold is None or not 0 <= threshold < _USUAL_THRESHOLD else int(threshold)
        if most is not None and most > _MOST_FAILURES:
            self._findings.doubt(group.where, f"FailoverThreshold is {most:,}; the usual number was assumed.")
            most = None
        if period is not None and not 0 < period <= _LONGEST_HOURS:
            self._findings.doubt(
                group.where, f"FailoverPeriod is {period:g} hours; {usual.period_hours:g} was assumed."
            )
            period = None
        hours = [group.number(name) for name in ("FailbackWindowStart", "FailbackWindowEnd")]
        known = [int(hour) for hour in hours if hour is not None and 0 <= hour < 24]
        failback = Failback.PREVENT
        if group.has("AutoFailbackType") and group.one_of(FAILBACK_TYPES, "AutoFailbackType"):
            failback = Failback.BETWEEN_HOURS if len(known) == 2 else Failback.IMMEDIATELY
        first, last = known if failback is Failback.BETWEEN_HOURS else (0, 0)
        return FailoverPolicy(most, usual.period_hours if period is None else float(period), failback, first, last)

    def _resource(self, resource: PsObject) -> None:
        kind = resource.text("ResourceType").lower()
        if kind and kind != "virtual machine":
            return
        group = resource.text("OwnerGroup")
        guid = guid_in(resource.text("VmId"))
        role = self._roles.get(group.lower())
        if role is None:
            if not group or not guid:
                self._findings.loss(resource.where, f"This resource belongs to no listed role ('{group}'); left out.")
                return
            role = self._roles[group.lower()] = Role(group, resource.where, owner=resource.text("OwnerNode"))
        role.vm_guid = role.vm_guid or guid
        role.possible_owners = role.possible_owners or resource.names("PossibleOwners")


def _is_vm_group(group: PsObject) -> bool:
    """Other types are roles of other kinds; they are no concern of this import and no finding."""
    text = group.text("GroupType").replace(" ", "").lower()
    return any(str(key) == text for key in VM_GROUP)
