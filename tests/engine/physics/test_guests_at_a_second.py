"""One second's values are the block's, whoever asks for them."""

from __future__ import annotations

import numpy as np
import pytest

from hvgui.cluster.load import CurveKind, LoadCurve
from hvgui.engine.physics.guests import Curves, Use

CURVES = [
    LoadCurve(level=0.3),
    LoadCurve(level=0.3, noise=0.4),
    LoadCurve(CurveKind.DAILY, level=0.3, swing=0.2, noise=0.1),
    LoadCurve(CurveKind.BURSTY, level=0.1, swing=0.5, period_seconds=7.0, burst_share=0.4),
    LoadCurve(CurveKind.RAMP, level=0.1, swing=0.5, peak_seconds=20.0, period_seconds=30.0),
    LoadCurve(CurveKind.RECORDED, period_seconds=3.0, recorded=(0.1, 0.5, 0.2)),
] * 60


@pytest.mark.parametrize("use", list(Use))
@pytest.mark.parametrize("curves", [CURVES, CURVES[:1]])
def test_a_second_alone_is_bit_for_bit_the_blocks_row(use: Use, curves: list[LoadCurve]) -> None:
    found = Curves(use, curves)
    block = found.values(9, 32, 64)
    for tick in (32, 33, 47, 48, 95):
        assert np.array_equal(found.values(9, tick, 1)[0], block[tick - 32])
