"""The components that each detector of a run goes through, all detectors at a time."""

from pipeline.artifacts.attempt_folder import find_below
from pipeline.component import NOTHING
from pipeline.components.bless.component import (
    Bless,
    BlessInputs,
    BlessParameters,
    LostModel,
)
from pipeline.components.calibrate.component import (
    Calibrate,
    CalibrateInputs,
    CalibrateParameters,
)
from pipeline.components.check.component import Check, CheckInputs, CheckParameters
from pipeline.components.evaluate.component import (
    Evaluate,
    EvaluateInputs,
    EvaluateParameters,
)
from pipeline.components.export.component import (
    Export,
    ExportInputs,
    ExportOutputs,
    ExportParameters,
)
from pipeline.components.push.component import Push, PushInputs, PushParameters
from pipeline.components.report.component import (
    Report,
    ReportInputs,
    ReportParameters,
)
from pipeline.components.train.component import (
    Train,
    TrainInputs,
    TrainParameters,
)
from pipeline.cross_training import cross_train
from pipeline.enough_normals import check_enough_normals
from pipeline.pipeline_error import PipelineError
from pipeline.runs.blessed import BlessedModels
from pipeline.serving_folder import SERVING, ServingFolder

_FIELDS = {
    "train": "trained",
    "calibrate": "calibrated",
    "export": "exported",
    "evaluate": "evaluated",
    "bless": "blessed",
    "check": "checked",
    "push": "pushed",
    "report": "reported",
}


class DetectorStages:
    """Takes detectors from training to publication.

    A detector whose component fails drops out with its error; the others go on.

    Args:
        config: `RunConfig`.
        store: `ArtifactStore`.
        prepared: `PrepareOutputs`, what is learned from.
        learned: `Learned`, what is gone on from.
    """

    def __init__(self, config, store, prepared, learned):
        self._config = config
        self._store = store
        self._prepared = prepared
        self._learned = learned
        self._before = {}

    def run(self, results):
        """Produces what there is to produce, and fills it in.

        Args:
            results: list of `DetectorResult`.
        """
        for result in results:
            result.error = self._why_not(result)
        for name, field in _FIELDS.items():
            ready = [one for one in results if not one.error]
            components = [(one, self._component(name, one)) for one in ready]
            components = [(one, made) for one, made in components if made]
            produced = self._store.produce_all(
                [made for _, made in components],
                may_run=self._config.only in (None, name),
            )
            for (one, _), outputs in zip(components, produced, strict=True):
                if isinstance(outputs, PipelineError):
                    one.error = outputs
                else:
                    setattr(one, field, outputs)
            if name == "train" and self._config.cross_calibrate:
                self._cross_train([one for one in ready if not one.error])
            if name == "bless":
                self._remember_blessed(ready)
            if self._config.only == name:
                break

    def _component(self, name, result):
        try:
            return getattr(self, f"_{name}")(result)
        except PipelineError as error:
            result.error = error
            return None

    def _why_not(self, result):
        # Now, not after the training.
        detector = result.detector
        selection = self._selection(detector)
        try:
            check_enough_normals(selection, self._config)
            self._before[detector.name] = self._learned.training(detector)
            result.tested_on = self._learned.evaluation_set(detector, self._prepared)
            self._store.rests_on.append(result.tested_on.directory)
        except PipelineError as error:
            return PipelineError(f"{detector.label}: {error}".removeprefix(": "))
        return None

    def _selection(self, detector):
        return self._prepared.select(detector.normal_classes)

    def _test_part(self, result):
        return result.tested_on.select(result.detector.normal_classes).part("test")

    def _train(self, result):
        config, detector = self._config, result.detector
        parameters = TrainParameters(
            preset=detector.preset,
            method=detector.method,
            image_shape=config.image_shape,
            backbone=config.backbone,
            resize=config.resize,
            value_range=config.value_range,
            epochs=config.epochs,
            batch_size=config.batch_size,
            seed=detector.seed,
            restarts=config.restarts,
            precision=config.precision,
            strategy=config.strategy,
            threads=config.threads,
            accelerator=config.accelerator,
        )
        inputs = TrainInputs(
            self._selection(detector).part("train"), self._before[detector.name]
        )
        return Train(inputs, parameters, detector.label)

    def _cross_train(self, results):
        config = self._config
        found = cross_train(
            self._store,
            [self._train(one) for one in results],
            config.cross_calibrate,
            config.only in (None, "train"),
            config.allow_collapsed,
        )
        for one, trainings in zip(results, found, strict=True):
            if isinstance(trainings, PipelineError):
                one.error = trainings
            else:
                one.crossed = trainings

    def _calibrate(self, result):
        split = "train" if result.crossed else "calibration"
        part = self._selection(result.detector).part(split)
        inputs = CalibrateInputs(result.trained, part, result.crossed)
        parameters = CalibrateParameters(self._config.target_fpr)
        return Calibrate(inputs, parameters, result.detector.label)

    def _export(self, result):
        parameters = ExportParameters(self._config.allow_collapsed)
        inputs = ExportInputs(result.calibrated)
        return Export(inputs, parameters, result.detector.label)

    def _evaluate(self, result):
        return self._evaluate_export(result, result.exported)

    def _evaluate_export(self, result, export):
        inputs = EvaluateInputs(export, self._test_part(result))
        parameters = EvaluateParameters(self._config.max_rejected_share)
        return Evaluate(inputs, parameters, result.detector.label)

    def _bless(self, result):
        config = self._config
        before = BlessedModels(self._store.root, result.detector.name).last_before(
            result.exported
        )
        previous = NOTHING
        if before:
            place = find_below(self._store.root, before["directory"])
            export = ExportOutputs(place, before["digest"])
            previous = LostModel(str(place), before["digest"], before["run"])
            if export.model_card.exists():
                # On the same pictures, whatever it was tested on when it was blessed.
                previous = self._store.produce(
                    self._evaluate_export(result, export),
                    may_run=config.only in (None, "bless"),
                )
        parameters = BlessParameters(
            bars=config.bars, max_drop=config.max_drop, strict=config.strict
        )
        inputs = BlessInputs(result.evaluated, previous, result.trained)
        return Bless(inputs, parameters, result.detector.label)

    def _remember_blessed(self, results):
        for one in results:
            if one.blessed and one.blessed.is_blessed:
                BlessedModels(self._store.root, one.detector.name).add(
                    one.exported, self._store.run
                )

    def _check(self, result):
        part = self._test_part(result)
        inputs = CheckInputs(result.exported, result.calibrated, part)
        return Check(inputs, CheckParameters(), result.detector.label)

    def _push(self, result):
        # A report needs no publication.
        if not result.blessed.is_blessed or self._config.only == "report":
            return None
        serving, name = self._store.root / SERVING, result.detector.name
        export = result.exported.fingerprint()
        result.held_back = ServingFolder(serving, name).held_back(export)
        if result.held_back:
            return None
        inputs = PushInputs(result.exported, result.blessed, result.checked)
        parameters = PushParameters(str(serving), name)
        return Push(inputs, parameters, result.detector.label)

    def _report(self, result):
        inputs = ReportInputs(
            evaluation=result.evaluated,
            calibration=result.calibrated,
            training=result.trained,
            examples=self._test_part(result),
            normals=self._selection(result.detector).part("train"),
            blessing=result.blessed,
            check=result.checked,
        )
        return Report(
            inputs, ReportParameters(result.detector.name), result.detector.label
        )
