"""Files from strangers: damaged, foreign, newer, or made to do harm. One sentence, and the file as it was."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.cluster.ids import NodeId, VmId
from hvgui.engine import checkpoint, run
from hvgui.engine.settling import settled
from hvgui.lab.errors import DamagedLabError, ForeignFileError, LabError, NewerLabError
from hvgui.lab.lab_file import LabFile
from hvgui.lab.lab_reading import read_lab
from hvgui.lab.packed_world import MOST_WORLD_BYTES
from hvgui.lab.replay import world_of
from hvgui.lab.row_checks import checksum
from hvgui.lab.session import Session
from hvgui.requests.lifecycle import PauseVm
from hvgui.requests.migration import LiveMigrate


@pytest.fixture
def path(tmp_path: Path, record: ClusterRecord) -> Path:
    """A lab with a command and some time behind its checkpoint."""
    path = tmp_path / "lab.hvlab"
    file = LabFile.create(path, name="Lab", seed=1)
    file.add_checkpoint(0, checkpoint.snapshot(settled(record, seed=1)))
    file.add_command(10**9, LiveMigrate(VmId(0), NodeId(1)), "Live migrate")
    file.reach(5 * 10**9)
    file.commit()
    file.close()
    return path


def change(path: Path, *statements: str, sealed: bool = True) -> None:
    """Changes a lab behind its back; sealed: by somebody who knows how to make the checksums fit again."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
        if sealed:
            with contextlib.suppress(sqlite3.OperationalError):
                seal(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def seal(connection: sqlite3.Connection) -> None:
    """Makes the checksums of all rows fit."""
    connection.create_function("sealed", -1, lambda *cells: checksum(cells))
    for table, columns in (
        ("command", "number, branch, time_ns, wall, title, request"),
        ("event", "branch, serial, time_ns, level, code, message, vm, node, task"),
    ):
        connection.execute(f"UPDATE {table} SET checksum = sealed({columns})")  # noqa: S608 - our own words


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE command SET time_ns = time_ns + 1", "command 1"),
        ("UPDATE command SET title = 'Something else'", "command 1"),
        ("UPDATE command SET request = CAST(x'82' || substr(request, 2) AS BLOB)", "command 1"),
        ("UPDATE event SET message = 'All is well'", "event 1"),
    ],
)
def test_a_letter_that_changed_is_found(path: Path, statement: str, row: str) -> None:
    change(path, "INSERT INTO event VALUES (1, 1, 0, 0, 'x', 'y', NULL, NULL, NULL, 0)")
    change(path, statement, sealed=False)
    sentence = refusal(path)
    assert row in sentence
    assert "checksum" in sentence or "damaged" in sentence


def refusal(path: Path) -> str:
    """The sentence with which a file is refused; the file and its folder are as they were."""
    before, files = path.read_bytes(), sorted(path.parent.iterdir())
    with pytest.raises(LabError) as refused:
        Session.open(path)
    assert path.read_bytes() == before
    assert sorted(path.parent.iterdir()) == files
    sentence = str(refused.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence


def test_the_file_as_it_is_opens(path: Path) -> None:
    session = Session.open(path)
    assert session.opening().time_ns == 5 * 10**9
    assert not session.is_read_only
    session.close()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="There is no file"):
        Session.open(tmp_path / "nothing.hvlab")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\x00", b"PK\x03\x04" + bytes(200)])
def test_another_kind_of_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.hvlab"
    path.write_bytes(content)
    assert "not a lab file" in refusal(path)


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "folder.hvlab").mkdir()
    with pytest.raises(LabError, match="can't be read"):
        Session.open(tmp_path / "folder.hvlab")


def test_another_programs_database(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE song (title TEXT)")
    assert "another program" in refusal(path)


def test_a_newer_version_is_named(path: Path) -> None:
    change(path, "PRAGMA user_version = 12")
    sentence = refusal(path)
    assert "newer hvgui" in sentence
    assert "12" in sentence


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW spy AS SELECT * FROM command",
        "CREATE TRIGGER bomb AFTER INSERT ON command BEGIN DELETE FROM command; END",
        "CREATE TABLE more (x)",
        "CREATE TABLE branch2 AS SELECT * FROM branch",
        "DROP TABLE sample",
        "ALTER TABLE event ADD COLUMN extra TEXT DEFAULT (hex(zeroblob(10)))",
        "CREATE INDEX odd ON event (hex(message))",
        "CREATE VIRTUAL TABLE search USING fts5(text)",
    ],
)
def test_tables_that_are_not_ours(path: Path, statement: str) -> None:
    change(path, statement)
    assert "not laid out as a lab file" in refusal(path)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM checkpoint", "no state"),
        ("DELETE FROM branch", "branch 1 is missing"),
        ("UPDATE lab SET value = 'x' WHERE key = 'branch'", "damaged"),
        ("UPDATE lab SET value = '7' WHERE key = 'branch'", "branch 7 is missing"),
        ("UPDATE branch SET parent = 1", "before its own parent"),
        ("UPDATE checkpoint SET world = zeroblob(100)", "damaged"),
        ("UPDATE checkpoint SET world = 5", "damaged"),
        ("UPDATE checkpoint SET world = 'text'", "damaged"),
        ("UPDATE checkpoint SET size_bytes = size_bytes + 1", "size"),
        ("UPDATE checkpoint SET size_bytes = 99999999999999", "out of bounds"),
        ("UPDATE checkpoint SET time_ns = 7", "another moment"),
        ("UPDATE command SET request = x'80'", "damaged"),
        ("UPDATE command SET request = 'pause'", "damaged"),
        ("UPDATE command SET request = zeroblob(20000000)", "takes 20000000 bytes"),
        ("UPDATE command SET time_ns = -1", "before the one it follows"),
        ("UPDATE command SET time_ns = 'soon'", "damaged"),
        ("UPDATE branch SET reached_ns = 'late'", "damaged"),
        ("INSERT INTO event VALUES (1, 1, 0, 99, 'x', 'y', NULL, NULL, NULL, 0)", "damaged"),
        ("INSERT INTO event VALUES (1, 1, 0, 0, x'00', 'y', NULL, NULL, NULL, 0)", "damaged"),
    ],
)
def test_contents_that_make_no_sense(path: Path, statement: str, reason: str) -> None:
    change(path, statement)
    assert reason in refusal(path)


def test_a_command_that_cannot_have_been_accepted(path: Path) -> None:
    request = msgspec.msgpack.encode(PauseVm(VmId(99))).hex()
    change(path, f"UPDATE command SET request = x'{request}'")  # noqa: S608 - our own bytes
    assert "can't have been accepted" in refusal(path)


def test_a_checkpoint_that_unpacks_without_end(path: Path) -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE checkpoint SET world = ?, size_bytes = 1000", (bomb,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert "size" in refusal(path)
    assert MOST_WORLD_BYTES < 2**30


def test_a_world_that_contradicts_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint can be well typed and still make no sense to the engine: that, too, is one sentence."""

    def stumble(*_: object) -> bool:
        raise IndexError("row 7 of 3")

    monkeypatch.setattr(run, "advance_to", stumble)
    assert "row 7 of 3" in refusal(path)


def test_a_file_that_asks_for_a_million_years_is_not_waited_for(path: Path) -> None:
    change(
        path, "UPDATE branch SET reached_ns = 9000000000000000000", "UPDATE command SET time_ns = 8000000000000000000"
    )
    moments = iter(range(10_000))
    with pytest.raises(LabError, match="takes more than"):
        world_of(read_lab(path), path, clock=lambda: float(next(moments)))


def test_time_alone_may_be_cut_short(path: Path) -> None:
    change(path, "UPDATE branch SET reached_ns = 9000000000000000000")
    moments = iter(range(10_000))
    world = world_of(read_lab(path), path, clock=lambda: float(next(moments)))
    assert world.last_task == 0, "the command was applied"


def test_each_kind_of_trouble_is_an_error_of_its_own(path: Path, tmp_path: Path) -> None:
    """What decides whether recovery is offered is the kind, not the words."""
    foreign = tmp_path / "foreign.hvlab"
    foreign.write_bytes(b"PK" + bytes(200))
    change(path, "CREATE VIEW trap AS SELECT 1")
    for strange in (foreign, path):
        with pytest.raises(ForeignFileError):
            read_lab(strange)
    change(path, "DROP VIEW trap", "PRAGMA user_version = 99")
    with pytest.raises(NewerLabError):
        read_lab(path)
    change(path, "PRAGMA user_version = 3", "UPDATE command SET request = x'00'")
    with pytest.raises(DamagedLabError):
        read_lab(path)
    change(path, "DELETE FROM command", "UPDATE checkpoint SET time_ns = 7")
    with pytest.raises(DamagedLabError):
        world_of(read_lab(path), path)


def _flip(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.randrange(1, 30)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(100, len(data)) :]


def _swap_pages(data: bytearray, dice: random.Random) -> None:
    one, other = (4096 * dice.randrange(len(data) // 4096) for _ in range(2))
    data[one : one + 4096], data[other : other + 4096] = data[other : other + 4096], data[one : one + 4096]


def _overwrite(data: bytearray, dice: random.Random) -> None:
    start = dice.randrange(len(data))
    length = min(dice.randrange(1, 5000), len(data) - start)
    data[start : start + length] = dice.randbytes(length)


@pytest.mark.parametrize("harm", [_flip, _cut, _swap_pages, _overwrite])
def test_damaged_at_random(path: Path, harm: Callable[[bytearray, random.Random], None]) -> None:
    """A readable lab or a sentence: no other error, and the file is not touched by reading it."""
    whole = path.read_bytes()
    for seed in range(60):
        data = bytearray(whole)
        harm(data, random.Random(seed))
        path.write_bytes(data)
        with contextlib.suppress(LabError):
            world_of(read_lab(path), path)
        assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == [path.name]
