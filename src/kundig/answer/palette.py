"""The colours of every picture and page, each with its twin for dark screens, so that contrast is measured in one place.

Pictures carry the light colour as a plain attribute, so any program shows them right; a page that may be dark adds
rules which exchange each colour for its twin.
"""

from __future__ import annotations

from typing import Any

INK, SOFT, RULE, PAPER = "#16212b", "#4a5866", "#d3dae1", "#ffffff"
ACCENT, ALARM, PANEL = "#0b5cad", "#b3261e", "#f4f7fa"
BAR = "#3f86c9"
"""Light enough that an interval in ink can be read on it."""
CATEGORIES = (ACCENT, "#b35900", "#00796b", "#7a3e9d", "#a8235f", "#5f6b76")
"""For up to six groups; each at least 3:1 on paper, and told apart by a pattern or dash as well."""

SHADES = ("#eef4fa", "#dfebf7", "#cfe1f3", "#bdd6ee", "#a9caea")
"""From little to much, behind text in ink."""

DARK = {
    INK: "#e8edf2",
    SOFT: "#aab7c4",
    RULE: "#3a4754",
    PAPER: "#12181f",
    PANEL: "#1a222b",
    ACCENT: "#7db8f0",
    BAR: "#3a7ab8",
    ALARM: "#f5968f",
    "#b35900": "#f0a860",
    "#00796b": "#5fc9b8",
    "#7a3e9d": "#c79be3",
    "#a8235f": "#f08bb8",
    "#5f6b76": "#a3afba",
    SHADES[0]: "#1c2630",
    SHADES[1]: "#1f2f40",
    SHADES[2]: "#223850",
    SHADES[3]: "#254160",
    SHADES[4]: "#284a70",
}
"""Each colour's twin on a dark screen."""

TOKENS = {"ink": INK, "soft": SOFT, "rule": RULE, "paper": PAPER, "panel": PANEL, "accent": ACCENT, "alarm": ALARM}
"""The names under which stylesheets use the colours: ``var(--k-ink)``."""

FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def stylesheet(scope: str) -> str:
    """CSS that names the colours within ``scope`` (a selector) and exchanges them, in pictures too, on a dark screen."""
    light = "".join(f"--k-{name}:{colour};" for name, colour in TOKENS.items())
    dark = "".join(f"--k-{name}:{DARK[colour]};" for name, colour in TOKENS.items())
    twins = "".join(
        f'{scope} svg [{part}="{colour}"]{{{part}:{twin}}}' for colour, twin in DARK.items() for part in ("fill", "stroke")
    )
    return f"{scope}{{{light}}}@media screen and (prefers-color-scheme:dark){{{scope}{{{dark}}}{twins}}}"


def theme() -> dict[str, Any]:
    """The Vega-Lite configuration of every chart: sober, readable at 12 px, no colour that is not in this module."""
    text = {"labelColor": SOFT, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "labelFont": FONT, "titleFont": FONT}
    return {
        "aria": False,
        "background": "transparent",
        "font": FONT,
        "padding": 8,
        "axis": {
            **text,
            "titleFontWeight": 600,
            "titlePadding": 8,
            "domainColor": SOFT,
            "tickColor": SOFT,
            "gridColor": RULE,
            "labelLimit": 320,
            "labelSeparation": 8,
        },
        "axisXQuantitative": {"labelFlush": False, "labelOverlap": "greedy"},
        "legend": {
            **text,
            "titleFontWeight": 600,
            "symbolStrokeWidth": 2,
            "symbolSize": 120,
            "gradientStrokeColor": RULE,
            "symbolBaseFillColor": ACCENT,
            "symbolBaseStrokeColor": ACCENT,
            "labelLimit": 320,
        },
        "header": {**text, "titleFontWeight": 600},
        "title": {"color": INK, "subtitleColor": SOFT, "font": FONT, "fontSize": 14, "subtitleFontSize": 12, "anchor": "start"},
        "range": {"category": list(CATEGORIES), "ordinal": list(SHADES), "ramp": list(SHADES), "heatmap": list(SHADES)},
        "scale": {"bandPaddingInner": 0.25, "rectBandPaddingInner": 0.06},
        "view": {
            "stroke": None,
            "continuousWidth": 560,
            "continuousHeight": 280,
            "discreteHeight": {"step": 28},
            "discreteWidth": {"step": 40},
        },
        "bar": {"color": BAR},
        "line": {"color": ACCENT, "strokeWidth": 2.5},
        "area": {"color": ACCENT, "fillOpacity": 0.35, "line": True},
        "point": {"color": ACCENT, "filled": True, "size": 70, "opacity": 1},
        "circle": {"color": ACCENT, "size": 70, "opacity": 1},
        "rule": {"color": INK, "strokeWidth": 2},
        "tick": {"color": INK},
        "text": {"color": INK, "fontSize": 12},
        "errorbar": {"color": INK},
    }
