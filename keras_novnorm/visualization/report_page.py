"""From values to the page of a report."""

import base64
import hashlib

from keras_novnorm.calibration import smallest_target_fpr
from keras_novnorm.visualization.page_style import page_style

# What a page says of a metric that was not computed.
_METRICS = {
    "auroc": None,
    "average_precision": None,
    "fpr_at_95_tpr": None,
    "false_positive_rate": None,
    "detection_rate": None,
    "messages": (),
    "intervals": {},
    "bounds": {},
    "slices": {},
    "confidence": 0.95,
}
# Shown in words of their own; what else a card holds is shown as it is.
_CARD = {
    "preset",
    "image_shape",
    "parameters",
    "combination",
    "facts",
    "method",
    "terms",
    "score_min",
    "score_max",
    "calibrated",
    "threshold",
    "threshold_unit",
    "target_fpr",
    "num_calibration_images",
    "map_threshold",
    "map_scale",
    "resize",
    "tile_overlap",
    "calibrated_at",
    "earlier_calibrations",
    "picture_traits",
    "collapsed",
    "collapse_signs",
    "versions",
}


def render_page(metrics, card, map_scale, **values):
    """The page, with its style and script inside.

    Args:
        metrics: as in `write_report`.
        card: as in `write_report`.
        map_scale: value of the brightest colour of heat maps, or `None`.
        **values: what else the template names.

    Returns:
        str.
    """
    environment = _environment()
    script = _source(environment, "report.js")
    # The only script that the browser is to run, and no host that it is to ask.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    number = card["num_calibration_images"]
    return environment.get_template("report.html").render(
        metrics={**_METRICS, **metrics},
        card=card,
        further={
            name: value
            for name, value in card.items()
            if name not in _CARD and isinstance(value, str | int | float)
        },
        smallest_target=smallest_target_fpr(number) if number else None,
        map_scale=map_scale,
        gradient=_gradient(),
        style=page_style("report.css"),
        script=script,
        script_digest=digest,
        **values,
    )


def _environment():
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("keras_novnorm.visualization"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["rate"] = lambda x: "-" if x is None else f"{100 * x:.1f}%"
    environment.filters["percent"] = lambda x: f"{100 * x:.3g}%"
    environment.filters["number"] = lambda x: "-" if x is None else f"{x:.4g}"
    environment.filters["ends"] = _ends
    environment.filters["counted"] = "{:,}".format
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    return environment


def _source(environment, name):
    return environment.loader.get_source(environment, name)[0]


def _gradient():
    from keras_novnorm.visualization.heat_colours import colour_table

    colours = colour_table()[::15]
    return ", ".join(f"rgb({red} {green} {blue})" for red, green, blue in colours)


def _ends(interval, form="{:.3g}", factor=1):
    """An interval in words; nothing where there is none."""
    if interval is None:
        return ""
    return " to ".join(form.format(factor * end) for end in interval)
