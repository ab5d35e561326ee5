"""The report on scored pictures, from the rows of a command."""

import numpy as np


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
    """
    from keras_novnorm.cli.console import readable
    from keras_novnorm.visualization import write_report

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
    )


def to_picture(image_bytes):
    """Decodes a picture for people.

    Args:
        image_bytes: bytes, as `transcode` gives them.

    Returns:
        uint8 array [h, w, 3].
    """
    from keras_novnorm.datasets.picture_digest import decode_pixels

    return (decode_pixels(image_bytes) // 257).astype(np.uint8)


def _pictures(scorer, contents):
    there = [content for content in contents if content is not None]
    maps = (scored.anomaly_map for scored in scorer.score(there, with_maps=True))
    return [
        (np.zeros((32, 32, 3), np.uint8), None)
        if content is None
        else (to_picture(content), next(maps))
        for content in contents
    ]
