"""One self-contained HTML page on a scored set of pictures."""

import os
import pathlib

import numpy as np

from keras_novnorm.visualization import gallery_cards
from keras_novnorm.visualization.curve_plots import precision_recall_plot, roc_plot
from keras_novnorm.visualization.histogram_plot import histogram_plot
from keras_novnorm.visualization.picture_choice import choose_pictures
from keras_novnorm.visualization.report_data import report_data
from keras_novnorm.visualization.report_page import render_page
from keras_novnorm.visualization.training_plots import training_plots
from keras_novnorm.visualization.type_table import type_rows

MOST_ROWS = 200
MAX_GALLERY = 60
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
    advice=(),
    names=None,
    calibration_scores=None,
    load_pictures=None,
    most_novel_training=(),
    load_training=None,
    max_gallery=MAX_GALLERY,
):
    """Write a report that needs no other file and no network.

    Args:
        path: file to write.
        title: heading of the page.
        detector: the `NoveltyDetector`, for reconstructions, anomaly maps, and the
            scale and the threshold of heat maps.
        labels: int `[N]`, 0 normal and 1 novel, -1 where it is not known; where none
            is known, nothing that needs labels is shown.
        outputs: dictionary of arrays `[N]`, as `detector.predict` returns.
        class_names: list of `N` names.
        load_images: function of a list of indices that returns their images, `[K,
            H, W, C]`, uint8 or float in [0, 1]; called once. `None` where
            `load_pictures` is given.
        metrics: dictionary from `evaluate_scores` or `evaluate_histograms`; with
            `pixel_auroc`, `per_region_overlap` and `num_masks` where masks were
            compared, and with `slices`: name of a slice to its values to what
            `evaluate_slice` gives. May be empty where no label is known.
        card: dictionary from `describe_detector`; further keys (a digest of the data,
            a seed, a time) are shown as they are.
        history: dictionary of lists from training, or `None`.
        rejected: list of `(path, reason)` of pictures set aside, or of those whose
            mask was.
        facts: dictionary of further lines for the head, name to value.
        blessing: dictionary with `blessed`, `certain` and `reasons`, or `None`.
        check: dictionary of what a server did with the export, or `None`.
        advice: list of sentences for the reader, shown first.
        names: list of `N` names of the pictures, or `None`.
        calibration_scores: float `[n]`, scores of the held-out normals; the
            detector's own unless given.
        load_pictures: function of a list of indices that gives a list of pairs: the
            picture at its own size, uint8 `[H, W]` or `[H, W, 3]`, and its anomaly
            map, float32 `[H, W]`, or `None`. In the place of `load_images`; called
            for a few pictures at a time.
        most_novel_training: list of dict of `path` and `score`, pictures of the
            training that a reader should look at, the most novel first.
        load_training: as `load_pictures`, of indices into `most_novel_training`.
        max_gallery: how many pictures to show at most.

    Returns:
        `pathlib.Path` of the page.

    Raises:
        ValueError: if the detector is not calibrated.
    """
    labels = np.asarray(labels).astype(int)
    scores = np.asarray(outputs["score"])
    is_novel = np.asarray(outputs["is_novel"]).astype(bool)
    class_names = [str(name) for name in class_names]
    if card["threshold"] is None:
        raise ValueError(
            "A report shows verdicts, and needs a calibrated detector. Received one "
            "without a threshold: call `calibrate` first."
        )
    threshold = float(card["threshold"])
    if calibration_scores is None:
        calibration_scores = detector.calibration.kept_scores()
    chosen = choose_pictures(
        labels, scores, is_novel, class_names, threshold, max_gallery
    )
    views, scale = _views(detector, labels, chosen, load_images, load_pictures)
    rows, rows_left_out = type_rows(
        labels, scores, is_novel, class_names, metrics, MOST_ROWS
    )
    known = labels >= 0
    both = (labels == 0).any() and (labels == 1).any()
    counts = _counts(labels, is_novel, metrics, len(rejected))
    data = report_data(
        labels, scores, is_novel, class_names, threshold, calibration_scores
    )
    html = render_page(
        data={**data, "total": counts["images"], "target": card["target_fpr"]},
        title=title,
        labelled=bool(known.any()),
        counts=counts,
        metrics=metrics,
        card=card,
        facts=facts or {},
        advice=list(advice),
        rejected=list(rejected),
        histogram=histogram_plot(labels, scores, threshold, calibration_scores),
        curves=[
            plot(labels[known], scores[known], is_novel[known])
            for plot in (roc_plot, precision_recall_plot)
            if both
        ],
        training=training_plots(history) if history else [],
        rows=rows,
        rows_left_out=rows_left_out,
        cards=[
            {
                "views": view,
                "name": str(names[index]) if names is not None else f"#{index + 1}",
                "type": class_names[index],
                "label": int(labels[index]),
                "is_novel": bool(is_novel[index]),
                "score": float(scores[index]),
                "p_value": float(outputs["p_value"][index]),
            }
            for index, view in zip(chosen, views, strict=True)
        ],
        look_at=_look_at(detector, most_novel_training, load_training),
        map_scale=scale,
        map_threshold=gallery_cards.map_threshold(detector),
        blessing=blessing,
        check=check,
        most_rows=MOST_ROWS,
    )
    path = pathlib.Path(path)
    place = path.resolve()  # A link stays one.
    staging = place.with_name(place.name + ".part")
    # A name that is no Unicode is still a name.
    staging.write_text(html, encoding="utf-8", errors="backslashreplace")
    os.replace(staging, place)
    return path


def _views(detector, labels, chosen, load_images, load_pictures):
    """What is drawn of each chosen picture, and the scale of the heat maps."""
    scale = gallery_cards.map_scale(detector)
    if not chosen:
        return [], scale
    if load_pictures is not None:
        return gallery_cards.cards_of_pictures(detector, chosen, load_pictures, scale)
    # All at once: they may lie in files that take long to go through.
    unscaled = detector.has_map and not scale
    normal = np.flatnonzero(labels == 0)[:_NORMALS].tolist() if unscaled else []
    wanted = sorted({*chosen, *normal})
    place = {index: number for number, index in enumerate(wanted)}
    loaded = np.asarray(load_images(wanted))
    if normal:
        some = loaded[[place[index] for index in normal]]
        scale = gallery_cards.normals_scale(detector, some)
    images = loaded[[place[index] for index in chosen]]
    return gallery_cards.cards_of_images(detector, images, scale)


def _look_at(detector, pictures, load):
    """Cards of training pictures."""
    if not pictures:
        return []
    scale = gallery_cards.map_scale(detector)
    places = list(range(len(pictures)))
    views, _ = gallery_cards.cards_of_pictures(detector, places, load, scale)
    return [
        {"name": str(one["path"]), "score": float(one["score"]), "views": view}
        for one, view in zip(pictures, views, strict=True)
    ]


def _counts(labels, is_novel, metrics, num_rejected):
    """How many pictures there are, and how many were called novel.

    The metrics may be of more pictures than are at hand here.
    """
    num_images = metrics.get("num_images", len(labels))
    num_novel = int(is_novel.sum())
    if num_images > len(labels):
        num_novel = sum(
            round((metrics[rate] or 0.0) * metrics[number])
            for rate, number in (
                ("false_positive_rate", "num_normal"),
                ("detection_rate", "num_novel"),
            )
        )
    return {
        "images": num_images,
        "called_novel": num_novel,
        "called_normal": num_images - num_novel,
        "normal": metrics.get("num_normal", int((labels == 0).sum())),
        "novel": metrics.get("num_novel", int((labels == 1).sum())),
        "rejected": num_rejected,
    }
