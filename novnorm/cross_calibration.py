"""Calibration by cross-validation, for runs with few pictures."""

import dataclasses
import io

import numpy as np

from keras_novnorm.datasets.folds import assign_folds
from keras_novnorm.scoring.picture_scoring import calibrate_on_pictures, score_normals
from novnorm.training import Training


def calibrate(detector, data, chosen, run, console):
    """Sets the threshold of a run's detector, on held-out normals or across parts.

    Args:
        detector: `NoveltyDetector`, trained.
        data: `OneClassData`.
        chosen: dict, as for `Training`, with `target_fpr` and `folds`.
        run: `RunFolder`.
        console: `Console`.

    Returns:
        List of str, what was wrong with it.
    """
    if chosen["folds"]:
        crossed = CrossCalibration(data, chosen, run, console)
        return crossed.calibrate(detector, chosen["folds"], chosen["target_fpr"])
    pictures = (one.image_bytes for one in data.examples["calibration"])
    calibrate_on_pictures(detector, pictures, chosen["target_fpr"])
    return []


class CrossCalibration:
    """Calibrates a detector on the pictures that it was trained on.

    For each part of them, another detector is trained without it, just as the
    detector was, and scores it. So each score is of a picture that training did not
    see.

    Args:
        data: `OneClassData`, with all normals in "train".
        chosen: dict, as for `Training`.
        run: `RunFolder`, where finished parts are kept until the run is done.
        console: `Console`.
    """

    def __init__(self, data, chosen, run, console):
        self._data = data
        self._chosen = chosen
        self._run = run
        self._console = console

    def calibrate(self, detector, folds, target_fpr):
        """Sets the threshold.

        Args:
            detector: `NoveltyDetector`, trained on all.
            folds: int, how many parts.
            target_fpr: float, rate of false alarms to allow.

        Returns:
            List of str, what was wrong: trainings that collapsed.
        """
        examples = self._data.examples["train"]
        parts = assign_folds(examples, folds)
        scores, pixels, collapsed = [], [], []
        for part in range(folds):
            kept = [e for e, its in zip(examples, parts, strict=True) if its != part]
            left = [e for e, its in zip(examples, parts, strict=True) if its == part]
            self._console.note(f"cross-validation: part {part + 1} of {folds}")
            found = self._part(part, kept, left)
            scores.append(found["scores"])
            pixels.append(found["pixels"])
            if found["collapsed"]:
                collapsed.append(
                    f"The training without part {part + 1} of {folds} has collapsed, "
                    "so that the threshold means little."
                )
        detector.keep_calibration_scores(np.concatenate(scores), target_fpr)
        detector.calibration.fit_maps(np.concatenate(pixels))
        return collapsed

    def _part(self, part, kept, left):
        file = self._run.checkpoint / f"part-{part}.npz"
        if file.is_file():
            with np.load(file) as found:
                return dict(found)
        data = dataclasses.replace(self._data, examples={"train": kept})
        name = f"part-{part}"
        training = Training(data, self._chosen, self._run, self._console, name)
        history = training.train()
        pictures = (one.image_bytes for one in left)
        scores, pixels = score_normals(training.detector, pictures)
        collapsed = history["is_collapsed"] and not history["is_cut_short"]
        found = {"scores": scores, "pixels": pixels, "collapsed": np.array(collapsed)}
        _write(file, found)
        return found


def _write(file, arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    file.parent.mkdir(parents=True, exist_ok=True)
    staging = file.with_suffix(".part")
    staging.write_bytes(content.getvalue())
    staging.replace(file)
