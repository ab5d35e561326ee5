"""The components wired together: from pictures to a judged, published model."""

import json
import pathlib

from keras_novnorm.calibration import threshold_rank
from keras_novnorm.datasets.one_class_split import resolve_classes
from keras_novnorm.datasets.open_source import open_source
from pipeline.artifacts import ArtifactStore
from pipeline.beam_options import check_beam_args
from pipeline.components.calibrate.component import (
    Calibrate,
    CalibrateInputs,
    CalibrateParameters,
)
from pipeline.components.evaluate.component import (
    Evaluate,
    EvaluateInputs,
    EvaluateParameters,
)
from pipeline.components.export.component import (
    Export,
    ExportInputs,
    ExportParameters,
)
from pipeline.components.prepare.component import (
    Prepare,
    PrepareInputs,
    PrepareParameters,
)
from pipeline.components.report.component import (
    Report,
    ReportInputs,
    ReportParameters,
)
from pipeline.components.train.component import Train, TrainInputs, TrainParameters
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.run_config import COMPONENTS, PRESETS, RunResult, check_config


def run_pipeline(config):
    """Runs what has to be run, and skips what is up to date.

    Args:
        config: `RunConfig`.

    Returns:
        `RunResult`.

    Raises:
        UsageError: the configuration asks for what is not there.
        PipelineError: a component failed; its text says why.
    """
    name = config.name or pathlib.Path(config.root).resolve().name
    check_config(config, name)
    check_beam_args(list(config.beam_args))
    try:
        source = open_source(config.data, config.data_dir, config.download)
    except FileNotFoundError as error:
        raise PipelineError(str(error)) from error
    except ValueError as error:
        raise UsageError(str(error)) from error
    with ArtifactStore(config.root, config.beam_args) as store:
        return _Run(config, name, source, store).result()


class _Run:
    def __init__(self, config, name, source, store):
        self._config = config
        self._name = name
        self._source = source
        self._store = store
        self._done = {}

    def result(self):
        for component in COMPONENTS:
            self._done[component] = self._store.produce(
                getattr(self, f"_{component}")(),
                may_run=self._config.only in (None, component),
            )
            if component == self._config.only:
                break
            if component == "prepare":
                self._check_calibration_size()
        done = [self._done.get(component) for component in COMPONENTS]
        return RunResult(*done, summary=self._summarize())

    def _prepare(self):
        config, source = self._config, self._source
        try:
            normal = resolve_classes(
                config.normal, source.class_names, source.default_normal
            )
        except ValueError as error:
            raise UsageError(str(error)) from error
        parameters = PrepareParameters(
            normal, config.max_rejected_share, config.max_pixels
        )
        return Prepare(PrepareInputs(source), parameters)

    def _train(self):
        config = self._config
        parameters = TrainParameters(
            preset=config.preset or PRESETS[config.data],
            image_shape=config.image_shape,
            epochs=config.epochs,
            batch_size=config.batch_size,
            seed=config.seed,
            restarts=config.restarts,
        )
        return Train(TrainInputs(self._done["prepare"]), parameters)

    def _calibrate(self):
        inputs = CalibrateInputs(self._done["train"], self._done["prepare"])
        return Calibrate(inputs, CalibrateParameters(self._config.target_fpr))

    def _export(self):
        inputs = ExportInputs(self._done["calibrate"])
        allowed = self._config.allow_collapsed
        return Export(inputs, ExportParameters(self._name, allowed))

    def _evaluate(self):
        inputs = EvaluateInputs(self._done["export"], self._done["prepare"])
        return Evaluate(inputs, EvaluateParameters(self._config.max_rejected_share))

    def _report(self):
        done = self._done
        inputs = ReportInputs(
            done["evaluate"], done["calibrate"], done["train"], done["prepare"]
        )
        return Report(inputs, ReportParameters(self._name))

    def _check_calibration_size(self):
        # Now, not after the training.
        count = self._done["prepare"].read_counts()["written"]["calibration"]
        try:
            threshold_rank(count, self._config.target_fpr)
        except ValueError as error:
            # In the words of the command line.
            text = str(error).replace("`target_fpr`", "--target-fpr")
            raise PipelineError(
                "Not enough normals to calibrate on (one sixth of the training "
                f"normals): {text}"
            ) from error

    def _summarize(self):
        if self._config.only:
            return None
        done = self._done
        summary = {
            "name": self._name,
            "data": self._config.data,
            "normal": list(self._prepare().parameters.normal_classes),
            "counts": str(done["prepare"].counts),
            "rejected": str(done["prepare"].rejected),
            "history": str(done["train"].history),
            "detector": str(done["calibrate"].detector),
            "export": str(done["export"].saved_model),
            "scores": str(done["evaluate"].scores),
            "metrics": str(done["evaluate"].metrics),
            "report": str(done["report"].report),
            "results": done["evaluate"].read_metrics(),
        }
        path = self._store.root / "run.json"
        work = path.with_name(".run.json")
        text = json.dumps(summary, indent=2, ensure_ascii=False)
        work.write_text(text + "\n", encoding="utf-8")
        work.rename(path)
        return summary
