"""What may come of a harmed import: a sentence, or machines that the rules can judge; nothing else, nothing written."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from hvgui.cluster.cluster import Cluster, ClusterRecord
from hvgui.cluster.consistency import inconsistencies
from hvgui.cluster.ids import NodeId
from hvgui.cluster.units import nanoseconds
from hvgui.engine.run import advance_to, apply
from hvgui.engine.settling import settled
from hvgui.engine.sink import Recorder
from hvgui.exchange.imports.found import Found, FoundMachine, ImportRefusedError
from hvgui.exchange.imports.looking import look_into
from hvgui.exchange.imports.plan import ImportChoices, planned
from hvgui.requests.problems import blockers
from import_harms import OUTSIDE
from storage_labs import storage_record

GUID = "00000000-0000-4000-8000-00000000c0de"


def judged(path: Path) -> str:
    """What came of looking into a folder and importing what is there. Raises AssertionError for what must not be."""
    try:
        found = look_into(path)
    except ImportRefusedError as error:
        _is_sentence(str(error))
        return "refused"
    assert OUTSIDE not in repr(found)
    for problem in found.all_problems:
        _is_sentence(str(problem))
    return _imported(found)


def _is_sentence(text: str) -> None:
    assert text, "an empty sentence"
    assert text.isprintable(), ascii(text)
    assert text[-1] in ".)'", text
    assert len(text) < 3_000, text
    assert OUTSIDE not in text


def _imported(found: Found) -> str:
    results = [_one_imported(one, storage_record()) for one in found.machines]
    return next((one for one in ("imported", "refused by the cluster") if one in results), "blocked")


def _one_imported(one: FoundMachine, record: ClusterRecord) -> str:
    choices = ImportChoices(node=NodeId(0), guid=GUID)
    try:
        plan = planned(one, choices, Cluster(record))
    except ImportRefusedError as error:
        _is_sentence(str(error))
        assert not one.is_importable
        return "blocked"
    for sentence in plan.changed:
        _is_sentence(sentence)
    world, sink = settled(record, 1), Recorder()
    wrong = blockers(plan.request.check(world.cluster))
    for problem in wrong:
        assert str(problem).strip()
    if wrong:
        return "refused by the cluster"
    assert apply(world, plan.request, sink).accepted
    advance_to(world, nanoseconds(30), sink)
    assert not inconsistencies(world.cluster.record())
    return "imported"


def state_of(folder: Path) -> str:
    """Everything below a folder: names, kinds, sizes, times of change. Contents are not read: some have no end."""
    found = hashlib.sha256()
    for top, folders, files in os.walk(folder):
        for name in sorted([*folders, *files]):
            told = os.lstat(Path(top) / name)
            kind = stat.S_IFMT(told.st_mode)
            found.update(f"{top}/{name} {kind} {told.st_size} {told.st_mtime_ns}".encode(errors="surrogateescape"))
    return found.hexdigest()
