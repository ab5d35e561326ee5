"""Finished work and what it was made from, drawn."""

import html

from pipeline.run_config import COMPONENTS

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 150, 44, 46, 16, 16
_ARCS = 96
_STYLE = """
  :root { color-scheme: light dark; }
  text { font: 12px system-ui, sans-serif; fill: light-dark(#1a1a1a, #eee); }
  .small { font-size: 10px; fill: light-dark(#666, #aaa); }
  rect { fill: light-dark(#f3f6fa, #26303c); stroke: light-dark(#7a93b0, #6d8bad); }
  path { fill: none; stroke: light-dark(#9aa7b5, #728194); }
"""


def draw_lineage(nodes):
    """Draws finished work, a column for each component.

    Args:
        nodes: dict from `COMPONENT/FINGERPRINT` to `Node`.

    Returns:
        str, an SVG document.
    """
    columns = [
        [node for node in nodes.values() if node.component == component]
        for component in COMPONENTS
    ]
    columns = [column for column in columns if column]
    tallest = max(map(len, columns), default=1)
    places = {}
    for x, column in enumerate(columns):
        offset = (tallest - len(column)) / 2
        for y, node in enumerate(column):
            places[node.short] = (
                _MARGIN + x * (_WIDTH + _GAP_X),
                _ARCS + (y + offset) * (_HEIGHT + _GAP_Y),
            )
    width = 2 * _MARGIN + len(columns) * (_WIDTH + _GAP_X) - _GAP_X
    height = _ARCS + _MARGIN + tallest * (_HEIGHT + _GAP_Y) - _GAP_Y
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" '
        f'width="{width}" height="{height:g}">',
        f"<title>Lineage</title><style>{_STYLE}</style>",
    ]
    for node in nodes.values():
        for source in node.inputs:
            if source in places:
                parts.append(_line(places[source], places[node.short]))
    for node in nodes.values():
        parts.append(_box(node, *places[node.short]))
    return "\n".join([*parts, "</svg>\n"])


def _line(start, end):
    columns = (end[0] - start[0]) / (_WIDTH + _GAP_X)
    if columns != 1:  # Over what lies between.
        x, to_x = start[0] + _WIDTH / 2, end[0] + _WIDTH / 2
        top = min(start[1], end[1]) - 14 * max(1, columns)
        return (
            f'<path d="M{x:g} {start[1]:g} C{x + 40:g} {top:g} {to_x - 40:g} {top:g} '
            f'{to_x:g} {end[1]:g}"/>'
        )
    x, y = start[0] + _WIDTH, start[1] + _HEIGHT / 2
    to_x, to_y = end[0], end[1] + _HEIGHT / 2
    half = (x + to_x) / 2
    return (
        f'<path d="M{x:g} {y:g} C{half:g} {y:g} {half:g} {to_y:g} {to_x:g} {to_y:g}"/>'
    )


def _box(node, x, y):
    manifest = node.manifest
    return (
        f"<g><title>{html.escape(node.short)}: {manifest['digest']}</title>"
        f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
        f'<text x="{x + 8:g}" y="{y + 18:g}">{html.escape(node.title[:22])}</text>'
        f'<text class="small" x="{x + 8:g}" y="{y + 34:g}">'
        f"{html.escape(node.short.split('/')[1][:10])} · {manifest['seconds']:.1f} s"
        "</text></g>"
    )
