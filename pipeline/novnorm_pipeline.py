"""The components wired together: from pictures to judged, published models."""

import dataclasses
import json

from apache_beam.io.filesystems import FileSystems

from pipeline.artifacts import ArtifactStore
from pipeline.artifacts.lease import hold
from pipeline.beam_options import check_beam_args, make_pipeline_options
from pipeline.data_stage import DataStage
from pipeline.detector_stages import DetectorStages
from pipeline.detectors import plan_detectors
from pipeline.pipeline_error import PipelineError
from pipeline.run_config import check_config, choose_presets
from pipeline.run_result import DetectorResult, RunResult
from pipeline.runs.learned import Learned
from pipeline.runs.run_record import DONE, NOT_PUSHED, begin, kept
from pipeline.storage import StoragePath
from pipeline.storage.storage_error import explain
from pipeline.summary import summarize


def run_pipeline(config):
    """Runs what has to be run, and skips what is up to date.

    Args:
        config: `RunConfig`.

    Returns:
        `RunResult`.

    Raises:
        UsageError: the configuration asks for what is not there.
        PipelineError: a component failed; its text says why. Where several detectors
            are made, those that can be are finished first.
    """
    check_beam_args(list(config.beam_args))
    # What lies in buckets is looked up before the first pipeline runs.
    FileSystems.set_options(make_pipeline_options(config.beam_args))
    root = StoragePath(config.root)
    name = config.name or root.name
    check_config(config, name)
    record = begin(root, config)

    def note(store):  # While it runs, too: `gc` must see what the run rests on.
        record.note(store)
        record.write(root)

    store = ArtifactStore(root, config.beam_args, record.name, note)
    # Before anything is written: a source that is not there leaves no root.
    data = DataStage(config, store)
    detectors = plan_detectors(
        name,
        data.normal_classes,
        config.each_normal,
        choose_presets(config),
        config.seeds,
        config.methods,
    )
    learned = Learned(root, config.since, detectors)
    learned.check(detectors, config)
    try:
        root.make_folder()
        with kept(root, record):
            return _run(config, store, data, record, detectors, learned)
    except PipelineError:
        raise
    except Exception as error:
        if refused := explain(error, root):
            raise PipelineError(refused) from error
        raise


def _run(config, store, data, record, detectors, learned):
    root, result = store.root, RunResult(record.name)
    try:
        data.run(result, learned.prepared())
        if config.only in ("prepare", "statistics", "validate"):
            record.status = DONE
            return result
        result.detectors = [DetectorResult(detector) for detector in detectors]
        stages = DetectorStages(config, store, result.prepared, learned)
        stages.run(result.detectors)
    finally:
        record.note(store)
    failed = [one for one in result.detectors if one.error]
    if not config.only:
        result.summary = summarize(config, result, root)
        record.summary = result.summary
        with hold(root, ["run.json"], lambda name: None):
            text = json.dumps(result.summary, indent=2, ensure_ascii=False)
            (root / "run.json").write_text(text + "\n", errors="backslashreplace")
    if failed:
        error = PipelineError("\n".join(str(one.error) for one in failed))
        error.result = result
        raise error
    record.status = DONE
    if not result.is_passed(config.only):
        record.status = NOT_PUSHED
    return result


def config_from(plain, **changes):
    """Makes a `RunConfig` again of what a run's record has.

    Args:
        plain: dict, `RunRecord.config`.
        **changes: fields to replace.

    Returns:
        `RunConfig`.
    """
    from pipeline.run_config import RunConfig

    names = {field.name for field in dataclasses.fields(RunConfig)}
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in plain.items()
        if name in names
    }
    return RunConfig(**{**values, **changes})
