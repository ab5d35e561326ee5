"""One whole training: from pictures to a detector with exact statistics."""

import math
import shutil
import warnings

import keras

import keras_novnorm
from keras_novnorm.callbacks.collapse_monitor import CollapseMonitor
from keras_novnorm.detectors import registry
from novnorm.epoch_progress import EpochProgress
from novnorm.train_checkpoint import TrainCheckpoint

_SEED_STEP = 10_007
_BUFFER_BYTES = 2**28
_BUFFER_PICTURES = 4096


class Training:
    """Trains a detector on the training pictures of a data set.

    Args:
        data: `OneClassData`.
        chosen: dict of `preset`, `image_shape`, `resize`, `value_range`, `traits` (see
            `ends_of`), `epochs` (int or None: the preset's own), `seed` and `restarts`.
        run: `RunFolder`, where the state of the training is kept.
        console: `Console`.
        name: str, what tells the training from others of the run.

    Attributes:
        detector: `OneClassDetector`, once `train` was called.
    """

    def __init__(self, data, chosen, run, console, name=""):
        self._data = data
        self._name = name
        self._chosen = chosen
        self._run = run
        self._console = console
        self.detector = None

    def train(self):
        """Trains, and takes the exact statistics of the normals.

        A collapsed training begins again with other starting values, as often as
        `restarts` allows; one that was cut short does not, for it would end no better.

        Returns:
            dict of what happened, for `history.json`.
        """
        restart, restarts = 0, self._chosen["restarts"]
        messages = []
        while True:
            self._begin(restart)
            history, said = self._fit(restart)
            messages += said
            collapsed = self.detector.is_collapsed
            if not collapsed or self.is_cut_short or restart == restarts:
                break
            restart += 1
            self._console.note(f"training has collapsed; begins again ({restart})")
        self.detector.restarts_made.assign(float(restart))
        if not self.detector.IS_ESTIMATED:
            self.detector.adapt(self._batches(), verbose=0)
        self.detector.picture_traits.assign(self._chosen["traits"])
        return {
            "metrics": history,
            "pictures": len(self._data.examples["train"]),
            "is_collapsed": bool(collapsed),
            "is_cut_short": self.is_cut_short,
            "collapse_signs": self.detector.collapse_signs,
            "restarts": restart,
            "messages": messages,
        }

    @property
    def is_cut_short(self):
        """bool, whether fewer epochs were asked for than the preset's recipe has."""
        recipe = registry.presets()[self._chosen["preset"]].get("recipe", {})
        return (self._chosen["epochs"] or math.inf) < recipe.get("epochs", 0)

    def _begin(self, restart):
        chosen = self._chosen
        keras.utils.set_random_seed(chosen["seed"] + _SEED_STEP * restart)
        method = registry.detector_class(registry.method_of(chosen["preset"]))
        recipe = {"epochs": chosen["epochs"]} if chosen["epochs"] else {}
        if recipe and method.IS_ESTIMATED:
            recipe = {}
            self._console.note(f"{method.METHOD} has no epochs: --epochs says nothing")
        self.detector = method.from_preset(
            chosen["preset"],
            image_shape=tuple(chosen["image_shape"]),
            resize=chosen["resize"],
            value_range=chosen["value_range"],
            recipe=recipe,
        )
        self.detector.compile()

    def _fit(self, restart):
        detector = self.detector
        if detector.IS_ESTIMATED:
            board = [self._tensor_board()]
            return detector.fit(self._batches(), callbacks=board, verbose=0).history, []
        last = detector.recipe["epochs"]
        monitor = CollapseMonitor()
        monitor.set_model(detector)

        def look_back(history):
            steps = int(detector.optimizer.iterations) // max(checkpoint.epoch, 1)
            return monitor.replay(history, steps)

        folder = self._run.checkpoint / self._name / f"restart-{restart}"
        checkpoint = TrainCheckpoint(folder, look_back)
        start = min(checkpoint.epoch, last)
        if start:
            self._console.say(f"goes on after epoch {start} of {last}")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", keras_novnorm.CollapseWarning)
            ended = start == last
            if start:
                checkpoint.restore(detector)
                ended = look_back(checkpoint.history) or ended
            if ended:
                monitor.on_train_end()
            else:
                caught.clear()
                # The recipe's rate again: its steps start from there.
                detector.compile()
                detector.fit(
                    self._batches(seed=self._chosen["seed"] + start),
                    initial_epoch=start,
                    callbacks=[
                        monitor,
                        checkpoint,
                        EpochProgress(self._console, last),
                        self._tensor_board(),
                    ],
                    verbose=0,
                )
        said = [
            str(one.message)
            for one in caught
            if issubclass(one.category, keras_novnorm.CollapseWarning)
        ]
        return checkpoint.history, said

    def _batches(self, seed=None):
        shape = tuple(self._chosen["image_shape"])
        size = self.detector.recipe["batch_size"]
        dataset = self._data.dataset(
            "train",
            shape,
            size,
            resize=self.detector.resize,
            tile_overlap=self.detector.tile_overlap,
        )
        if seed is None:
            return dataset
        one = 4 * shape[0] * shape[1] * shape[2]
        buffer = max(1, min(_BUFFER_PICTURES, _BUFFER_BYTES // one))
        dataset = dataset.unbatch().shuffle(buffer, seed=seed)
        return dataset.batch(size).prefetch(2)

    def _tensor_board(self):
        from keras_novnorm import callbacks

        logs = self._run.logs / self._name
        log = getattr(callbacks, "DetectorTensorBoard", None)
        if log is None:
            return keras.callbacks.TensorBoard(logs, write_graph=False)
        return log(logs, write_graph=False)


def forget_checkpoints(run):
    """Deletes the kept state, once the detector is saved.

    Args:
        run: `RunFolder`.
    """
    shutil.rmtree(run.checkpoint, ignore_errors=True)
