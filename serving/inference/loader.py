"""From a version's folder to something that answers requests."""

import dataclasses
import os
import time

from serving.inference import batching_parameters, model_card, warmup
from serving.inference.batching import BatchingServable
from serving.inference.batching_parameters import Batching
from serving.inference.bounded_servable import BoundedServable
from serving.inference.limits import Limits
from serving.inference.picture_lane import PictureLane
from serving.inference.run_costs import RunCosts
from serving.inference.run_options import RunOptions
from serving.inference.servable import Servable
from serving.status import from_exception


@dataclasses.dataclass(frozen=True)
class Loader:
    """Loads a version, plays its warm-up records, and batches if asked.

    Args:
        options: `RunOptions`.
        warmup_iterations: int, how often each warm-up record is played; 0 plays
            none.
        batching: `Batching`, or None for no batching.
        batching_per_version: bool, prefer the parameters in a version's folder.
        metrics: told of the warm-up, or None.
        limits: `Limits`, which have long requests run in parts; or None for neither.
        lane: `PictureLane` that all versions share, or None.
    """

    options: RunOptions = RunOptions()
    warmup_iterations: int = 1
    batching: Batching | None = None
    batching_per_version: bool = False
    metrics: object = None
    limits: Limits | None = None
    lane: PictureLane | None = None

    def __call__(self, path):
        """Loads a version.

        Args:
            path: str, the version's folder.

        Returns:
            servable.

        Raises:
            ServingError: if it cannot be loaded, or its warm-up fails.
        """
        servable = Servable.load(path, self.options)
        costs = RunCosts()  # measured by the warm-up
        try:
            if self.warmup_iterations:
                self._warm_up(self._bounded(servable, costs), path)
            parameters = self._batching(path)
        except BaseException:
            servable.close()
            raise
        if parameters:
            servable = BatchingServable(servable, parameters)
        servable = self._bounded(servable, costs)
        servable.card = model_card.read(path)
        return servable

    def _bounded(self, servable, costs):
        if self.limits is None:
            return servable
        return BoundedServable(servable, self.limits, self.lane, costs)

    def _batching(self, path):
        if self.batching is None or not self.batching_per_version:
            return self.batching
        file = os.path.join(path, batching_parameters.FILE)
        if not os.path.exists(file):
            return self.batching
        return batching_parameters.read_file(file)

    def _warm_up(self, servable, path):
        begin, played, status = time.monotonic(), 0, "OK"
        try:
            played = warmup.play(servable, path, self.warmup_iterations)
        except Exception as error:
            status = from_exception(error).code.name
            raise
        finally:
            if self.metrics is not None:
                seconds = time.monotonic() - begin
                self.metrics.warmed_up(path, status, played, seconds)
