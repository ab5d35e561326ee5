"""One self-contained HTML page on a scored test set."""

import os
import pathlib

import numpy as np

from keras_novnorm.visualization import plots
from keras_novnorm.visualization.picture import heat_map, png_data_uri

PICTURES_PER_SECTION = 8
MOST_ROWS = 200
_NORMALS = 64


def write_report(
    path,
    *,
    title,
    detector,
    labels,
    outputs,
    class_names,
    load_images,
    metrics,
    card,
    history=None,
    rejected=(),
    facts=None,
    blessing=None,
    check=None,
):
    """Write a report that needs no other file and no network.

    Args:
        path: file to write.
        title: heading of the page.
        detector: the `NoveltyDetector`, for reconstructions and anomaly maps.
        labels: int `[N]`, 0 normal and 1 novel.
        outputs: dictionary of arrays `[N]`, as `detector.predict` returns.
        class_names: list of `N` names.
        load_images: function of a list of indices that returns their images, `[K,
            H, W, C]`, uint8 or float in [0, 1]; called once.
        metrics: dictionary from `evaluate_scores` or `evaluate_histograms`; with
            `pixel_auroc`, `per_region_overlap` and `num_masks` where masks were
            compared, and with `slices`: name of a slice to its values to what
            `evaluate_slice` gives.
        card: dictionary from `describe_detector`.
        history: dictionary of lists from training, or `None`.
        rejected: list of `(path, reason)` of pictures set aside, or of those whose
            mask was.
        facts: dictionary of further lines for the head, name to value.
        blessing: dictionary with `blessed`, `certain` and `reasons`, or `None`.
        check: dictionary of what a server did with the export, or `None`.

    Returns:
        `pathlib.Path` of the page.
    """
    import jinja2

    labels = np.asarray(labels)
    scores = np.asarray(outputs["score"], "float64")
    threshold = float(card["threshold"])
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("keras_novnorm.visualization"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["rate"] = lambda x: "-" if x is None else f"{100 * x:.1f}%"
    environment.filters["number"] = lambda x: "-" if x is None else f"{x:.4g}"
    environment.filters["ends"] = _ends
    both = metrics["auroc"] is not None
    html = environment.get_template("report.html").render(
        title=title,
        metrics=metrics,
        card=card,
        facts=facts or {},
        rejected=list(rejected),
        histograms=plots.score_histograms(labels, scores, threshold),
        roc=plots.roc_curve(labels, scores, threshold) if both else None,
        curves=plots.training_curves(history) if history else None,
        sections=_sections(detector, labels, outputs, class_names, load_images),
        blessing=blessing,
        check=check,
        most_rows=MOST_ROWS,
    )
    path = pathlib.Path(path)
    staging = path.with_name(path.name + ".part")
    staging.write_text(html, encoding="utf-8")
    os.replace(staging, path)
    return path


def choose_pictures(labels, scores, is_novel, count=PICTURES_PER_SECTION):
    """Which test images a reader wants to see.

    Args:
        labels: int `[N]`.
        scores: float `[N]`.
        is_novel: bool `[N]`.
        count: how many images each section has at most.

    Returns:
        List of `(heading, explanation, indices)`; empty sections are left out.
    """
    labels, is_novel = np.asarray(labels), np.asarray(is_novel, bool)
    order = np.argsort(-np.asarray(scores, "float64"), kind="stable")
    false_alarms = order[(labels[order] == 0) & is_novel[order]]
    missed = order[::-1][(labels[order[::-1]] == 1) & ~is_novel[order[::-1]]]
    sections = [
        ("Most novel", "The highest scores of the test set.", order[:count]),
        ("Least novel", "The lowest scores of the test set.", order[::-1][:count]),
        (
            f"False alarms ({len(false_alarms)})",
            "Normal images above the threshold, the highest first.",
            false_alarms[:count],
        ),
        (
            f"Missed ({len(missed)})",
            "Novel images not above the threshold, the lowest first.",
            missed[:count],
        ),
    ]
    return [section for section in sections if len(section[2])]


def _sections(detector, labels, outputs, class_names, load_images):
    chosen = choose_pictures(labels, outputs["score"], outputs["is_novel"])
    normal = np.flatnonzero(np.asarray(labels) == 0)[:_NORMALS]
    # All at once: they may lie in files that take long to go through.
    wanted = sorted(
        {int(i) for part in (normal, *(c[2] for c in chosen)) for i in part}
    )
    place = {index: number for number, index in enumerate(wanted)}
    loaded = np.asarray(load_images(wanted))

    def images_of(indices):
        return loaded[[place[int(index)] for index in indices]]

    scale = _map_scale(detector, images_of(normal)) if len(normal) else 1.0
    sections = []
    for heading, explanation, indices in chosen:
        images = images_of(indices)
        reconstructions = np.asarray(detector.reconstruct(images))
        maps = np.asarray(detector.anomaly_map(images))
        cards = [
            {
                "image": png_data_uri(image),
                "reconstruction": png_data_uri(reconstruction),
                "difference": png_data_uri(heat_map(error, scale)),
                "class_name": str(class_names[index]),
                "label": "novel" if labels[index] else "normal",
                "is_novel": bool(outputs["is_novel"][index]),
                "score": float(outputs["score"][index]),
                "p_value": float(outputs["p_value"][index]),
            }
            for index, image, reconstruction, error in zip(
                indices, images, reconstructions, maps, strict=True
            )
        ]
        sections.append((heading, explanation, cards))
    return sections


def _map_scale(detector, images):
    """The brightest colour: twice what 99.9% of the pixels of normals stay below."""
    return 2.0 * float(np.quantile(np.asarray(detector.anomaly_map(images)), 0.999))


def _ends(interval, form="{:.3g}", factor=1):
    """An interval in words; nothing where there is none."""
    if interval is None:
        return ""
    return " to ".join(form.format(factor * end) for end in interval)
