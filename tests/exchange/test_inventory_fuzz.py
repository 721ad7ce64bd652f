"""Whatever is in the file: a cluster that can be, with findings, or one sentence. Never a third outcome."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hvgui.cluster.cluster import Cluster
from hvgui.cluster.consistency import inconsistencies
from hvgui.exchange.inventory import Imported, InventoryError, read_inventory

DATA = Path(__file__).parent / "data"
FILES = sorted(DATA.glob("*.json"))
RELAXED = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        [
            *(
                "",
                " ",
                "N1",
                "HV1",
                "HV2.office.example",
                "C:\\ClusterStorage",
                "C:\\ClusterStorage\\",
                "\\\\?\\Volume{",
                "\\\\a\\b\\c",
            ),
            *(
                "/Date(99999999999999999)/",
                "/Date(-1)/",
                "99999999.9:9:9",
                "1e999",
                "-0",
                "1,5",
                "16 GB",
                "NaN",
                "Running",
            ),
            *(-1, 0, 1, 2, 6, 9, 111, 2**53, 2**60, 1e300, 0.5, [], {}, [[]], [None], {"value": [], "Count": 0}),
            *(
                {"value": [{}], "Count": 1},
                {"Name": {"Name": {"Name": []}}},
                {"Ticks": "x"},
                {"value": 2, "Value": "Off"},
            ),
        ]
    ),
)
ANY_JSON = st.recursive(
    NASTY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def outcome(content: bytes, folder: Path) -> Imported | InventoryError:
    path = folder / "fuzzed.json"
    path.write_bytes(content)
    try:
        imported = read_inventory(path)
    except InventoryError as refused:
        sentence = str(refused)
        assert sentence.endswith(".")
        assert "fuzzed.json" in sentence
        assert "\n" not in sentence
        return refused
    assert inconsistencies(imported.record) == ()
    Cluster(imported.record)
    for finding in imported.findings:
        assert finding.sentence.endswith(".") or ": " in finding.sentence
        str(finding).encode()
    return imported


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a JSON value with each of its keys or indexes."""
    found: list[tuple[Any, Any]] = []
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        found.append((value, key))
        found.extend(places(value[key]))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@RELAXED
@given(data=st.data())
def test_mutated_inventories(file: Path, data: st.DataObject, tmp_path: Path) -> None:
    value = json.loads(file.read_text(encoding="utf-8"))
    for _ in range(data.draw(st.integers(1, 6))):
        spots = places(value)
        container, key = spots[data.draw(st.integers(0, len(spots) - 1))]
        change = data.draw(st.sampled_from(["replace", "replace", "remove", "double", "wrap", "move"]))
        if change == "replace":
            container[key] = copy.deepcopy(data.draw(ANY_JSON))
        elif change == "remove":
            del container[key]
        elif change == "double" and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        elif change == "wrap":
            container[key] = {"value": [container[key]], "Count": 1}
        elif change == "move":
            other, place = spots[data.draw(st.integers(0, len(spots) - 1))]
            moved = copy.deepcopy(container[key])
            if (isinstance(other, list) and place < len(other)) or (isinstance(other, dict) and place in other):
                other[place] = moved
        if not places(value):
            break
    outcome(json.dumps(value).encode(), tmp_path)


@RELAXED
@given(
    value=st.dictionaries(
        st.sampled_from(
            [
                "vms",
                "nodes",
                "hosts",
                "groups",
                "resources",
                "sharedVolumes",
                "disks",
                "networks",
                "networkInterfaces",
                "cluster",
                "problems",
                "format",
                "version",
            ]
        ),
        ANY_JSON,
    )
)
def test_sections_that_hold_anything(value: dict[str, Any], tmp_path: Path) -> None:
    outcome(json.dumps(value).encode(), tmp_path)


@RELAXED
@given(content=st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_files_that_hold_anything(content: bytes, tmp_path: Path) -> None:
    outcome(content, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@RELAXED
@given(data=st.data())
def test_damaged_files(encoding: str, data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(FILES[0].read_text(encoding="utf-8").encode(encoding))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    outcome(bytes(content), tmp_path)
