"""The platform of a scenario: `profile = "2012 R2"`, or a `[profile]` table that starts from one and overrides values.

The keys are the fields of the profile's own records without their units (`setup` for `setup_seconds`), so whatever a
profile knows can be overridden, and the field's type says how its value is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from hvgui.cluster.profiles import PROFILES, MigrationTimings, Profile, StopRule, profile_named
from hvgui.lab.scenario_table import Table

_STOP_RULES = {rule.value: rule for rule in StopRule}
_OTHER_NAMES = {"stop_seconds": "stop_time", "stop_line_bytes_per_second": "stop_line_rate"}
"""`stop` is the rule by which passes end; these are the two timings that would be mistaken for it."""
_UNITS = ("_bytes_per_second", "_seconds", "_bytes")

R = TypeVar("R", bound=msgspec.Struct)


def read_profile(root: Table, base: Profile) -> Profile:
    """The profile that the scenario asks for; `base`, the cluster's own, where it asks for none."""
    if not root.is_table("profile"):
        name = root.text("profile")
        return base if name is None else root.choice("profile", PROFILES) or base
    table = root.needed("profile", root.table("profile"))
    named = table.choice("base", PROFILES) or base
    profile = _overridden(
        table,
        named,
        pass_rule=_overridden(table, named.pass_rule),
        timings=_overridden(table, named.timings),
        limits=_overridden(table, named.limits),
        features=_overridden(table, named.features),
    )
    table.close()
    _check(table, profile)
    return profile


def profile_keys() -> tuple[str, ...]:
    """Every key of a `[profile]` table."""
    profile = profile_named("2008 R2")
    records = (profile.pass_rule, profile.timings, profile, profile.limits, profile.features)
    return ("base", *(_key(field) for record in records for field in _plain_fields(record)))


def _overridden(table: Table, record: R, **parts: msgspec.Struct) -> R:
    given: dict[str, Any] = dict(parts)
    for field, value in _plain_fields(record).items():
        read = _read(table, field, value)
        if read is not None:
            given[field] = read
    return msgspec.structs.replace(record, **given)


def _plain_fields(record: msgspec.Struct) -> Mapping[str, object]:
    """The record's own values: neither records within it nor its name."""
    values = {name: getattr(record, name) for name in record.__struct_fields__ if name != "name"}
    return {name: value for name, value in values.items() if not isinstance(value, msgspec.Struct)}


def _key(field: str) -> str:
    if field in _OTHER_NAMES:
        return _OTHER_NAMES[field]
    for unit in _UNITS:
        if field.endswith(unit):
            return field.removesuffix(unit)
    return field


def _read(table: Table, field: str, value: object) -> object:
    key = _key(field)
    if isinstance(value, StopRule):
        return table.choice(key, _STOP_RULES)
    if isinstance(value, bool):
        return table.flag(key)
    if field.endswith("_bytes_per_second"):
        return table.rate(key)
    if field.endswith("_seconds"):
        return table.duration(key)
    if field.endswith("_bytes"):
        return table.size(key)
    return table.whole(key) if isinstance(value, int) else table.number(key, 0.0, 1.0)


def _check(table: Table, profile: Profile) -> None:
    rule = profile.pass_rule
    if rule.stop is StopRule.HYPER_V and rule.max_passes < 1:
        raise table.error("'max_passes' is 0, no limit, which only the stop rule 'threshold' knows.", "max_passes")
    if rule.max_passes < 1 and rule.blackout_target_seconds < 0.001:
        sentence = "'blackout_target' is below 1 ms and 'max_passes' no limit: no migration would ever end."
        raise table.error(sentence, "blackout_target")
    if profile.live_migrations_per_node < 1:
        raise table.error("'live_migrations_per_node' is 0: nothing could migrate.", "live_migrations_per_node")
    timings: MigrationTimings = profile.timings
    if timings.bandwidth_cap_bytes_per_second and timings.bandwidth_cap_bytes_per_second < 1000:
        raise table.error("'bandwidth_cap' is below 1 kB/s; leave it out for no cap.", "bandwidth_cap")
