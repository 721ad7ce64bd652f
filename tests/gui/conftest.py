"""A small cluster behind a bridge, without an engine, for the tests of the window's parts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hvgui.cluster.cluster import ClusterRecord
from hvgui.exchange.samples import sample
from hvgui.gui.bridge import Bridge
from hvgui.gui.facts import Facts
from hvgui.gui.icons import forget_icons
from stand_in import StandInSession


@pytest.fixture
def office() -> ClusterRecord:
    """The small business: 3 nodes, 25 VMs."""
    return sample("small-business")


@pytest.fixture
def stand_in(office: ClusterRecord) -> StandInSession:
    return StandInSession(office)


@pytest.fixture
def office_bridge(qapp: object, stand_in: StandInSession) -> Iterator[Bridge]:
    """Ticks only when the test calls `tick`."""
    bridge = Bridge(stand_in)  # type: ignore[arg-type]  # same interface, see above
    yield bridge
    bridge.stop()
    forget_icons()


@pytest.fixture
def office_facts(office_bridge: Bridge) -> Facts:
    """Tells what is new only when the test calls `flush`."""
    return Facts(office_bridge)
