"""Seconds that a run takes beside training."""

import tempfile

from benchmarks.pipeline.runs import run, seconds_by_component

AIM = 90.0


def measure(data, data_dir, normal):
    """Runs one detector of one epoch, and takes apart what it took.

    Args:
        data: str, the source.
        data_dir: str or None.
        normal: list of str.

    Returns:
        Pair of dict of facts and list of `(words, value, aim, is_met)`.
    """
    options = ["--data", data, "--normal", *normal, "--epochs", "1"]
    options += ["--allow-collapsed"]
    if data_dir:
        options += ["--data-dir", data_dir]
    with tempfile.TemporaryDirectory(prefix="novnorm-beside-") as root:
        whole = run(root, *options)
        seconds = seconds_by_component(root)
    beside = whole - seconds["train"]
    facts = {"whole": whole, "beside training": beside, **seconds}
    return facts, [("seconds beside training", beside, f"<= {AIM}", beside <= AIM)]
