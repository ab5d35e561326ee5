"""Four trainings by one worker and by two."""

import pathlib
import shutil
import tempfile
import time

from benchmarks.pipeline.runs import manifests, run

AIM = 1.6
_TWO = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")
_ONE = ("--direct_num_workers=1", "--direct_running_mode=multi_processing")


def measure(data, data_dir, epochs):
    """Trains four detectors with one thread each, by one worker process and by two.

    Both begin with the pictures prepared.

    Args:
        data: str, the source.
        data_dir: str or None.
        epochs: int.

    Returns:
        Pair of dict of facts and list of `(words, value, aim, is_met)`.
    """
    options = ["--data", data, "--normal", "0", "1", "2", "3", "--each-normal"]
    options += ["--epochs", str(epochs), "--threads", "1"]
    if data_dir:
        options += ["--data-dir", data_dir]
    taken, digests = {}, {}
    with tempfile.TemporaryDirectory(prefix="novnorm-fan-out-") as folder:
        base = pathlib.Path(folder, "base")
        for component in ("prepare", "statistics", "validate"):
            run(base, *options, "--only", component)
        for name, beam in (("one worker", _ONE), ("two workers", _TWO)):
            root = pathlib.Path(folder, name.replace(" ", "-"))
            shutil.copytree(base, root)
            clock = time.monotonic()
            run(root, *options, *beam, "--only", "train")
            taken[name] = time.monotonic() - clock
            digests[name] = [
                m["label"] for m in manifests(root) if m["component"] == "train"
            ]
            assert len(digests[name]) == 4, digests
    ratio = taken["one worker"] / taken["two workers"]
    facts = {name: round(seconds, 1) for name, seconds in taken.items()}
    return facts, [("one worker / two workers", ratio, f">= {AIM}", ratio >= AIM)]
