"""Measured migrations: what a file may leave out, what is wrong with one, and how near the engine comes to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvgui.cluster.memory import WritePattern
from hvgui.cluster.units import MIB, PAGE_BYTES
from hvgui.lab.measured import Measured, MeasuredError, MeasuredRun, read_measured
from hvgui.lab.measured_comparison import ComparedRow, Comparison, compare_row, summarised
from hvgui.lab.measured_model import model_runs

MEASURED_FILE = Path(__file__).parents[1] / "data" / "measured_migrations.csv"

HEADS = "run_id,memory_mib,link_limit_MBps,downtime_limit_ms,working_set_mib,dirty_rate_target_MBps"
ROW = "mine,256,125,300,64,10"


def written(folder: Path, *lines: str) -> Path:
    path = folder / "runs.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@cache
def comparison() -> Comparison:
    runs = read_measured(MEASURED_FILE)
    return summarised(runs, [compare_row(run) for run in runs])


def test_the_engine_says_of_every_run_whether_it_completes() -> None:
    summary = comparison().summary
    assert summary.verdicts_right == summary.verdicts == summary.rows == 46


def test_total_times_and_bytes_are_within_five_percent_in_95_of_100_runs() -> None:
    summary = comparison().summary
    assert summary.completed == 42
    assert summary.total_seconds.within >= 0.95 * summary.total_seconds.rows
    assert summary.sent_bytes.within >= 0.95 * summary.sent_bytes.rows


def test_blackouts_over_a_link_are_within_fifteen_percent_or_fifty_milliseconds() -> None:
    errors = comparison().summary.blackout_seconds
    assert errors.within == errors.rows == 9


def test_runs_near_the_limit_lie_in_the_range_of_the_writers_phases() -> None:
    summary = comparison().summary
    assert summary.lottery_in_range == summary.lottery_rows >= 3
    assert summary.holds


def test_a_run_that_is_no_lottery_has_a_narrow_range() -> None:
    for row in comparison().rows:
        if not row.lottery and row.total_seconds_range is not None:
            low, high = row.total_seconds_range
            assert low <= row.total_seconds_model <= high <= 1.15 * low


def test_the_least_that_a_file_needs(tmp_path: Path) -> None:
    (run,) = read_measured(written(tmp_path, HEADS, ROW))
    assert run == MeasuredRun(
        run_id="mine",
        memory_bytes=256 * MIB,
        zero_pages=None,
        link_bytes_per_second=125e6,
        pace_bytes_per_second=0.0,
        blackout_target_seconds=0.3,
        working_set_bytes=64 * MIB,
        write_bytes_per_second=10e6,
        pattern=WritePattern.CYCLIC,
        max_passes=0,
        given_up_seconds=None,
        measured=Measured(None, None, None, None, None),
    )
    row = compare_row(run)
    assert row.converged_model
    assert row.total_seconds_model == pytest.approx(256 * MIB * 4104 / 4096 / 125e6, rel=0.15)
    assert (row.converged_measured, row.total_seconds_measured, row.within_tolerance) == (None, None, None)
    summary = summarised((run,), (row,)).summary
    assert (summary.rows, summary.verdicts, summary.completed, summary.total_seconds.median) == (1, 0, 0, None)


def test_columns_in_another_order_a_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    path = tmp_path / "excel.csv"
    lines = ("dirty_rate_target_pages_per_s,pattern,run_id", "policy,cap_s", "working_set_mib,memory_mib")
    heads = ",".join((*lines, "max_bandwidth_MBps,downtime_limit_ms"))
    path.write_bytes(b"\xef\xbb\xbf" + f'{heads}\r\n2500,random,"a, b",force5,30,64,512,50,100\r\n\r\n'.encode())
    (run,) = read_measured(path)
    assert run.write_bytes_per_second == 2500 * PAGE_BYTES
    assert (run.run_id, run.pattern, run.max_passes, run.given_up_seconds) == ("a, b", WritePattern.RANDOM, 5, 30.0)
    assert (run.pace_bytes_per_second, run.link_bytes_per_second) == (50e6, 0.0)


def test_a_guest_of_zeros_takes_next_to_nothing(tmp_path: Path) -> None:
    pages = 512 * MIB // PAGE_BYTES
    path = written(
        tmp_path, f"{HEADS},duplicate_pages", f"fresh,512,125,300,0,0,{pages * 9 // 10}", "full,512,125,300,0,0,0"
    )
    fresh, full = (model_runs(run)[0] for run in read_measured(path))
    assert fresh.sent_bytes == pytest.approx(full.sent_bytes / 10, rel=0.05)


def test_a_run_that_never_gets_ahead_is_given_up_or_stopped_by_force(tmp_path: Path) -> None:
    path = written(
        tmp_path, f"{HEADS},policy,cap_s", "endless,256,50,100,128,200,none,20", "forced,256,50,100,128,200,force3,60"
    )
    endless, forced = (compare_row(run) for run in read_measured(path))
    assert (endless.converged_model, endless.blackout_seconds_model, endless.total_seconds_model) == (False, None, 20.0)
    assert forced.converged_model
    assert forced.blackout_seconds_model == pytest.approx(128 * MIB / 50e6, rel=0.1)


def test_how_a_run_ended_may_be_said_in_many_words_or_not_at_all(tmp_path: Path) -> None:
    words = {"Completed": True, "cancelled": False, "timeout": False, "did not converge": False, "": None, "odd": None}
    path = written(tmp_path, f"{HEADS},status", *(f"{ROW},{word}" for word in words))
    assert [run.measured.completed for run in read_measured(path)] == list(words.values())


MISTAKES = [
    (HEADS, ROW.replace("256", "lots"), "line 2, column 'memory_mib': 'lots' is not a number."),
    (HEADS, ROW.replace("256", ""), "line 2: the column 'memory_mib' is empty."),
    (HEADS, ROW.replace("256", "nan"), "line 2, column 'memory_mib': 'nan' is not between"),
    (HEADS, ROW.replace("256", "-1"), "line 2, column 'memory_mib': '-1' is not between"),
    (HEADS, ROW.replace("125", "0"), "line 2: neither 'link_limit_MBps' nor 'max_bandwidth_MBps' says how fast."),
    (HEADS, ROW.replace("64", "1024"), "line 2, column 'working_set_mib': '1024' is larger than the guest's memory."),
    (HEADS, ROW + ",7", "line 2: 7 values where the first line names 6 columns."),
    (HEADS, f'{ROW}\n"half', "line 3: not CSV"),
    (HEADS, "", "names its columns and has no run below them."),
    (HEADS.replace("memory_mib", "memory"), ROW, "line 1: the column 'memory_mib' is missing."),
    (HEADS.replace("link_limit_MBps", "link"), ROW, "line 1: the column 'link_limit_MBps' or 'max_bandwidth_MBps' is"),
    (f"{HEADS},run_id", ROW + ",x", "line 1: the column 'run_id' is there twice."),
    (f"{HEADS},policy", ROW + ",force", "line 2, column 'policy': 'force' is neither"),
    (f"{HEADS},pattern", ROW + ",zigzag", "line 2, column 'pattern': 'zigzag' is neither"),
    (f"{HEADS},cap_s", ROW + ",0", "line 2, column 'cap_s': '0' is not between"),
]


@pytest.mark.parametrize(("heads", "row", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_column(tmp_path: Path, heads: str, row: str, words: str) -> None:
    path = written(tmp_path, heads, row)
    with pytest.raises(MeasuredError) as caught:
        read_measured(path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    empty, huge, latin = tmp_path / "empty.csv", tmp_path / "huge.csv", tmp_path / "latin.csv"
    empty.touch()
    with huge.open("wb") as file:
        file.truncate(2 * 1024**3)
    latin.write_bytes(HEADS.encode() + b"\n\xe9,1,1,1,1,1\n")
    for path, words in (
        (tmp_path / "missing.csv", "no such file"),
        (tmp_path, "is a folder"),
        (empty, "is empty"),
        (huge, "has 2 GB; a file of measured runs has at most 64 MB"),
        (latin, "line 2: not UTF-8"),
        (Path("/dev/null"), "not a plain file"),
    ):
        with pytest.raises(MeasuredError, match=words):
            read_measured(path)


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 3000), garbage=st.binary(max_size=8), length=st.integers(0, 8))
def test_bytes_overwritten_anywhere_are_never_more_than_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, position: int, garbage: bytes, length: int
) -> None:
    content = b"".join(MEASURED_FILE.read_bytes().splitlines(keepends=True)[:8])
    path = tmp_path_factory.mktemp("fuzz") / "runs.csv"
    path.write_bytes(content[:position] + garbage + content[position + length :])
    try:
        read_measured(path)
    except MeasuredError as error:
        assert "\n" not in str(error)


@settings(max_examples=20, deadline=None)
@given(
    memory=st.integers(1, 4096),
    share=st.floats(0.0, 1.0),
    link=st.floats(1.0, 5000.0),
    writes=st.floats(0.0, 2000.0),
    target=st.floats(0.0, 2000.0),
    cyclic=st.booleans(),
)
def test_whatever_the_sizes_the_model_has_an_answer(
    memory: int, share: float, link: float, writes: float, target: float, cyclic: bool
) -> None:
    run = MeasuredRun(
        "any",
        memory * MIB,
        None,
        link * 1e6,
        0.0,
        target / 1000,
        int(memory * MIB * share) // PAGE_BYTES * PAGE_BYTES,
        writes * 1e6,
        WritePattern.CYCLIC if cyclic else WritePattern.RANDOM,
        0,
        30.0,
        Measured(None, None, None, None, None),
    )
    for outcome in model_runs(run, phases=2):
        assert outcome.completed or outcome.total_seconds == 30.0
        assert outcome.total_seconds > 0.0
        assert outcome.sent_bytes <= memory * MIB * 1.01 + link * 1e6 * 31


def test_a_summary_counts_what_does_not_hold() -> None:
    run = read_measured(MEASURED_FILE)[0]
    row = comparison().rows[0]
    late = msgspec.structs.replace(row, total_seconds_model=2 * row.total_seconds_model)
    wrong = msgspec.structs.replace(row, converged_model=False)
    outside = msgspec.structs.replace(row, lottery=True, total_seconds_range=(0.0, 1.0))

    def holds(*rows: ComparedRow) -> bool:
        return summarised([run] * len(rows), rows).summary.holds

    assert holds(row)
    assert holds(*[row] * 19, late)
    assert not holds(row, late)
    assert not holds(*[row] * 99, wrong)
    assert not holds(*[row] * 99, outside)
