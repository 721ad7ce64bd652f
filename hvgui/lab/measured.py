"""A file of measured live migrations (CSV, one run a row), read and checked.

Columns that a row needs (in any order, others are ignored):

- `run_id`, any text; `memory_mib`; `downtime_limit_ms`, the blackout that the source aims at
- `link_limit_MBps`, what the link carries, or `max_bandwidth_MBps`, what the source paces its passes at; a row has
  one of them or both (0 or empty: none)
- `working_set_mib` and `dirty_rate_target_MBps` (or `dirty_rate_target_pages_per_s`), what the guest writes

Columns that may be missing or empty:

- `pattern` `sequential` (or `cyclic`; the default) or `random`; `policy` `none` (the default) or `force<N>`, stopped
  after N passes; `cap_s`, after how many seconds the run was given up
- `duplicate_pages`, pages of zeros in the guest; `ram_total_bytes`, the guest's memory with its firmware's
- what was measured: `status` (`completed`, or `cancelled` and other words for a run that did not come through; of a
  word that says neither, the row is modelled and not judged), `total_time_ms`, `transferred_bytes`,
  `downtime_events_ms` (else `downtime_reported_ms`), `dirty_sync_count` (passes + 1)
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hvgui.cluster.memory import WritePattern
from hvgui.cluster.one_line import one_line
from hvgui.cluster.units import MIB, PAGE_BYTES, format_bytes
from hvgui.lab.errors import LabError

LARGEST_FILE_BYTES = 64 * MIB
_NEEDED = ("run_id", "memory_mib", "downtime_limit_ms", "working_set_mib")
_EITHER = (
    ("link_limit_MBps", "max_bandwidth_MBps"),
    ("dirty_rate_target_MBps", "dirty_rate_target_pages_per_s"),
)
_PATTERNS = {
    "": WritePattern.CYCLIC,
    "sequential": WritePattern.CYCLIC,
    "cyclic": WritePattern.CYCLIC,
    "random": WritePattern.RANDOM,
}

_THROUGH = {"completed", "complete", "converged", "succeeded", "success", "done", "ok"}
_NOT_THROUGH = {
    *("cancelled", "canceled", "cancelling", "aborted", "failed", "error", "stopped", "given up", "active"),
    *("timeout", "timed out", "timed-out", "timed_out", "did not converge", "not converged", "not-converged"),
    *("not_converged", "nonconverged", "non-converged", "diverged"),
}
"""Words for a run's end; `active` is what QEMU says of one that was still under way."""


class MeasuredError(LabError):
    """A file of measured runs that can't be used: one sentence with file, line and column."""


class Measured(msgspec.Struct, frozen=True):
    """What was measured of a run; None where the file does not say."""

    completed: bool | None
    total_seconds: float | None
    sent_bytes: int | None
    blackout_seconds: float | None
    passes: int | None


class MeasuredRun(msgspec.Struct, frozen=True):
    """One row: the experiment as it was set up, and what came of it."""

    run_id: str
    memory_bytes: int
    zero_pages: int | None
    link_bytes_per_second: float
    """0: nothing limited it but the pacing."""
    pace_bytes_per_second: float
    """At which the source sends its passes; 0: as fast as it goes."""
    blackout_target_seconds: float
    working_set_bytes: int
    write_bytes_per_second: float
    pattern: WritePattern
    max_passes: int
    """After which it was stopped by force; 0: never."""
    given_up_seconds: float | None
    measured: Measured


def read_measured(path: Path) -> tuple[MeasuredRun, ...]:
    """Every row of a file. Raises MeasuredError for what can't be read or used."""
    return tuple(_runs(path, _read_text(path)))


def _read_text(path: Path) -> str:
    try:
        if path.is_dir():
            raise MeasuredError(f"{path} is a folder, not a file of measured runs.")
        if path.exists() and not path.is_file():
            raise MeasuredError(f"{path} is not a plain file.")
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            most = format_bytes(LARGEST_FILE_BYTES)
            raise MeasuredError(f"{path} has {format_bytes(size)}; a file of measured runs has at most {most}.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise MeasuredError(f"{path} can't be read: {reason[:1].lower()}{reason[1:].rstrip('.')}.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MeasuredError(f"{path}, line {line}: not UTF-8 text; save the file as UTF-8.") from None


def _runs(path: Path, text: str) -> Iterator[MeasuredRun]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    heads: list[str] | None = None
    rows = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if heads is None:
                heads = _checked_heads(path, reader.line_num, cells)
                continue
            yield _Row(path, reader.line_num, heads, cells).run()
            rows += 1
    except csv.Error as error:
        raise MeasuredError(f"{path}, line {reader.line_num}: not CSV: {error}.") from None
    if heads is None:
        raise MeasuredError(f"{path} is empty; its first line has to name the columns.")
    if rows == 0:
        raise MeasuredError(f"{path} names its columns and has no run below them.")


def _checked_heads(path: Path, line: int, cells: list[str]) -> list[str]:
    heads = [cell.strip() for cell in cells]
    for head in heads:
        if head and heads.count(head) > 1:
            raise MeasuredError(f"{path}, line {line}: the column '{head}' is there twice.")
    for needed in _NEEDED:
        if needed not in heads:
            raise MeasuredError(f"{path}, line {line}: the column '{needed}' is missing.")
    for either in _EITHER:
        if not any(head in heads for head in either):
            names = " or ".join(f"'{head}'" for head in either)
            raise MeasuredError(f"{path}, line {line}: the column {names} is missing.")
    return heads


class _Row:
    """One row's cells by their columns."""

    def __init__(self, path: Path, line: int, heads: list[str], cells: list[str]) -> None:
        self._place = f"{path}, line {line}"
        if len(cells) != len(heads):
            raise MeasuredError(f"{self._place}: {len(cells)} values where the first line names {len(heads)} columns.")
        self._cells = {head: cell.strip() for head, cell in zip(heads, cells, strict=True)}

    def run(self) -> MeasuredRun:
        """The row as a run."""
        memory = self._needed("memory_mib", least=1, most=2**30) * MIB
        working_set = self._needed("working_set_mib", most=2**30) * MIB
        if working_set > memory:
            raise self._error("working_set_mib", "is larger than the guest's memory")
        link, pace = self._rate("link_limit_MBps"), self._rate("max_bandwidth_MBps")
        if not link and not pace:
            raise MeasuredError(f"{self._place}: neither 'link_limit_MBps' nor 'max_bandwidth_MBps' says how fast.")
        zero_pages = self._number("duplicate_pages")
        return MeasuredRun(
            run_id=one_line(self._cells["run_id"]),
            memory_bytes=round(self._number("ram_total_bytes", least=1) or memory),
            zero_pages=None if zero_pages is None else round(zero_pages),
            link_bytes_per_second=link,
            pace_bytes_per_second=pace,
            blackout_target_seconds=self._needed("downtime_limit_ms", most=1e7) / 1000,
            working_set_bytes=round(working_set) // PAGE_BYTES * PAGE_BYTES,
            write_bytes_per_second=self._write_rate(),
            pattern=self._pattern(),
            max_passes=self._max_passes(),
            given_up_seconds=self._number("cap_s", least=0.001, most=1e6),
            measured=self._measured(),
        )

    def _measured(self) -> Measured:
        total = self._number("total_time_ms")
        sent = self._number("transferred_bytes")
        blackout = self._number("downtime_events_ms")
        if blackout is None:
            blackout = self._number("downtime_reported_ms")
        gatherings = self._number("dirty_sync_count", least=1)
        return Measured(
            completed=self._completed(),
            total_seconds=None if total is None else total / 1000,
            sent_bytes=None if sent is None else round(sent),
            blackout_seconds=None if blackout is None else blackout / 1000,
            passes=None if gatherings is None else round(gatherings) - 1,
        )

    def _completed(self) -> bool | None:
        status = self._cells.get("status", "").lower()
        return None if status not in _THROUGH | _NOT_THROUGH else status in _THROUGH

    def _pattern(self) -> WritePattern:
        pattern = _PATTERNS.get(self._cells.get("pattern", "").lower())
        if pattern is None:
            raise self._error("pattern", "is neither 'sequential' nor 'random'")
        return pattern

    def _max_passes(self) -> int:
        policy = self._cells.get("policy", "").lower()
        if policy in ("", "none"):
            return 0
        match = re.fullmatch(r"force([1-9][0-9]{0,5})", policy)
        if match is None:
            raise self._error("policy", "is neither 'none' nor 'force' with a number of passes")
        return int(match[1])

    def _write_rate(self) -> float:
        rate = self._number("dirty_rate_target_MBps", most=1e9)
        if rate is not None:
            return rate * 1e6
        return (self._number("dirty_rate_target_pages_per_s", most=1e12) or 0.0) * PAGE_BYTES

    def _rate(self, column: str) -> float:
        return (self._number(column, most=1e9) or 0.0) * 1e6

    def _needed(self, column: str, least: float = 0.0, most: float = 1e15) -> float:
        number = self._number(column, least, most)
        if number is None:
            raise MeasuredError(f"{self._place}: the column '{column}' is empty.")
        return number

    def _number(self, column: str, least: float = 0.0, most: float = 1e15) -> float | None:
        cell = self._cells.get(column, "")
        if not cell:
            return None
        try:
            number = float(cell)
        except ValueError:
            raise self._error(column, "is not a number") from None
        if not least <= number <= most:
            raise self._error(column, f"is not between {least:g} and {most:g}")
        return number

    def _error(self, column: str, what: str) -> MeasuredError:
        return MeasuredError(f"{self._place}, column '{column}': '{one_line(self._cells[column])[:60]}' {what}.")
