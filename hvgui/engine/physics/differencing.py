"""How a differencing disk above a snapshot grows by what its guest writes over the data below.

The guest's writes go anywhere into the hot part of that data (`cluster.differencing`), a write touches one block, and
the first one into a block takes the whole block of the file. Of N blocks n writes leave N exp(-n / N) untouched: the
chance that one stays so is (1 - 1/N)^n (the saturation of `dirtying.unique_random`, in blocks). So the file grows fast
at first, ever more slowly later, and by rewriting never beyond the hot part.
"""

from __future__ import annotations

import math

from hvgui.cluster.differencing import BLOCK_BYTES


def more_bytes(rewritten_bytes: float, hot_bytes: float, writes: float) -> float:
    """What so many writes add to a file that holds `rewritten_bytes` of the hot part already (bytes)."""
    left = hot_bytes - rewritten_bytes
    if left <= 0.0 or writes <= 0.0:
        return 0.0
    return -left * math.expm1(-writes * BLOCK_BYTES / hot_bytes)
