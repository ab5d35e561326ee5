"""A training of the pipeline: from prepared normals to a detector."""

import contextlib
import math

import keras

from keras_novnorm.callbacks import DetectorTensorBoard
from keras_novnorm.detectors import registry
from keras_novnorm.detectors.load_detector import load_detector
from keras_novnorm.training.whole_training import WholeTraining
from pipeline.components.train.checkpoint import Checkpoint
from pipeline.components.train.epoch_log import EpochLog
from pipeline.components.train.look_at_pictures import look_at_pictures
from pipeline.components.train.training_normals import TrainingNormals

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
        previous: str, a `.keras` file to go on from, at a tenth of the recipe's
            learning rate and for a quarter of its epochs unless epochs are given: what
            was learned is kept, and what is new is added. Or None.

    Attributes:
        detector: `OneClassDetector`, once begun.

    Raises:
        ValueError: the preset or the shape is not known.
    """

    def __init__(self, files, parameters, context, logs, strategy=None, previous=None):
        self._files = files
        self._parameters = parameters
        self._context = context
        self._logs = logs
        self._scope = strategy.scope if strategy else contextlib.nullcontext
        self._previous = previous
        keras.utils.set_random_seed(parameters.seed)
        self.detector = self._make()  # says at once what cannot be

    def run(self):
        """Trains, and takes the exact statistics of the normals.

        Returns:
            dict of what happened, for `history.json`.
        """
        parameters, recipe = self._parameters, self.detector.recipe
        epochs = parameters.epochs
        if self._previous and not self.detector.IS_ESTIMATED:
            epochs = epochs or math.ceil(recipe["epochs"] * _GO_ON_SHARE)
        normals = TrainingNormals(
            self._files,
            self.detector.image_shape,
            parameters.batch_size or recipe["batch_size"],
            parameters.seed,
            self.detector.resizing,
        )
        traits, advice = look_at_pictures(self._files, self.detector.value_range)
        if advice:
            self._context.say(advice.text)
        keep = self._context.keep
        training = WholeTraining(
            self._make,
            lambda _: normals,
            lambda restart, look: Checkpoint(keep / f"restart-{restart}", look),
            lambda _: [
                EpochLog(self._context),
                DetectorTensorBoard(self._logs, write_graph=False),
            ],
            self._context.say,
            seed=parameters.seed,
            restarts=parameters.restarts,
            epochs=epochs,
        )
        record = training.run()
        self.detector = training.detector
        if traits:
            self.detector.picture_traits.assign(traits)
        return {
            **record,
            "epochs": list(range(len(record["metrics"]["loss"]))),
            "pictures": normals.count,
            "went_on": self._previous is not None,
        }

    def _make(self, restart=0):
        parameters = self._parameters
        with self._scope():
            if self._previous and not restart:
                return self._go_on()
            backbone = parameters.backbone
            detector = registry.from_preset(
                parameters.preset,
                method=parameters.method,
                **({"backbone": backbone} if backbone else {}),
                image_shape=parameters.image_shape,
                resize=parameters.resize,
                value_range=parameters.value_range,
            )
            detector.compile()
        return detector

    def _go_on(self):
        detector = load_detector(self._previous, compile=False)
        if not detector.IS_ESTIMATED:
            rate = detector.recipe["learning_rate"] * _GO_ON_RATE
            detector.compile(optimizer=keras.optimizers.Adam(rate))
        return detector
