"""The world: a cluster, its clock, and all that is under way, as one value that can be forked, saved and replayed."""

from __future__ import annotations

from hvgui.cluster.cluster import Cluster, ClusterRecord


class World:
    """A cluster that lives. Holds plain data only: frozen records in dicts, numpy columns, an agenda, a seed.

    Read `cluster` (records by id; `drain_changes()` gives the net change), `now_ns` (the clock), `seed`.
    Change it only through `run.apply` and `run.advance_to`. Figures come from `observe`.
    """

    cluster: Cluster
    seed: int
    now_ns: int

    @classmethod
    def of(cls, record: ClusterRecord, seed: int = 0) -> World:
        """A world at time 0 in which the cluster is as recorded. Tasks of the record are not continued."""
        raise NotImplementedError

    def fork(self, seed: int | None = None) -> World:
        """An independent copy (another seed: with other weather from now on). Changes nothing in this world."""
        raise NotImplementedError
