"""The load watch as a scenario sets it, kept in a lab that replays to the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from hvgui.cluster.balance_plan import Policy
from hvgui.cluster.ids import NodeId
from hvgui.cluster.load_watch import LoadWatch, WatchMode
from hvgui.cluster.power_saving import PowerSaving
from hvgui.lab.rehearsal import rehearse
from hvgui.lab.scenario import read_scenario
from hvgui.lab.scenario_table import ScenarioError
from hvgui.lab.verification import verify

WATCHED = """
sample = "small-business"
seed = 4
end = "20 min"

[[request]]
at = "1s"
do = "set-load-watch"
mode = "{mode}"
aggressiveness = 5
window = "1 min"
processors_limit = {limit}

[[request]]
at = "2s"
do = "set-load"
vm = "*"
from = "HV01"
load = {{ cpu = {{ level = 0.8 }} }}
"""


def read(folder: Path, text: str) -> Path:
    path = folder / "watched.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_automatic_watch_moves_vms_and_the_lab_replays_to_the_same(tmp_path: Path) -> None:
    lab = tmp_path / "watched.hvlab"
    story = read_scenario(read(tmp_path, WATCHED.format(mode="automatic", limit=0.5)))
    done = rehearse(story, lab=lab)
    assert done.world.cluster.load_watch.mode is WatchMode.AUTOMATIC
    assert "tip-raised" in {event.code for event in done.incidents}
    moved = [vm for vm in story.record.vms if done.world.cluster.vms[vm.id].owner != vm.owner]
    assert moved
    assert {story.record.nodes[vm.owner].name for vm in moved} == {"HV01"}
    assert verify(lab).agrees


def test_a_tip_is_carried_out_by_its_number(tmp_path: Path) -> None:
    more = '[[request]]\nat = "10 min"\ndo = "{do}"\ntip = 1\n'
    text = WATCHED.format(mode="manual", limit=0.5)
    for do, moved in (("implement-tip", 1), ("dismiss-tip", 0)):
        story = read_scenario(read(tmp_path, text + more.format(do=do)))
        done = rehearse(story)
        asked = done.requests[-1]
        assert (asked.do, asked.result, asked.message) == (do, "succeeded", asked.message)
        assert sum(done.world.cluster.vms[vm.id].owner != vm.owner for vm in story.record.vms) == moved


def test_every_setting_can_be_written(tmp_path: Path) -> None:
    text = """
    sample = "small-business"
    [[request]]
    do = "set-load-watch"
    mode = "automatic"
    aggressiveness = 2
    window = "10 min"
    quiet_from = 22.5
    quiet_until = 6
    processors_limit = 0.7
    memory_limit = 0.8
    disk_limit = 0.6
    network_limit = 0.5
    hysteresis = 0.2
    """
    done = rehearse(read_scenario(read(tmp_path, text)))
    wanted = LoadWatch(WatchMode.AUTOMATIC, 2, 600, 22.5, 6.0, 0.7, 0.8, 0.6, 0.5, 0.2)
    assert done.world.cluster.load_watch == wanted


@pytest.mark.parametrize("mode", ["sometimes", ""])
def test_a_mode_that_is_none_is_a_sentence(mode: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="mode"):
        read_scenario(read(tmp_path, WATCHED.format(mode=mode, limit=0.5)))


SAVING = """
sample = "small-business"
seed = 4
end = "3 h"

[[request]]
at = "1s"
do = "set-load-watch"
mode = "automatic"
window = "1 min"
placement = "pack"
power_saving = true
power_from = 0
power_until = 2.5
power_least_nodes = 2
power_rest = "10 min"
node_watts = 150

[[request]]
at = "2s"
do = "set-load"
vm = "*"
load = { cpu = { level = 0.05 } }
"""


def test_a_scenario_saves_power_in_its_hours_and_replays_to_the_same(tmp_path: Path) -> None:
    story = read_scenario(read(tmp_path, SAVING))
    # Three nodes keep no quorum with one off and one more lost; five do.
    record = story.record
    more = tuple(replace(record.nodes[-1], id=NodeId(number), name=f"HV{number + 1:02}") for number in (3, 4))
    links = tuple(
        replace(link, node=node.id, address="") for node in more for link in record.links if link.node == NodeId(2)
    )
    larger = replace(record, nodes=(*record.nodes, *more), links=(*record.links, *links))
    story = replace(story, record=larger)
    lab = tmp_path / "saving.hvlab"
    done = rehearse(story, lab=lab)
    watch = done.world.cluster.load_watch
    assert watch.placement is Policy.PACK
    assert watch.power == PowerSaving(True, 0.0, 2.5, 2, 600, 150.0)
    with closing(sqlite3.connect(lab)) as kept:
        codes = {code for (code,) in kept.execute("SELECT DISTINCT code FROM event")}
    assert {"power-off", "power-on", "power-filling"} <= codes
    assert all(node.is_up for node in done.world.cluster.nodes.values())
    assert done.world.cluster.power.saved_ns > 0
    assert verify(lab).agrees


def test_power_saving_without_the_automatic_is_a_warning(tmp_path: Path) -> None:
    done = rehearse(read_scenario(read(tmp_path, SAVING.replace('mode = "automatic"', 'mode = "manual"'))))
    assert done.requests[0].result == "succeeded"
    assert "Set the load watch to automatic" in done.requests[0].warnings[0]
