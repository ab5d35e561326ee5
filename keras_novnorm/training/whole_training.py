"""One whole training: from a new detector to one with exact statistics."""

import warnings

import keras

from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor, CollapseWarning
from keras_novnorm.detectors.estimate import FewNormalsWarning

_SEED_STEP = 10_007


class WholeTraining:
    """Trains a detector; one that was stopped goes on after its last epoch.

    Where the data are, where the state is kept and how it is shown is whoever's it is:
    the command's, or a worker's of the pipeline.

    Args:
        make: function of the number of restarts that returns a new, compiled detector.
        normals: function of it that returns the normal images to train on, an object
            with `epochs(first, last)` and `once()`, which give data for `fit`, and
            `steps`, batches in an epoch, or None.
        checkpoint: function of the number of restarts and of a function of the history
            (see `EpochCheckpoint`) that returns an `EpochCheckpoint`.
        callbacks: function of the number of epochs that returns a list of callbacks.
        say: function of a line of text, for people.
        seed: int, of everything random.
        restarts: int, how often a collapsed training begins again with other starting
            values.
        epochs: int, or None: the detector's own recipe.
        is_cut_short: bool, whether there are fewer epochs than it takes: such a
            training does not begin again, for it would end no better.

    Attributes:
        detector: `OneClassDetector`, once `run` has begun.
    """

    def __init__(
        self,
        make,
        normals,
        checkpoint,
        callbacks,
        say,
        seed=0,
        restarts=0,
        epochs=None,
        is_cut_short=False,
    ):
        self._make = make
        self._normals = normals
        self._checkpoint = checkpoint
        self._callbacks = callbacks
        self._say = say
        self._seed = seed
        self._restarts = restarts
        self._epochs = epochs
        self._is_cut_short = is_cut_short
        self.detector = None

    def run(self):
        """Trains, and takes the exact statistics of the normals.

        Returns:
            dict of what happened, for a history file: `metrics`, lists of one value for
            each epoch, `is_collapsed`, `collapse_signs`, `restarts` and `messages`.
        """
        messages, restart = [], 0
        while True:
            keras.utils.set_random_seed(self._seed + _SEED_STEP * restart)
            self.detector = self._make(restart)
            normals = self._normals(self.detector)
            history, said = self._fit(normals, restart)
            messages += said
            collapsed = self.detector.is_collapsed
            if not collapsed or self._is_cut_short or restart == self._restarts:
                break
            restart += 1
            self._say(f"training has collapsed; begins again ({restart})")
        self.detector.restarts_made.assign(float(restart))
        if not self.detector.IS_ESTIMATED:
            self.detector.adapt(normals.once(), verbose=0)
        return {
            "metrics": history,
            "is_collapsed": bool(collapsed),
            "collapse_signs": self.detector.collapse_signs,
            "restarts": restart,
            "messages": messages,
        }

    def _fit(self, normals, restart):
        detector = self.detector
        if detector.IS_ESTIMATED:
            shown = self._callbacks(1)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", FewNormalsWarning)
                found = detector.fit(normals.once(), callbacks=shown, verbose=0)
            return found.history, _said(caught, FewNormalsWarning)
        last = self._epochs or detector.recipe["epochs"]
        monitor = CollapseMonitor()
        monitor.set_model(detector)

        def look_back(history):
            steps = normals.steps
            if steps is None:  # as many as were made
                steps = int(detector.optimizer.iterations) // max(checkpoint.epoch, 1)
            return monitor.replay(history, steps)

        checkpoint = self._checkpoint(restart, look_back)
        start = min(checkpoint.epoch, last)
        if start:
            self._say(f"goes on after epoch {start} of {last}")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", CollapseWarning)
            if start and self._has_ended(checkpoint, look_back, start, last):
                checkpoint.restore(detector)
                monitor.on_train_end()
            else:
                caught.clear()
                detector.fit(
                    normals.epochs(start, last),
                    # Without, the detector follows its recipe's schedule.
                    epochs=self._epochs,
                    initial_epoch=start,
                    steps_per_epoch=normals.steps,
                    callbacks=[monitor, checkpoint, *self._callbacks(last)],
                    verbose=0,
                )
        return checkpoint.history, _said(caught, CollapseWarning)

    def _has_ended(self, checkpoint, look_back, start, last):
        # How many steps an epoch had is known from the optimizer, once put back.
        if start < last:
            optimizer = self.detector.optimizer
            rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
            checkpoint.restore(self.detector)
            optimizer.learning_rate = rate  # its steps start from there
        return look_back(checkpoint.history) or start == last


def _said(caught, category):
    return [str(one.message) for one in caught if one.category is category]
