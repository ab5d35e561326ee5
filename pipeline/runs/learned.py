"""What earlier runs have learned, to go on from."""

import logging

from pipeline.artifacts.attempt_folder import find_below
from pipeline.component import NOTHING
from pipeline.components.prepare.component import PrepareOutputs
from pipeline.components.train.component import TrainOutputs
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.run_config import LAST
from pipeline.runs.run_record import find_run, read_runs

_LOGGER = logging.getLogger("pipeline")


class Learned:
    """The trainings that a run's detectors go on from.

    With a run's name, those of that run. With `LAST`, of each detector the last one
    that there is and that has not collapsed: a run that failed for one detector, or was
    the first for another, holds up none of them.

    Args:
        root: `StoragePath`.
        since: str, a run's name, `LAST`, or None: nothing is gone on from.
        detectors: list of `Detector`.

    Raises:
        UsageError: there is no such run, or it came to no results.
    """

    def __init__(self, root, since, detectors):
        self._root = root
        self._since = since
        self._found = {}
        names = [detector.name for detector in detectors]
        for record in reversed(self._records()):
            for one in record.summary["detectors"]:
                new = one["name"] in names and one["name"] not in self._found
                if new and one["training"] and self._may_go_on(one):
                    self._found[one["name"]] = record, one

    def training(self, detector):
        """Gives the training that a detector goes on from.

        Args:
            detector: `Detector`.

        Returns:
            `TrainOutputs`, or `NOTHING`: it begins anew.

        Raises:
            PipelineError: the run that was named has none.
        """
        if self._since is None:
            return NOTHING
        if detector.name in self._found:
            _, one = self._found[detector.name]
            outputs = self._outputs(one)
            if outputs.detector.exists():
                return outputs
            raise PipelineError(
                f"The training of {detector.name} that run {self._since} ended with is "
                f"gone: {outputs.directory}. Run with --since LAST, or without --since."
            )
        if self._since == LAST:
            return NOTHING
        raise PipelineError(
            f"Run {self._since} has no trained detector {detector.name!r} to go on "
            "from. Run with --since LAST, or without --since."
        )

    def evaluation_set(self, detector, prepared):
        """Gives the pictures that a detector is tested on: always the same ones.

        Args:
            detector: `Detector`.
            prepared: `PrepareOutputs` of now, for a detector that begins anew.

        Returns:
            `PrepareOutputs`.

        Raises:
            PipelineError: they are gone.
        """
        if detector.name not in self._found:
            if self._since == LAST:
                title = f"train {detector.label}".strip()
                _LOGGER.info(
                    "%s: begins anew, as no run has a training of %s to go on from",
                    title,
                    detector.name,
                )
            return prepared
        record, one = self._found[detector.name]
        text = one.get("evaluation_set") or record.summary["evaluation_set"]
        outputs = PrepareOutputs(find_below(self._root, text))
        if not outputs.counts.exists():
            raise PipelineError(
                f"The evaluation set of run {record.name} is gone: "
                f"{outputs.directory}. Run without --since."
            )
        return outputs

    def prepared(self):
        """Gives the pictures of the runs that are gone on from.

        Their splits hold: what a detector has learned is neither calibrated nor tested
        on later.

        Returns:
            tuple of `PrepareOutputs`, each once.

        Raises:
            PipelineError: they are gone.
        """
        found = {}
        for record, one in self._found.values():
            tested_on = one.get("evaluation_set") or record.summary["evaluation_set"]
            for text in {record.summary.get("prepared", tested_on), tested_on}:
                outputs = PrepareOutputs(find_below(self._root, text))
                if not outputs.counts.exists():
                    raise PipelineError(
                        f"The pictures of run {record.name} are gone: "
                        f"{outputs.directory}. Run without --since."
                    )
                found[str(outputs.directory)] = outputs
        return tuple(found[name] for name in sorted(found))

    def check(self, detectors, config):
        """Refuses to go on from what is another detector.

        Args:
            detectors: list of `Detector`.
            config: `RunConfig`.

        Raises:
            UsageError: names what differs.
        """
        for detector in detectors:
            if detector.name not in self._found:
                continue
            record, one = self._found[detector.name]
            before = _kind(one["preset"], one["normal"], record.config)
            now = _kind(detector.preset, detector.normal_classes, vars(config))
            differs = [
                f"{option} was {before[option]} and is {now[option]}"
                for option in before
                if before[option] != now[option]
            ]
            if differs:
                raise UsageError(
                    f"{detector.name} cannot go on from run {record.name}: "
                    f"{'; '.join(differs)}. Give what was given then, or run without "
                    "--since, best with another --name."
                )

    def _records(self):
        if self._since is None:
            return []
        if self._since == LAST:
            return [record for record in read_runs(self._root) if record.summary]
        record = find_run(self._root, self._since)
        if not record.summary:
            raise UsageError(
                f"Run {record.name} came to no results, so there is nothing to go on "
                "from. Name another one, or LAST."
            )
        return [record]

    def _may_go_on(self, one):
        if self._since != LAST:
            return True
        outputs = self._outputs(one)
        return outputs.detector.exists() and not outputs.read_history()["is_collapsed"]

    def _outputs(self, one):
        place = find_below(self._root, one["training"]["directory"])
        return TrainOutputs(place, one["training"]["digest"])


def _kind(preset, normal, config):
    # Here, not above: commands that only look at a root should not wait for Keras.
    from keras_novnorm.detectors.registry import presets

    shape = config.get("image_shape") or presets().get(preset, {}).get("image_shape")
    return {
        "--preset": preset,
        "--normal": " ".join(sorted(normal)),
        "--image-size": " ".join(map(str, shape or ())),
        "--resize": config.get("resize", "stretch"),
        "--value-range": " ".join(map(str, config.get("value_range") or ())),
        "--precision": config.get("precision", "float32"),
    }
