"""The folder of a run: what `novnorm train` leaves behind, and where."""

import json
import os
import pathlib


class RunFolder:
    """The files of a run.

    Args:
        folder: path of the folder.

    Attributes:
        folder: `pathlib.Path`.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    @property
    def record(self):
        """`pathlib.Path` of `run.json`: what was asked, and how far it is."""
        return self.folder / "run.json"

    @property
    def pictures(self):
        """`pathlib.Path` of the table of pictures with their splits."""
        return self.folder / "pictures.csv"

    @property
    def calibration(self):
        """`pathlib.Path` of the table of pictures that calibrated it anew, if any."""
        return self.folder / "calibration.csv"

    @property
    def rejected(self):
        """`pathlib.Path` of the table of what was set aside."""
        return self.folder / "rejected.csv"

    @property
    def detector(self):
        """`pathlib.Path` of the detector."""
        return self.folder / "detector.keras"

    @property
    def history(self):
        """`pathlib.Path` of the metrics of training, one value an epoch."""
        return self.folder / "history.json"

    @property
    def metrics(self):
        """`pathlib.Path` of the metrics of the held-out pictures."""
        return self.folder / "metrics.json"

    @property
    def scores(self):
        """`pathlib.Path` of the scores of the held-out pictures."""
        return self.folder / "scores.csv"

    @property
    def report(self):
        """`pathlib.Path` of the page for people."""
        return self.folder / "report.html"

    @property
    def export(self):
        """`pathlib.Path` of the folder with the numbered versions for servers."""
        return self.folder / "export"

    @property
    def logs(self):
        """`pathlib.Path` of the folder to point TensorBoard at."""
        return self.folder / "logs"

    @property
    def checkpoint(self):
        """`pathlib.Path` of the state of a training that goes on, gone after it."""
        return self.folder / "checkpoint"

    @property
    def look_at(self):
        """`pathlib.Path` of the training pictures that a person should look at."""
        return self.folder / "look_at"

    def is_run(self):
        """Returns bool, whether there is a run in this folder."""
        return self.record.is_file()

    def read_record(self):
        """Returns dict, the content of `run.json`."""
        return read_json(self.record)

    def write_record(self, record):
        """Replaces `run.json`.

        Args:
            record: dictionary of JSON values.
        """
        write_json(self.record, record)


def read_json(path):
    """Reads a JSON file.

    Args:
        path: `pathlib.Path`.

    Returns:
        What it holds.

    Raises:
        ValueError: it is no JSON; the text names the file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged, it is no JSON: {error}") from error


def write_json(path, value):
    """Writes a JSON file, whole or not at all.

    Args:
        path: `pathlib.Path`.
        value: JSON values.
    """
    from novnorm.console import finite

    text = json.dumps(finite(value), indent=2, ensure_ascii=False, allow_nan=False)
    write_whole(path, text + "\n")


def write_whole(path, text):
    """Writes a text file, whole or not at all.

    A link stays one: what it leads to is written. A pipe or a device is written to.

    Args:
        path: `pathlib.Path`; its folder is made.
        text: str.
    """
    path = pathlib.Path(path)
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8", newline="")
        return
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(path.name + ".part")
    # As it is: `csv` has put its own ends of lines.
    staging.write_text(text, encoding="utf-8", newline="")
    os.replace(staging, path)


def save_detector(detector, path):
    """Writes a detector, whole or not at all.

    Args:
        detector: `NoveltyDetector`.
        path: path that ends in `.keras`.
    """
    path = pathlib.Path(path).resolve()  # A link stays one.
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = path.with_name(f".part-{path.name}")
    detector.save(staging)
    os.replace(staging, path)
