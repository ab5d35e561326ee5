"""The report on scored pictures, from the rows of a command."""

import numpy as np

from keras_novnorm.visualization.rgb_picture import picture_of_file


def write_page(
    path,
    title,
    scorer,
    rows,
    load_bytes,
    metrics=None,
    history=None,
    rejected=(),
    advice=(),
    facts=None,
    most_novel_training=(),
    load_training=None,
):
    """Writes the report.

    Args:
        path: path of the HTML file.
        title: str.
        scorer: as `open_scorer` gives it.
        rows: list of dict, `path` and the model's outputs; `class` and `label` where
            they are known.
        load_bytes: function of a list of positions in `rows` that gives a list of
            bytes, as `transcode` gives them; or None for a picture that is gone.
        metrics: dict, as `Evaluation.metrics`; None where no label is known.
        history: dict of lists from training, or None.
        rejected: list of `(path, reason)`.
        advice: list of `Finding`.
        facts: dict of further lines of the model card.
        most_novel_training: list of dict of `path` and `score`, or empty.
        load_training: as `load_bytes`, of positions in `most_novel_training`.
    """
    from keras_novnorm.visualization import write_report
    from novnorm.console import readable

    outputs = {
        name: np.array([row[name] for row in rows])
        for name in ("score", "p_value", "is_novel")
    }
    write_report(
        path,
        title=title,
        detector=scorer,
        labels=np.array([row.get("label", -1) for row in rows]),
        outputs=outputs,
        class_names=[readable(row.get("class", "")) for row in rows],
        load_images=None,
        metrics=metrics or {},
        card={**scorer.card, **(facts or {})},
        history=history,
        rejected=[(readable(name), reason) for name, reason in rejected],
        advice=[finding.text for finding in advice],
        names=[readable(row["path"]) for row in rows],
        calibration_scores=scorer.calibration_scores(),
        load_pictures=lambda positions: _pictures(scorer, load_bytes(positions)),
        most_novel_training=[
            {**one, "path": readable(one["path"])} for one in most_novel_training
        ],
        load_training=lambda positions: _pictures(scorer, load_training(positions)),
    )


def _pictures(scorer, contents):
    there = [content for content in contents if content is not None]
    maps = (scored.anomaly_map for scored in scorer.score(there, with_maps=True))
    return [
        (np.zeros((32, 32, 3), np.uint8), None)
        if content is None
        else (picture_of_file(content, scorer.card.get("value_range")), next(maps))
        for content in contents
    ]
