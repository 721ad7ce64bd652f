"""Rehearsals: the article's experiment, working sets that outrun the link, crashes and cancels in mid-copy."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.cluster.machines import VmState
from hvgui.cluster.maintenance import PlanState
from hvgui.cluster.nodes import NodeState
from hvgui.cluster.power_saving import saved_kilowatt_hours
from hvgui.cluster.units import GIB
from hvgui.engine.watch_figures import watch_figures
from hvgui.lab.rehearsal import Rehearsal, rehearse
from hvgui.lab.request_outcome import RequestOutcome
from hvgui.lab.scenario import read_scenario
from hvgui.shipped import shipped_folder

SHIPPED = sorted((shipped_folder() / "scenarios").glob("*.toml"))


def rehearsed(folder: Path, text: str) -> Rehearsal:
    path = folder / "story.toml"
    path.write_text(text, encoding="utf-8")
    return rehearse(read_scenario(path))


def shipped(name: str) -> tuple[RequestOutcome, ...]:
    return rehearse(read_scenario(shipped_folder() / "scenarios" / f"{name}.toml")).requests


def test_the_articles_experiment_nobody_notices_the_live_migration() -> None:
    live, quick = shipped("article-experiment")
    assert (live.do, live.vm, live.source, live.to) == ("live-migrate", "FS01", "NODE1", "NODE2")
    assert (live.result, live.converged) == ("succeeded", True)
    assert (live.streams_stalled, live.stall_seconds, live.connections_lost) == (0, 0.0, 0)
    assert live.blackout_seconds is not None
    assert live.blackout_seconds < 1.0
    assert quick.result == "succeeded"
    assert quick.streams_stalled == 1
    assert quick.stall_seconds is not None
    assert quick.stall_seconds > 20.0
    assert quick.connections_lost == 4
    assert quick.passes is None


def test_on_a_hundred_megabit_one_is_warned_and_the_film_stalls() -> None:
    (live,) = shipped("hundred-megabit")
    assert live.result == "succeeded"
    assert any("100 Mbit/s" in warning for warning in live.warnings)
    assert live.streams_stalled == 1
    assert live.connections_lost == 0


def test_a_working_set_that_outruns_the_link_is_not_refused_and_goes_dark_for_its_whole_length() -> None:
    (live,) = shipped("working-set-outruns-link")
    assert (live.result, live.converged, live.warnings) == ("succeeded", False, ())
    assert live.blackout_seconds == pytest.approx(1024**3 * 4104 / 4096 / 117.7e6, rel=0.03)
    assert live.stall_seconds == pytest.approx(live.blackout_seconds - 4.0, abs=0.2)


def test_in_a_storm_each_waits_for_its_turn_and_the_cancelled_one_stays() -> None:
    *migrations, cancel = shipped("migration-storm")
    assert cancel.result == "succeeded"
    assert [one.vm for one in migrations if one.result != "succeeded"] == ["SQL01"]
    assert {one.result for one in migrations} == {"succeeded", "cancelled"}
    spans = sorted((one.ended_at_seconds or 0.0, one.duration_seconds or 0.0) for one in migrations)
    for (ended, _), (next_ended, next_took) in pairwise(spans):
        assert next_ended - next_took >= ended - 1e-6


def test_a_target_that_crashes_leaves_the_vm_where_it_was_and_a_source_takes_it_along() -> None:
    first, crash, _, second, _ = shipped("node-crash-in-mid-copy")
    assert (first.result, first.connections_lost, first.converged) == ("failed", 0, None)
    assert "runs on at NODE1" in first.message
    assert crash.at_seconds == 40.0
    assert first.ended_at_seconds == 40.012, "the guest stands for 12 ms when its target dies in mid-copy"
    assert (crash.node, crash.vm, crash.result, crash.duration_seconds) == ("NODE2", None, "succeeded", None)
    assert (second.result, second.connections_lost) == ("failed", 4)


def test_quorum_is_lost_forced_and_found_again() -> None:
    ended = rehearse(read_scenario(shipped_folder() / "scenarios" / "quorum-loss.toml"))
    assert {one.result for one in ended.requests} == {"succeeded"}
    codes = [event.code for event in ended.incidents]
    assert codes.count("quorum-lost") == 2, "on the two nodes that were left"
    assert codes.index("quorum-lost") < codes.index("quorum-forced")
    cluster = ended.world.cluster
    assert {vm.state for vm in cluster.vms.values()} == {VmState.RUNNING}
    owners = {vm.name: cluster.nodes[vm.owner].name for vm in cluster.vms.values()}
    assert owners["SQL01"] == "N3", "it went back to its preferred owner"
    assert owners["DC01"] != owners["DC02"]
    assert cluster.quorum.forced == ()


def test_all_nodes_are_patched_and_nobody_loses_a_connection() -> None:
    ended = rehearse(read_scenario(shipped_folder() / "scenarios" / "rolling-maintenance.toml"))
    cluster = ended.world.cluster
    assert cluster.maintenance.state is PlanState.COMPLETED
    assert len(cluster.maintenance.done) == len(cluster.nodes)
    assert "vm-lost" not in {event.code for event in ended.incidents}


def test_a_hot_node_is_relieved_by_hand_and_then_by_itself() -> None:
    ended = rehearse(read_scenario(shipped_folder() / "scenarios" / "load-watch.toml"))
    assert {one.result for one in ended.requests} == {"succeeded"}
    codes = [event.code for event in ended.incidents]
    assert codes == ["tip-raised", "tip-carried-out"] * 2
    raised, by_hand, again, by_itself = (event.time_ns / 60e9 for event in ended.incidents)
    assert raised < 20.0 < by_hand < 55.0 < again <= by_itself
    cluster = ended.world.cluster
    assert cluster.tips.all == ()
    assert sum(cluster.nodes[vm.owner].name != "HOST1" for vm in cluster.vms.values() if vm.name.startswith("WEB")) == 2
    seen, watch = watch_figures(ended.world), cluster.load_watch
    assert all(seen.pressure(watch, node) <= 1.0 for node in cluster.nodes)


def test_a_night_with_power_saving_leaves_nobody_without_a_place() -> None:
    ended = rehearse(read_scenario(shipped_folder() / "scenarios" / "power-saving.toml"))
    assert {one.result for one in ended.requests} == {"succeeded"}
    cluster = ended.world.cluster
    nodes = tuple(cluster.nodes.values())
    assert all(node.state is NodeState.UP for node in nodes)
    assert all(vm.state is VmState.RUNNING for vm in cluster.vms.values())
    assert "failover-pending" not in {event.code for event in ended.incidents}
    assert cluster.power.woken == ()
    saved = saved_kilowatt_hours(cluster.load_watch.power, cluster.power, nodes, ended.world.now_ns)
    assert 1.0 < saved < 2 * 6 * 0.22


def test_a_cluster_grows_while_everybody_works() -> None:
    ended = rehearse(read_scenario(shipped_folder() / "scenarios" / "grow-the-cluster.toml"))
    cluster = ended.world.cluster
    new = next(node for node in cluster.nodes.values() if node.name == "HV04")
    assert (new.state, new.is_member, new.memory_bytes) == (NodeState.UP, True, 96 * GIB)
    assert {cluster.vms[vm].name for vm in cluster.vms_on(new.id)} == {"WEB01", "WEB02", "WEB03"}
    assert [one.node for one in ended.requests if one.do == "new-server"] == ["HV04"]
    assert not ended.incidents


def test_after_a_night_of_chaos_everything_runs() -> None:
    ended = rehearse(read_scenario(shipped_folder() / "scenarios" / "chaos-night.toml"))
    assert sum(event.code == "node-removed" for event in ended.incidents) > 5
    cluster = ended.world.cluster
    assert {node.state for node in cluster.nodes.values()} == {NodeState.UP}
    lost = [vm for vm in cluster.vms.values() if vm.state in (VmState.CRITICAL, VmState.PAUSED_CRITICAL)]
    assert lost == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_same_scenario_and_seed_end_the_same(path: Path) -> None:
    first, second = rehearse(read_scenario(path)), rehearse(read_scenario(path))
    assert first.requests == second.requests
    assert first.incidents == second.incidents
    assert first.ended_at_seconds == second.ended_at_seconds


MIGRATION = '[[request]]\nat = "10s"\ndo = "live-migrate"\nvm = "FS01"\nto = "NODE2"\n'
LAB = 'sample = "article-lab"\n'


def test_a_refused_request_says_why_and_nothing_else_happens(tmp_path: Path) -> None:
    ended = rehearsed(tmp_path, LAB + MIGRATION.replace('to = "NODE2"', 'to = "NODE1"'))
    (refused,) = ended.requests
    assert refused.result == "refused"
    assert refused.message.startswith("FS01 is on NODE1 already.")
    assert refused.duration_seconds is refused.ended_at_seconds is refused.sent_bytes is None
    assert ended.ended_at_seconds == 10.0


def test_what_has_not_ended_at_the_end_is_unfinished(tmp_path: Path) -> None:
    ended = rehearsed(tmp_path, 'end = "20s"\n' + LAB + MIGRATION)
    (cut_short,) = ended.requests
    assert (cut_short.result, cut_short.ended_at_seconds, cut_short.blackout_seconds) == ("unfinished", None, None)
    assert ended.ended_at_seconds == 20.0


def test_an_end_when_idle_and_one_at_a_moment(tmp_path: Path) -> None:
    idle = rehearsed(tmp_path, 'end = "when idle"\n' + LAB + MIGRATION)
    assert 30.0 < idle.ended_at_seconds < 40.0
    late = rehearsed(tmp_path, 'end = "1h"\n' + LAB + MIGRATION)
    assert late.ended_at_seconds == 3600.0
    assert late.requests == idle.requests


def test_a_rule_without_limit_gives_up_when_it_is_told_to(tmp_path: Path) -> None:
    text = """
    at_most = "5 min"
    sample = "article-lab"
    [profile]
    stop = "threshold"
    max_passes = 0
    [[vm]]
    name = "FS01"
    regions = [{ name = "hot", size = "1 GB", write_rate = "400 MB/s" }]
    """
    ended = rehearsed(tmp_path, text + MIGRATION)
    assert [one.result for one in ended.requests] == ["unfinished"]
    assert ended.ended_at_seconds == 300.0


def test_a_cancel_of_nothing_is_refused_and_one_in_mid_copy_leaves_the_vm_behind(tmp_path: Path) -> None:
    cancel = '[[request]]\nat = "{}"\ndo = "cancel-migration"\nvm = "FS01"\n'
    early, migration, cancelled = rehearsed(
        tmp_path, LAB + cancel.format("5s") + MIGRATION + cancel.format("20s")
    ).requests
    assert (early.result, early.message) == ("refused", "FS01 is in no migration at this moment.")
    assert (cancelled.result, cancelled.vm) == ("succeeded", "FS01")
    assert (migration.result, migration.ended_at_seconds) == ("cancelled", 20.0)


def test_a_link_that_is_cut_fails_the_migration_and_the_vm_runs_on(tmp_path: Path) -> None:
    cut = '[[request]]\nat = "15s"\ndo = "cut-link"\nnode = "NODE2"\nnetwork = "Cluster"\n'
    migration, link = rehearsed(tmp_path, LAB + MIGRATION + cut).requests
    assert (migration.result, link.result, link.node) == ("failed", "succeeded", "NODE2")
    assert "runs on at NODE1" in migration.message


def test_starting_and_shutting_down_take_their_time(tmp_path: Path) -> None:
    text = (
        LAB + '[[request]]\ndo = "start"\nvm = "TEST01"\n[[request]]\nat = "5 min"\ndo = "shut-down"\nvm = "TEST01"\n'
    )
    start, stop = rehearsed(tmp_path, text).requests
    assert (start.result, stop.result) == ("succeeded", "succeeded")
    assert start.duration_seconds is not None
    assert start.duration_seconds > 1.0
    assert (start.to, start.passes, start.sent_bytes) == (None, None, None)


def test_who_waits_for_memory_that_never_comes_free_is_told_and_not_waited_for(tmp_path: Path) -> None:
    sizes = {"MOVE-A": ("NODE1", "1 GB"), "MOVE-B": ("NODE1", "1.5 GB"), "MOVE-C": ("NODE1", "1.5 GB")}
    sizes["WIDE"] = ("NODE2", "3 GB")
    new = "".join(
        f'[[vm]]\nname = "{name}"\nnew = true\nnode = "{node}"\nmemory = "{memory}"\n'
        for name, (node, memory) in sizes.items()
    )
    ended = rehearsed(tmp_path, LAB + new + MIGRATION.replace("FS01", "MOVE-*") + "queue = true\n")
    assert [one.result for one in ended.requests] == ["succeeded", "succeeded", "unfinished"]
    message = "MOVE-C is waiting in the queue. MOVE-C needs 1.5 GB; NODE2 has 512 MB free."
    assert ended.requests[2].message.startswith(message)
    assert ended.ended_at_seconds < 120.0


def test_a_watcher_sees_time_pass_and_requests_end(tmp_path: Path) -> None:
    path = tmp_path / "story.toml"
    path.write_text(LAB + MIGRATION)
    seen: list[tuple[int, int]] = []
    rehearse(read_scenario(path), lambda now_ns, ended: seen.append((now_ns, ended)))
    assert seen == sorted(seen)
    assert {ended for _, ended in seen} == {0}
    assert len(seen) > 20


VMS, NODES = st.sampled_from(["FS01", "WEB01", "TEST01", "*"]), st.sampled_from(["NODE1", "NODE2"])
MOVES = st.sampled_from(["live-migrate", "quick-migrate", "move"])
ON_VMS = st.sampled_from(
    ["cancel-migration", "start", "shut-down", "turn-off", "save", "pause", "resume", "reset", "delete-saved-state"]
)
ON_NODES = st.sampled_from(["crash-node", "power-on-node", "pause-node", "resume-node"])
ON_LINKS = st.sampled_from(["cut-link", "restore-link"])
ASKED = st.one_of(
    st.builds('do = "{}"\nvm = "{}"\nto = "{}"'.format, MOVES, VMS, NODES),
    st.builds('do = "{}"\nvm = "{}"'.format, ON_VMS, VMS),
    st.builds('do = "{}"\nnode = "{}"'.format, ON_NODES, NODES),
    st.builds('do = "{}"\nnode = "{}"\nnetwork = "{}"'.format, ON_LINKS, NODES, st.sampled_from(["Client", "Cluster"])),
)
REQUESTS = st.builds("[[request]]\nat = {}\n{}\n".format, st.sampled_from([0, 5, 5.001, 10, 26.3, 60]), ASKED)


@settings(max_examples=60, deadline=None)
@given(requests=st.lists(REQUESTS, min_size=1, max_size=6), seed=st.integers(0, 2**63 - 1))
def test_whatever_is_asked_every_request_has_an_end_and_twice_the_same(
    tmp_path_factory: pytest.TempPathFactory, requests: list[str], seed: int
) -> None:
    text = f'seed = {seed}\nend = "when idle"\nat_most = "20 min"\n{LAB}' + "".join(requests)
    first, second = (rehearsed(tmp_path_factory.mktemp("story"), text) for _ in range(2))
    assert first.requests == second.requests
    assert first.incidents == second.incidents
    for outcome in first.requests:
        assert outcome.result in ("succeeded", "failed", "cancelled", "refused")
        assert outcome.message or outcome.result == "succeeded"
        if outcome.ended_at_seconds is not None:
            assert outcome.ended_at_seconds >= outcome.at_seconds
