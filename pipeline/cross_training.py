"""Trainings that each leave a part of the normals out, to calibrate on all."""

import dataclasses

from pipeline.component import NOTHING
from pipeline.components.calibrate.component import CrossTrainings
from pipeline.pipeline_error import PipelineError
from pipeline.selection import FoldPart


def cross_train(store, trainings, folds, may_run, allow_collapsed=False):
    """Trains each detector again without each part of its normals.

    Args:
        store: `ArtifactStore`.
        trainings: list of `Train`, each on all normals of a detector.
        folds: int, into how many parts these are divided.
        may_run: bool; False: results must be there already.
        allow_collapsed: bool, whether collapsed trainings count.

    Returns:
        List of `CrossTrainings`, and of `PipelineError` where a training failed.
    """
    components = [
        _without(training, folds, part)
        for training in trainings
        for part in range(folds)
    ]
    produced = store.produce_all(components, may_run)
    return [
        _together(produced[start : start + folds], allow_collapsed)
        for start in range(0, len(produced), folds)
    ]


def _without(training, folds, part):
    examples = training.inputs.examples
    left = FoldPart(examples.selection, examples.splits, folds, part)
    inputs = dataclasses.replace(training.inputs, examples=left, previous=NOTHING)
    label = f"{training.label} part {part + 1} of {folds}".strip()
    return dataclasses.replace(training, inputs=inputs, label=label)


def _together(outputs, allow_collapsed):
    failed = [one for one in outputs if isinstance(one, PipelineError)]
    if failed:
        return failed[0]
    collapsed = [
        number
        for number, one in enumerate(outputs, 1)
        if one.read_history()["is_collapsed"]
    ]
    if collapsed and not allow_collapsed:
        return PipelineError(
            f"The training without part {collapsed[0]} of {len(outputs)} has "
            "collapsed, so that a calibration across parts means nothing. Try "
            "--restarts 2, another --seed, or fewer parts."
        )
    return CrossTrainings(tuple(outputs))
