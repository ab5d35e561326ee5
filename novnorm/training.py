"""A whole training of the command: from pictures to a detector."""

import dataclasses
import math
import shutil

from keras_novnorm.callbacks import DetectorTensorBoard
from keras_novnorm.callbacks.epoch_checkpoint import EpochCheckpoint
from keras_novnorm.detectors import registry
from keras_novnorm.training.whole_training import WholeTraining
from novnorm.epoch_progress import EpochProgress

_BUFFER_BYTES = 2**28
_BUFFER_PICTURES = 4096


class Training:
    """Trains a detector on the training pictures of a data set.

    Args:
        data: `OneClassData`.
        chosen: dict of `preset`, `method` (of a user's own, or None), `backbone` (or
            None: the method's own), `image_shape`, `resize`, `value_range`, `traits`
            (see `ends_of`), `epochs` (int or None:
            the preset's own), `seed` and `restarts`.
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
        self._method = registry.detector_class(
            chosen.get("method") or registry.method_of(chosen["preset"])
        )
        self.detector = None

    def train(self):
        """Trains, and takes the exact statistics of the normals.

        Returns:
            dict of what happened, for `history.json`.
        """
        chosen = self._chosen
        folder = self._run.checkpoint / self._name
        training = WholeTraining(
            self._make,
            lambda detector: _Normals(self._data, detector, chosen["seed"]),
            lambda restart, look: EpochCheckpoint(folder / f"restart-{restart}", look),
            self._callbacks,
            self._console.say,
            seed=chosen["seed"],
            restarts=chosen["restarts"],
            is_cut_short=self.is_cut_short,
        )
        record = training.run()
        self.detector = training.detector
        self.detector.picture_traits.assign(chosen["traits"])
        return {
            **record,
            "pictures": len(self._data.examples["train"]),
            "is_cut_short": self.is_cut_short,
        }

    @property
    def is_cut_short(self):
        """bool, whether fewer epochs were asked for than the preset's recipe has."""
        recipe = self._method.PRESETS[self._chosen["preset"]].get("recipe", {})
        return (self._chosen["epochs"] or math.inf) < recipe.get("epochs", 0)

    def _make(self, restart):
        chosen = self._chosen
        recipe = {"epochs": chosen["epochs"]} if chosen["epochs"] else {}
        if recipe and self._method.IS_ESTIMATED:
            recipe = {}
            self._console.note(f"{self._method.METHOD} has no epochs to be counted")
        backbone = chosen.get("backbone")
        detector = self._method.from_preset(
            chosen["preset"],
            image_shape=tuple(chosen["image_shape"]),
            resize=chosen["resize"],
            value_range=chosen["value_range"],
            recipe=recipe,
            **({"backbone": backbone} if backbone else {}),
        )
        detector.compile()
        return detector

    def _callbacks(self, epochs):
        logs = self._run.logs / self._name
        board = DetectorTensorBoard(logs, write_graph=False)
        return [EpochProgress(self._console, epochs), board]


@dataclasses.dataclass
class _Normals:
    """The training pictures as a detector sees them."""

    data: object
    detector: object
    seed: int
    steps = None  # a picture may be several tiles

    def once(self):
        return self.data.dataset(
            "train",
            self.detector.image_shape,
            self.detector.recipe["batch_size"],
            resize=self.detector.resize,
            tile_overlap=self.detector.tile_overlap,
        )

    def epochs(self, first, last):
        one = 4 * math.prod(self.detector.image_shape)
        buffer = max(1, min(_BUFFER_PICTURES, _BUFFER_BYTES // one))
        dataset = self.once().unbatch().shuffle(buffer, seed=self.seed + first)
        return dataset.batch(self.detector.recipe["batch_size"]).prefetch(2)


def forget_checkpoints(run):
    """Deletes the kept state, once the detector is saved.

    Args:
        run: `RunFolder`.
    """
    shutil.rmtree(run.checkpoint, ignore_errors=True)
