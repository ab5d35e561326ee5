"""False alarms of thresholds from few normals: held out, or by cross-validation.

    python -m benchmarks.few_normals --normals 24 --trials 10 --epochs 20

Of a handwritten digit of scikit-learn's, some pictures are given and all others of that
digit are new normals. Each trial takes another digit and other pictures.
"""

import argparse
import dataclasses

import keras
import numpy as np
from sklearn.datasets import load_digits

import keras_novnorm
from keras_novnorm.calibration import smallest_target_fpr, threshold_at
from keras_novnorm.datasets.folds import assign_folds


@dataclasses.dataclass(frozen=True)
class _Example:
    sha256: str
    group: str = ""


def main(arguments=None):
    """Prints a table.

    Args:
        arguments: list of str, as on the command line.
    """
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--normals", type=int, default=24)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    asked = parser.parse_args(arguments)
    held_out = round(asked.normals / 6)
    targets = sorted(
        {smallest_target_fpr(held_out), smallest_target_fpr(asked.normals), 0.1, 0.2}
    )
    trainer = Trainer(asked.epochs)
    found = [
        measure(trial, held_out, targets, trainer, asked)
        for trial in range(asked.trials)
    ]
    print("target   held out: false alarms, detected   across: false alarms, detected")
    for number, target in enumerate(targets):
        cells = [f"{target:.4f}"]
        for way in range(2):
            values = np.array([one[way][number] for one in found])
            cells.append(
                "not possible"
                if np.isnan(values).any()
                else f"{values[:, 0].mean():.3f} "
                f"+- {values[:, 0].std(ddof=1) / len(values) ** 0.5:.3f}, "
                f"{values[:, 1].mean():.3f}"
            )
        print("   ".join(cells))


class Trainer:
    """Trains one detector again and again, always from the same starting values.

    Args:
        epochs: int.
    """

    def __init__(self, epochs):
        keras.utils.set_random_seed(0)
        self._detector = keras_novnorm.NoveltyDetector.from_preset(
            "digits", recipe={"epochs": epochs, "batch_size": 8}
        )
        self._detector.compile()
        self._detector.fit(np.zeros((8, 8, 8, 1), "float32"), epochs=1, verbose=0)
        keras.utils.set_random_seed(0)
        fresh = keras_novnorm.NoveltyDetector.from_preset("digits")
        self._start = [variable.numpy() for variable in fresh.variables]
        self._state = self._detector.optimizer.variables
        self._at_rest = [np.zeros(v.shape, v.dtype) for v in self._state]
        rate = self._detector.optimizer.learning_rate
        place = next(n for n, v in enumerate(self._state) if v is rate)
        self._at_rest[place] = np.float32(self._detector.recipe["learning_rate"])

    def scores(self, normals, *others):
        """Trains on some images and scores others.

        Args:
            normals: float array [N, H, W, C].
            *others: float arrays likewise.

        Returns:
            List of float arrays.
        """
        detector = self._detector
        for variable, value in zip(detector.variables, self._start, strict=True):
            variable.assign(value)
        for variable, value in zip(self._state, self._at_rest, strict=True):
            variable.assign(value)
        detector.fit(normals, verbose=0)
        detector.adapt(normals, verbose=0)
        return [detector.predict(one, verbose=0)["score"] for one in others]


def measure(trial, held_out, targets, trainer, asked):
    """Trains and calibrates both ways.

    Args:
        trial: int, which digit and pictures.
        held_out: int, how many normals one of the ways holds out.
        targets: list of float, rates of false alarms.
        trainer: `Trainer`.
        asked: options of the command.

    Returns:
        Two lists, of held-out normals and of cross-validation: for each target the
        share of new normals that are flagged, and of other digits; NaN where there are
        too few scores.
    """
    digits = load_digits()
    images = (digits.images / 16).astype("float32")[..., None]
    order = np.random.default_rng(trial).permutation(len(images))
    images, labels = images[order], digits.target[order]
    of_digit = np.flatnonzero(labels == trial % 10)
    given, new = images[of_digit[: asked.normals]], images[of_digit[asked.normals :]]
    tested = new, images[labels != trial % 10][:500]
    examples = [_Example(f"{trial} {n}") for n in range(len(given))]
    parts = np.array(assign_folds(examples, asked.folds))
    known, *answers = trainer.scores(given[held_out:], given[:held_out], *tested)
    across = [
        trainer.scores(given[parts != part], given[parts == part])[0]
        for part in range(asked.folds)
    ]
    of_all = trainer.scores(given, *tested)
    return [
        [rates(known, target, answers) for target in targets],
        [rates(np.concatenate(across), target, of_all) for target in targets],
    ]


def rates(known, target, answers):
    """Shares above the threshold for a target; NaN where there is none."""
    try:
        threshold = threshold_at(known, target)
    except ValueError:
        return [np.nan] * len(answers)
    return [float(np.mean(answer > threshold)) for answer in answers]


if __name__ == "__main__":
    main()
