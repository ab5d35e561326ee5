"""What a finished run says of itself, in a few lines."""

from novnorm.metrics_text import describe_metrics


def describe_run(run, record, card):
    """The last lines of `novnorm train`.

    Args:
        run: `RunFolder`.
        record: dict, the run's record.
        card: dict, as `describe_detector` gives it.

    Returns:
        List of str.
    """
    lines = [""]
    for finding in record["advice"]:
        lines.append(f"advice: {finding['text']}")
    lines += describe_most_novel(record.get("most_novel_training", ()))
    if record.get("most_novel_training"):
        lines.append(
            f"              They lie in {run.look_at} with heat maps. If some are not "
            "normal, take them out and train again."
        )
    if record["collapsed"]:
        lines += _on_collapse(record)
    folds = record["calibration"].get("folds")
    how = f"by cross-validation in {folds} parts" if folds else "held out"
    lines.append(
        f"threshold     {card['threshold']:.6g} (novel is a score above), for "
        f"{card['target_fpr']:.4g} of normal pictures, from "
        f"{card['num_calibration_images']} of them {how}"
    )
    lines += describe_metrics(record["metrics"])
    lines.append(f"detector      {run.detector}")
    if run.report.is_file():
        lines.append(f"report        {run.report}")
    if record.get("export"):
        lines.append(f"for servers   {record['export']}")
    lines.append(f"scores        {run.scores}")
    lines.append(f"next          novnorm score {run.folder} PICTURES --csv scores.csv")
    return lines


def describe_most_novel(pictures):
    """Says which pictures of the training are the most novel.

    Args:
        pictures: list of dict of `path` and `score`.

    Returns:
        List of str.
    """
    if not pictures:
        return []
    lines = [f"look at       the {len(pictures)} most novel pictures of the training:"]
    lines += [f"  {one['score']:>10.4f}  {one['path']}" for one in pictures]
    return lines


def _on_collapse(record):
    if record["cut_short"]:
        return [
            "WARNING: after so few epochs the detector gives nearly the same picture "
            "back for every one: scores mean little, and nothing was exported. Leave "
            "--epochs out to train as long as the preset says."
        ]
    return [
        *(f"WARNING: {message}" for message in record["messages"][-1:]),
        "WARNING: the training has collapsed, scores mean little: nothing was "
        "exported. Try another --seed or more --epochs, in another --out.",
    ]


def describe_finished(run, record):
    """What is said where a run is given once more.

    Args:
        run: `RunFolder`.
        record: dict, the run's record.

    Returns:
        List of str.
    """
    calibration = record["calibration"]
    card = {
        "threshold": calibration["threshold"],
        "target_fpr": calibration["target_fpr"],
        "num_calibration_images": calibration["num_images"],
    }
    return [
        f"This run is finished; it took {record['seconds']:.0f} s.",
        *describe_run(run, record, card),
    ]
