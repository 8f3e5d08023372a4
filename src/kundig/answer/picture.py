"""An answer's chart as one SVG document that needs nothing else: no browser, no script, no font, no network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from kundig.answer import Answer, Chart, Graph
from kundig.answer.fitting import readable, wrap
from kundig.answer.palette import CATEGORIES, PAPER, SHADES, theme
from kundig.answer.plain import closed_word, column_word, words_of
from kundig.message import Message, Word, say, sentence

_WORDED = ("title", "subtitle", "text", "description")
"""Where a plain string in a spec is a text for people, to be looked up in the catalogue."""

_TIME_FORMATS = {
    "en": {"year": "%Y", "quarter": "%b %Y", "month": "%b %Y", "week": "%-d %b", "date": "%-d %b", "day": "%-d %b",
           "hours": "%H:%M", "minutes": "%H:%M", "seconds": "%H:%M:%S", "milliseconds": "%H:%M:%S"},
    "de": {"year": "%Y", "quarter": "%b %Y", "month": "%b %Y", "week": "%d.%m.", "date": "%d.%m.", "day": "%d.%m.",
           "hours": "%H:%M", "minutes": "%H:%M", "seconds": "%H:%M:%S", "milliseconds": "%H:%M:%S"},
}  # fmt: skip
_NUMBERS = {
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["", "\u00a0€"], "percent": "%"},
    "de": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", "\u00a0€"], "percent": "\u00a0%"},
}
_DECALS = (
    '<path d="M0 7L7 0" stroke="{paper}" stroke-width="1.8"/>',
    '<circle cx="3.5" cy="3.5" r="1.6" fill="{paper}"/>',
    '<path d="M0 3.5H7" stroke="{paper}" stroke-width="1.6"/>',
    '<path d="M0 0L7 7" stroke="{paper}" stroke-width="1.8"/>',
    '<path d="M3.5 0V7" stroke="{paper}" stroke-width="1.6"/>',
)

_WIDER = 1.25
"""The page's font may be wider than the one vl-convert measures with, by so much at most: words are laid out so much larger."""
_NARROWEST, _STEP = 320, 40
"""A plot is no narrower, in pixels, so that its title fits below it; a bar's usual room."""

JOURNEY_MAP_READING = sentence(
    "Read from top to bottom. The wider an arrow, the more often this step was taken; "
    "a dashed arrow leads back to an earlier step."
)


def as_svg(answer: Answer, lang: str = "en") -> str:
    """The chart in ``lang`` with title and description for those who cannot see it; "" where there is nothing to draw."""
    match answer.chart:
        case Graph(nodes=nodes) if nodes:
            return _map(answer, answer.chart, lang)
        case Chart(rows=rows) if rows:
            return _named(_own_ids(_chart(answer.chart, lang), key_of(answer, lang)), answer, lang)
    return ""


def caption(answer: Answer, lang: str = "en") -> str:
    """What the picture shows and how it is read."""
    if isinstance(answer.chart, Graph):
        return say(JOURNEY_MAP_READING, lang)
    described = answer.chart.spec.get("description") if answer.chart else None
    return say(described or answer.title, lang)


def key_of(answer: Answer, lang: str) -> str:
    """A short id, the same for the same question, so that several pictures can share a page."""
    asked = repr((answer.name, sorted(answer.inputs.items()), sorted(answer.where.items()), lang))
    return "k" + hashlib.sha256(asked.encode()).hexdigest()[:10]


def _map(answer: Answer, graph: Graph, lang: str) -> str:
    from kundig.answer.drawing import drawn

    inner, width, height = drawn(graph, lang)
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return _named(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{inner}</svg>', answer, lang)


def _own_ids(svg: str, key: str) -> str:
    """Vega numbers clip paths and gradients from 0 in every picture: on a page they must differ."""
    return re.sub(r'( id="| href="#|="url\(#)', rf"\g<1>{key}-", svg)


def _named(svg: str, answer: Answer, lang: str) -> str:
    """Mark an SVG as one image with name and description."""
    key = key_of(answer, lang)
    told = " ".join([*(message.say(lang) for message in answer.sentences), caption(answer, lang)])
    title, description = (escape(readable(text)) for text in (say(answer.title, lang), told))
    names = f'<title id="{key}-t">{title}</title><desc id="{key}-d">{description}</desc>'
    root = f'role="img" aria-labelledby="{key}-t" aria-describedby="{key}-d" lang="{lang}"'
    return re.sub(r"<svg([^>]*)>", lambda tag: f"<svg {root}{tag[1]}>{names}", svg, count=1)


def _chart(chart: Chart, lang: str) -> str:
    import vl_convert

    spec = _spec(chart, lang)
    svg: str = vl_convert.vegalite_to_svg(
        _sized(spec, _WIDER),
        allowed_base_urls=[],
        format_locale=_NUMBERS[lang],
        time_format_locale=_times(lang),
    )
    svg = re.sub(r' (role|aria-[a-z]+)="[^"]*"', "", svg)  # the picture is one image, its parts have no roles
    svg = re.sub(r'font-size="([\d.]+)px"', lambda size: f'font-size="{float(size[1]) / _WIDER:g}px"', svg)
    return _patterned(svg) if _coloured_areas(spec) else svg


def _spec(chart: Chart, lang: str) -> dict[str, Any]:
    """The whole Vega-Lite specification with its rows, worded in ``lang`` and in our colours."""
    spec = _roomy(_distinct(_resolved(chart.spec, lang)), chart.rows)
    spec["data"] = {"values": [{name: _drawable(_cell(name, value, lang)) for name, value in row.items()} for row in chart.rows]}
    spec["config"] = _merged(_level({**theme()}, spec), spec.get("config", {}))
    return _timed(spec, lang)


def _times(lang: str) -> Any:
    import vl_convert

    return vl_convert.get_time_format_locale("de-DE" if lang == "de" else "en-GB")


def as_vega(answer: Answer, lang: str = "en") -> dict[str, Any] | None:
    """The chart as a Vega specification to be explored in a browser: values are told where one points, a continuous axis zooms.

    None where there is no chart, or where it is a graph, whose picture leads on by its links.
    """
    import vl_convert

    if not isinstance(answer.chart, Chart) or not answer.chart.rows:
        return None
    spec = _spec(answer.chart, lang)
    for unit in _units(spec):
        if "mark" in unit:
            mark = unit["mark"] if isinstance(unit["mark"], dict) else {"type": unit["mark"]}
            unit["mark"] = {"tooltip": True, **mark}
    _zoomable(spec)
    made: dict[str, Any] = vl_convert.vegalite_to_vega(spec)
    made["config"] = {**made.get("config", {}), "locale": {"number": _NUMBERS[lang], "time": _times(lang)}}
    return made


_CONTINUOUS = ("quantitative", "temporal")


def _zoomable(spec: dict[str, Any]) -> None:
    """The first view with two continuous axes, or an axis of time, can be moved and zoomed."""
    for unit in _units(spec):
        if "mark" not in unit:
            continue
        channels = [name for name in ("x", "y") if unit.get("encoding", {}).get(name, {}).get("type") in _CONTINUOUS]
        along = ["x"] if unit.get("encoding", {}).get("x", {}).get("type") == "temporal" else channels
        if len(channels) == 2 and not _binned(unit):
            unit["params"] = [{"name": "zoom", "select": {"type": "interval", "encodings": along}, "bind": "scales"}]
            return


def _binned(unit: Mapping[str, Any]) -> bool:
    return any(isinstance(channel, dict) and channel.get("bin") for channel in unit.get("encoding", {}).values())


def _resolved(part: Any, lang: str, name: str = "") -> Any:
    """A copy of the specification with every text for people in ``lang``."""
    match part:
        case Message() | Word():
            return readable(_worded(part, lang))
        case str():
            return readable(say(part, lang) if name in _WORDED else part)
        case Mapping():
            return {key: _resolved(value, lang, key) for key, value in part.items()}
        case list() | tuple():
            return [_resolved(item, lang, name) for item in part]
    return words_of(part)


def _value(value: Any, lang: str) -> Any:
    shown = words_of(value)
    return _worded(shown, lang) if isinstance(shown, Message | Word) else shown


def _cell(name: str, value: Any, lang: str) -> Any:
    """Where a row names a column of our tables, people read what it is called."""
    return column_word(value, lang) if name == "column" and isinstance(value, str) else _value(value, lang)


def _worded(part: Message | Word, lang: str) -> str:
    return closed_word(say(part.text, lang), lang) if isinstance(part, Word) else part.say(lang)


def _drawable(value: Any) -> Any:
    """A control character in a text would abort the whole process inside vl-convert (1.9)."""
    return readable(value) if isinstance(value, str) else value


def _units(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The specification and all single views within it."""
    for name in ("layer", "concat", "hconcat", "vconcat"):
        for inner in spec.get(name, ()):
            yield from _units(inner)
    if isinstance(spec.get("spec"), dict):
        yield from _units(spec["spec"])
    if isinstance(spec, dict):
        yield spec


def _mark(unit: Mapping[str, Any]) -> str:
    mark = unit.get("mark", "")
    return str(mark.get("type", "") if isinstance(mark, Mapping) else mark)


def _colour_field(unit: Mapping[str, Any]) -> Mapping[str, Any] | None:
    colour = unit.get("encoding", {}).get("color")
    named = isinstance(colour, Mapping) and "field" in colour and colour.get("type") in (None, "nominal", "ordinal")
    return colour if named else None


def _distinct(spec: dict[str, Any]) -> dict[str, Any]:
    """Lines get a dash and points a shape where they have a colour: colour is never the only difference.

    Cells of a heat map get one of five shades, behind each of which their text can be read, on a dark screen too.
    """
    for unit in _units(spec):
        shade = unit.get("encoding", {}).get("color")
        if _mark(unit) == "rect" and isinstance(shade, dict) and shade.get("type") == "quantitative":
            shade.setdefault("scale", {"type": "quantize", "range": list(SHADES)})
        colour = _colour_field(unit)
        channel = {"line": "strokeDash", "point": "shape"}.get(_mark(unit))
        if colour is not None and channel:
            unit["encoding"].setdefault(
                channel, {name: colour[name] for name in ("field", "type", "title", "legend", "sort") if name in colour}
            )
    return spec


def _roomy(spec: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Few bars stand further apart, and the title below them is broken into lines: it is never cut off."""
    for unit in _units(spec):
        x = unit.get("encoding", {}).get("x")
        if not isinstance(x, dict) or x.get("type") not in ("nominal", "ordinal") or "field" not in x:
            continue
        bars = max(1, len({str(row.get(x["field"])) for row in rows}))
        given = spec.get("width", {"step": _STEP})
        if isinstance(given, dict) and bars * given.get("step", _STEP) < _NARROWEST:
            spec["width"] = {"step": round(_NARROWEST / bars)}
        if isinstance(x.get("title"), str):
            x["title"] = wrap(x["title"], 12, max(_NARROWEST, bars * _STEP), 3, bold=True)
    return spec


def _sized(part: Any, factor: float) -> Any:
    """A copy of the specification with all font sizes times ``factor``."""
    match part:
        case Mapping():
            return {k: v * factor if k.lower().endswith("fontsize") else _sized(v, factor) for k, v in part.items()}
        case list():
            return [_sized(item, factor) for item in part]
    return part


def _timed(spec: dict[str, Any], lang: str) -> dict[str, Any]:
    """Times are UTC, whatever the machine's own zone; axes without a format get dates as they are written in ``lang``."""
    for unit in _units(spec):
        for name, channel in unit.get("encoding", {}).items():
            if isinstance(channel, dict) and channel.get("type") == "temporal":
                _in_utc(channel)
                if name in ("x", "y") and channel.get("axis", {}) is not None:
                    channel.setdefault("axis", {}).setdefault("format", _TIME_FORMATS[lang])
    return spec


def _in_utc(channel: dict[str, Any]) -> None:
    unit = channel.get("timeUnit", "")
    if isinstance(unit, str) and unit and not unit.startswith("utc"):
        channel["timeUnit"] = f"utc{unit}"
    channel.setdefault("scale", {"type": "utc"})


def _level(config: dict[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Words along the bottom stand level where they are short, else at a slant: never upright."""
    fields = {unit["encoding"]["x"]["field"] for unit in _units(spec) if "field" in unit.get("encoding", {}).get("x", {})}
    longest = max((len(str(row.get(name, ""))) for name in fields for row in spec["data"]["values"]), default=0)
    slant = {"labelAngle": 0} if longest <= 5 else {"labelAngle": -40, "labelAlign": "right"}
    return {**config, "axisXDiscrete": slant}


def _coloured_areas(spec: Mapping[str, Any]) -> bool:
    return any(_mark(unit) in ("bar", "area", "arc", "rect") and _colour_field(unit) for unit in _units(spec))


def _patterned(svg: str) -> str:
    """Fill all groups but the first with a pattern in their colour."""
    used = [(i, colour) for i, colour in enumerate(CATEGORIES) if i and f'fill="{colour}"' in svg]
    for i, colour in used:
        svg = svg.replace(f'fill="{colour}"', f'fill="url(#decal{i})"')
    decals = "".join(_decal(i, colour) for i, colour in used)
    return re.sub(r"(<svg[^>]*>)", rf"\1<defs>{decals}</defs>", svg, count=1) if used else svg


def _decal(i: int, colour: str) -> str:
    drawn = _DECALS[i - 1].format(paper=PAPER)
    return (
        f'<pattern id="decal{i}" width="7" height="7" patternUnits="userSpaceOnUse">'
        f'<rect width="7" height="7" fill="{colour}"/>{drawn}</pattern>'
    )


def _merged(ours: dict[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    both = {**ours, **theirs}
    return {
        name: {**ours[name], **value} if isinstance(value, Mapping) and isinstance(ours.get(name), dict) else value
        for name, value in both.items()
    }
