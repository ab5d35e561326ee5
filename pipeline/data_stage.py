"""The first components of a run, once for all detectors: pictures, and their state."""

import functools

from keras_novnorm.datasets.held_out_normals import HeldOutNormals
from keras_novnorm.datasets.one_class_split import resolve_classes
from keras_novnorm.datasets.open_source import open_source
from pipeline.component import NOTHING
from pipeline.components.prepare.component import (
    KnownSplits,
    Prepare,
    PrepareInputs,
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
from pipeline.run_config import COMPONENTS
from pipeline.runs.run_record import manifests, read_runs
from pipeline.storage.schema_file import SchemaFile
from pipeline.storage.storage_opener import storage_opener

ALL = "all"


class DataStage:
    """Prepares, describes and validates the pictures of a run.

    Args:
        config: `RunConfig`.
        store: `ArtifactStore`.

    Attributes:
        normal_classes: tuple of str.
        source: `ImageSource`.
    """

    def __init__(self, config, store):
        self._config = config
        self._store = store
        self._schema = SchemaFile(config.schema) if config.schema else NOTHING
        if self._schema:
            self._schema.read()  # Now, not after the pictures were read.
        self.source = self._open(config.data)
        self.normal_classes = normal_classes_of(self.source, config.normal)
        if config.calibration:
            held_out = self._open(config.calibration)
            try:
                self.source = HeldOutNormals(self.source, held_out, self.normal_classes)
            except ValueError as error:
                raise UsageError(f"--calibration: {error}") from error

    def _open(self, spec):
        config = self._config
        try:
            source = open_source(
                spec, config.data_dir, config.download, storage_opener(spec)
            )
        except FileNotFoundError as error:
            raise PipelineError(str(error)) from error
        except ValueError as error:
            raise UsageError(str(error)) from error
        _check_apart(source, self._store.root)
        return source

    def run(self, result, known=()):
        """Produces what there is to produce, and fills it in.

        Args:
            result: `RunResult`.
            known: tuple of `PrepareOutputs`, whose pictures stay in their splits.
        """
        config = self._config
        produce = functools.partial(self._store.produce)
        parameters = PrepareParameters(
            self.normal_classes,
            config.max_rejected_share,
            config.max_pixels,
            config.split_shares(),
            config.shards,
        )
        inputs = PrepareInputs(self.source, KnownSplits(tuple(known)))
        prepare = Prepare(inputs, parameters)
        result.prepared = produce(prepare, self._may("prepare"))
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


def _check_apart(source, root):
    # Results among the pictures would be read as pictures, and change the layout.
    if any(source.would_take(str(root / name / "a" / "b")) for name in COMPONENTS):
        raise UsageError(
            f"The results in {root} would be taken for pictures of {source.name}. "
            "Give a --root that does not lie in it, or one that is passed over: a "
            "folder whose name begins with a dot."
        )


def normal_classes_of(source, wanted):
    """Says which classes of a source are normal.

    Args:
        source: `ImageSource`.
        wanted: tuple of str, as `RunConfig.normal`.

    Returns:
        tuple of str.

    Raises:
        UsageError: there is no such class, or none is named where one must be.
    """
    if tuple(wanted) == (ALL,) and ALL not in source.class_names:
        wanted = source.class_names
    try:
        return resolve_classes(wanted, source.class_names, source.default_normal)
    except ValueError as error:
        inner = ", ".join(source.inner[:5])
        also = f" Data sets seem to lie further down: give {inner}." if inner else ""
        raise UsageError(f"{error}{also}") from error
