"""One whole training: from prepared normals to a detector with exact statistics."""

import contextlib
import math
import warnings

import keras

import keras_novnorm
from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor
from keras_novnorm.detectors import registry
from keras_novnorm.detectors.load_detector import load_detector
from pipeline.components.train.checkpoint import Checkpoint
from pipeline.components.train.epoch_log import EpochLog
from pipeline.components.train.look_at_pictures import look_at_pictures
from pipeline.components.train.training_normals import TrainingNormals

_SEED_STEP = 10_007
_GO_ON_SHARE = 1 / 4
_GO_ON_RATE = 1 / 10


class Training:
    """Trains a detector, from an epoch to which it was trained before.

    Args:
        files: list of str, TFRecord files of the normals.
        parameters: `TrainParameters`.
        context: `Context`; its `keep` holds the checkpoints.
        logs: str, folder for TensorBoard's files.
        strategy: `tf.distribute.Strategy` or None.

    Attributes:
        detector: `OneClassDetector`, once begun.
    """

    def __init__(self, files, parameters, context, logs, strategy=None):
        self._files = files
        self._parameters = parameters
        self._context = context
        self._logs = logs
        self._scope = strategy.scope if strategy else contextlib.nullcontext
        self._previous = None
        self.detector = None

    def begin(self, restart=0):
        """Makes a new detector.

        Args:
            restart: int, how often training has collapsed before.

        Raises:
            ValueError: the preset or the shape is not known.
        """
        parameters = self._parameters
        keras.utils.set_random_seed(parameters.seed + _SEED_STEP * restart)
        with self._scope():
            self.detector = registry.from_preset(
                parameters.preset,
                method=parameters.method,
                image_shape=parameters.image_shape,
                value_range=parameters.value_range,
            )
            self.detector.compile()

    def go_on_from(self, path):
        """Takes a detector that was trained before, to train it further.

        It goes on at a tenth of the recipe's learning rate and for a quarter of its
        epochs, unless epochs are given: what was learned is kept, and what is new is
        added.

        Args:
            path: str, a `.keras` file.
        """
        keras.utils.set_random_seed(self._parameters.seed)
        with self._scope():
            self.detector = load_detector(path, compile=False)
            if self.detector.IS_ESTIMATED:
                return
            rate = self.detector.recipe["learning_rate"] * _GO_ON_RATE
            self.detector.compile(optimizer=keras.optimizers.Adam(rate))
        self._previous = math.ceil(self.detector.recipe["epochs"] * _GO_ON_SHARE)

    def run(self):
        """Trains, and takes the exact statistics of the normals.

        A collapsed training begins again with other starting values, as often as the
        parameters allow.

        Returns:
            dict of what happened, for `history.json`.
        """
        parameters = self._parameters
        normals = TrainingNormals(
            self._files,
            self.detector.image_shape,
            parameters.batch_size or self.detector.recipe["batch_size"],
            parameters.seed,
        )
        traits, advice = look_at_pictures(self._files, self.detector.value_range)
        if advice:
            self._context.say(advice.text)
        restart = 0
        messages = []
        while True:
            history, said = self._fit(normals, restart)
            messages += said
            if not self.detector.is_collapsed or restart == parameters.restarts:
                break
            restart += 1
            self.begin(restart)
        self.detector.restarts_made.assign(float(restart))
        if not self.detector.IS_ESTIMATED:
            self.detector.adapt(normals.once(), verbose=0)
        if traits:
            self.detector.picture_traits.assign(traits)
        return {
            "epochs": list(range(len(history["loss"]))),
            "metrics": history,
            "pictures": normals.count,
            "is_collapsed": bool(self.detector.is_collapsed),
            "collapse_signs": self.detector.collapse_signs,
            "restarts": restart,
            "went_on": self._previous is not None,
            "messages": messages,
        }

    def _fit(self, normals, restart):
        board = keras.callbacks.TensorBoard(self._logs, write_graph=False)
        if self.detector.IS_ESTIMATED:
            fitted = self.detector.fit(normals.once(), callbacks=[board], verbose=0)
            return fitted.history, []
        # Without `epochs` the detector follows its recipe's schedule.
        epochs = self._parameters.epochs or self._previous
        last = epochs or self.detector.recipe["epochs"]
        monitor = CollapseMonitor()
        monitor.set_model(self.detector)

        def look_back(history):
            return monitor.replay(history, normals.steps)

        folder = self._context.keep / f"restart-{restart}"
        checkpoint = Checkpoint(folder, look_back)
        start = min(checkpoint.epoch, last)
        if start:
            self._context.say(f"goes on after epoch {start} of {last}")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", keras_novnorm.CollapseWarning)
            if start and (look_back(checkpoint.history) or start == last):
                checkpoint.restore(self.detector)
                monitor.on_train_end()
            else:
                caught.clear()
                self.detector.fit(
                    normals.epochs(start, last),
                    epochs=epochs,
                    initial_epoch=start,
                    steps_per_epoch=normals.steps,
                    callbacks=[
                        monitor,
                        checkpoint,
                        EpochLog(self._context),
                        board,
                    ],
                    verbose=0,
                )
        return checkpoint.history, [str(warning.message) for warning in caught]
