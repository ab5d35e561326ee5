"""The statistics as a page that a person would rather look at."""

import math

import jinja2
from markupsafe import Markup

from keras_novnorm.visualization.page_style import page_style
from pipeline.statistics.picture_measures import MEASURES

_GREY = ("#808080",)  # to be seen on light and on dark
_COLOURS = "#c0392b", "#27ae60", "#2980b9"
_WIDTH, _HEIGHT = 230, 80

_TEMPLATE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Statistics of the pictures</title>
<style>
{{ style | safe }}
table { border-collapse: collapse } td, th { padding: .2em .8em; text-align: right;
  border-bottom: 1px solid var(--line) }
td:first-child, th:first-child { text-align: left }
figure { display: inline-block; margin: 0 1em 1em 0 } svg { background: var(--card) }
figcaption { font-size: 13px; color: var(--soft) }
</style></head><body>
<h1>Statistics of the pictures</h1>
<p>{{ listed }} listed, {{ rejected }} set aside, {{ dropped }} dropped as copies of
held-out pictures, {{ refused_masks }} masks refused; {{ duplicate_pictures }} kept
pictures have an exact copy in their split.</p>
{% for name, split in splits.items() if split["count"] %}
<h2>{{ name }}: {{ split["count"] }} pictures</h2>
<p>{{ "%.1f" % (split["bytes"] / 1e6) }} MB; {{ split.modes | shown }};
height {{ split.height | extent }}, width {{ split.width | extent }};
{% if split["masks"] %}{{ split["masks"] }} with a mask; {% endif -%}
channel means {{ split.channel_means | rounded }}, deviations
{{ split.channel_deviations | rounded }}.</p>
<figure>{{ split.intensity | histogram(logarithmic=True) }}
<figcaption>intensity of the channels, 0 to 1</figcaption></figure>
{% for measure, (low, high) in measures.items() %}
<figure>{{ [split[measure]] | histogram }}
<figcaption>{{ measure }}, {{ low }} to {{ high }}</figcaption></figure>
{% endfor %}
<table><tr><th>class</th><th>pictures</th><th>mean</th><th>deviation</th>
<th>height</th><th>width</th><th>masks</th></tr>
{% for class_name, found in split.classes.items() %}
<tr><td>{{ class_name }}</td><td>{{ found["count"] }}</td>
<td>{{ found.channel_means | rounded }}</td>
<td>{{ found.channel_deviations | rounded }}</td><td>{{ found.height | extent }}</td>
<td>{{ found.width | extent }}</td><td>{{ found["masks"] }}</td></tr>
{% endfor %}</table>
{% endfor %}
<p>Brightness is the mean of a picture's grey levels, contrast their standard
deviation, sharpness the decimal logarithm of the variance of their Laplacian.
Histograms of intensity have a logarithmic height.</p>
</body></html>
"""


def make_page(statistics):
    """Makes a page of its own, without other files.

    Args:
        statistics: dict, as `StatisticsOutputs.read` gives it.

    Returns:
        str, HTML.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True)
    environment.filters.update(
        shown=_shown, extent=_extent, rounded=_rounded, histogram=_histogram
    )
    template = environment.from_string(_TEMPLATE)
    return template.render(measures=MEASURES, style=page_style(), **statistics)


def _shown(counts):
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _extent(found):
    if found["min"] == found["max"]:
        return str(found["min"])
    return f"{found['min']} to {found['max']}, mean {found['mean']:.0f}"


def _rounded(values):
    grey = len({round(value, 6) for value in values}) == 1
    return ", ".join(f"{value:.3f}" for value in (values[:1] if grey else values))


def _histogram(rows, logarithmic=False):
    grey = len({tuple(row) for row in rows}) == 1
    rows, colours = (rows[:1], _GREY) if grey else (rows, _COLOURS)
    height_of = math.log1p if logarithmic else float
    top = max(1.0, *(height_of(count) for row in rows for count in row))
    lines = []
    for row, colour in zip(rows, colours, strict=True):
        step, points = _WIDTH / len(row), []
        for place, count in enumerate(row):
            height = _HEIGHT - 4 - height_of(count) / top * (_HEIGHT - 8)
            points.append(f"{place * step:.1f},{height:.1f}")
            points.append(f"{(place + 1) * step:.1f},{height:.1f}")
        line = f'points="{" ".join(points)}" fill="none" stroke="{colour}"'
        lines.append(f"<polyline {line}/>")
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    return Markup(f"<svg {size}>{''.join(lines)}</svg>")
