"""The first components of a run, once for all detectors: pictures, and their state."""

import functools

from keras_novnorm.datasets.one_class_split import resolve_classes
from keras_novnorm.datasets.open_source import open_source
from pipeline.artifacts.attempt_folder import find_below
from pipeline.component import NOTHING
from pipeline.components.prepare.component import (
    Prepare,
    PrepareInputs,
    PrepareOutputs,
    PrepareParameters,
)
from pipeline.components.statistics.component import (
    Statistics,
    StatisticsInputs,
    StatisticsOutputs,
    StatisticsParameters,
)
from pipeline.components.validate.component import (
    Validate,
    ValidateInputs,
    ValidateParameters,
)
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.runs.run_record import manifests, read_runs
from pipeline.storage.schema_file import SchemaFile
from pipeline.storage.storage_opener import storage_opener

ALL = "all"


class DataStage:
    """Prepares, describes and validates the pictures of a run.

    Args:
        config: `RunConfig`.
        store: `ArtifactStore`.
        previous: `RunRecord` to go on from, or None.

    Attributes:
        normal_classes: tuple of str.
        source: `ImageSource`.
        evaluation: `PrepareOutputs` whose test pictures are tested on: those of the
            run that is gone on from, so that models are compared on the same ones.
    """

    def __init__(self, config, store, previous=None):
        self._config = config
        self._store = store
        self._previous = previous
        self._schema = SchemaFile(config.schema) if config.schema else NOTHING
        if self._schema:
            self._schema.read()  # Now, not after the pictures were read.
        try:
            self.source = open_source(
                config.data,
                config.data_dir,
                config.download,
                storage_opener(config.data),
            )
        except FileNotFoundError as error:
            raise PipelineError(str(error)) from error
        except ValueError as error:
            raise UsageError(str(error)) from error
        try:
            normal = config.normal
            if normal == (ALL,) and ALL not in self.source.class_names:
                normal = self.source.class_names
            self.normal_classes = resolve_classes(
                normal, self.source.class_names, self.source.default_normal
            )
        except ValueError as error:
            raise UsageError(str(error)) from error
        self.evaluation = None

    def run(self, result):
        """Produces what there is to produce, and fills it in.

        Args:
            result: `RunResult`.
        """
        config = self._config
        produce = functools.partial(self._store.produce)
        parameters = PrepareParameters(
            self.normal_classes,
            config.max_rejected_share,
            config.max_pixels,
            config.shards,
        )
        prepare = Prepare(PrepareInputs(self.source), parameters)
        result.prepared = produce(prepare, self._may("prepare"))
        self.evaluation = self._evaluation(result.prepared)
        if config.only == "prepare":
            return
        inputs = StatisticsInputs(result.prepared)
        statistics = Statistics(inputs, StatisticsParameters())
        result.described = produce(statistics, self._may("statistics"))
        if config.only == "statistics":
            return
        inputs = ValidateInputs(
            result.described,
            self._statistics_before(result.described),
            self._schema,
        )
        validate = Validate(inputs, ValidateParameters(on_anomaly=config.on_anomaly))
        result.validated = produce(validate, self._may("validate"))

    def _may(self, component):
        return self._config.only in (None, component)

    def _statistics_before(self, described):
        # Those of the last run on other data: a run on the same data changes nothing.
        # What did not pass is nothing to compare with.
        for record in reversed(read_runs(self._store.root)):
            if not any(short.startswith("validate/") for short in record.used):
                continue
            for short, manifest in manifests(self._store.root, record).items():
                other = manifest["digest"] != described.digest
                if manifest["component"] == "statistics" and other:
                    directory = self._store.root / short / manifest["attempt"]
                    return StatisticsOutputs(directory, manifest["digest"])
        return NOTHING

    def _evaluation(self, prepared):
        if self._previous is None:
            return prepared
        place = find_below(self._store.root, self._previous.summary["evaluation_set"])
        if not PrepareOutputs(place).counts.exists():
            raise PipelineError(
                f"The evaluation set of run {self._previous.name} is gone: {place}. "
                "Run without --since."
            )
        self._store.rests_on.append(place)
        return PrepareOutputs(place)
