"""Demands to watch dynamic memory by: how the memory of typical guests goes, shortened to what one has patience for."""

from __future__ import annotations

from dataclasses import dataclass

from hvgui.cluster.load import CurveKind, LoadCurve


@dataclass(frozen=True)
class Preset:
    """A demand, as shares of the startup memory."""

    id: str
    title: str
    explanation: str
    kind: CurveKind
    level: float
    swing: float = 0.0
    period_seconds: float = 86_400.0
    burst_share: float = 0.1

    def curve(self, now_seconds: float) -> LoadCurve:
        """The curve, beginning now."""
        return LoadCurve(
            self.kind,
            self.level,
            self.swing,
            self.period_seconds,
            peak_seconds=now_seconds,
            burst_share=self.burst_share,
            noise=0.0 if self.kind is CurveKind.RAMP else 0.01,
        )


PRESETS = (
    Preset(
        "database",
        "Database",
        "Its cache fills: from half to three times the startup memory within two minutes.",
        CurveKind.RAMP,
        0.5,
        2.5,
        120.0,
    ),
    Preset(
        "web",
        "Web server",
        "Rushes: 60 % of the startup memory, and in every third half minute 150 %.",
        CurveKind.BURSTY,
        0.6,
        0.9,
        30.0,
        0.33,
    ),
    Preset("desktop", "Desktop", "Up and down in ten minutes, around 80 %.", CurveKind.DAILY, 0.8, 0.5, 600.0),
    Preset(
        "batch",
        "Batch job",
        "Little, then all of a sudden four times the startup memory.",
        CurveKind.RAMP,
        0.3,
        3.7,
        5.0,
    ),
)
"""In the order of the list."""
