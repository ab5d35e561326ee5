"""Work of the component that describes the prepared pictures in numbers."""

import json

import apache_beam as beam

from keras_novnorm.datasets.one_class_split import SPLITS
from pipeline.beam_options import make_pipeline
from pipeline.components.statistics.page import make_page
from pipeline.pipeline_error import PipelineError
from pipeline.schema.infer_schema import infer_schema
from pipeline.selection import Shard
from pipeline.statistics.picture_statistics import PictureStatistics
from pipeline.transforms.describe_examples import DescribeExamples


def execute(inputs, outputs, parameters, context):
    """Describes the prepared pictures in numbers.

    Args:
        inputs: `StatisticsInputs`.
        outputs: `StatisticsOutputs`, whose directory is empty.
        parameters: `StatisticsParameters`.
        context: `Context`.

    Raises:
        PipelineError: pictures went missing on the way.
    """
    examples = inputs.examples
    counts = examples.read_counts()
    shards = [Shard(**shard) for shard in counts["shards"]]
    with make_pipeline(context.beam_args) as pipeline:
        described = (
            pipeline
            | "Shards" >> beam.Create(shards)
            | "Describe" >> DescribeExamples(examples.directory, parameters.bins)
        )
        _ = (
            pipeline
            | "Path" >> beam.Create([outputs.statistics])
            | "Write"
            >> beam.Map(
                _write, beam.pvalue.AsList(described), _of_all(counts), parameters.bins
            )
        )
    statistics = outputs.read()
    _check_nothing_lost(statistics, counts)
    outputs.schema.write_text(_to_json(infer_schema(statistics)))
    outputs.page.write_text(make_page(statistics), errors="backslashreplace")
    for split in SPLITS:
        context.say(_describe(split, statistics["splits"][split]))


def _of_all(counts):
    shown = ("listed", "rejected", "refused_masks", "dropped", "duplicate_pictures")
    return {name: counts[name] for name in shown}


def _write(path, described, of_all, bins):
    splits = {}
    for split in SPLITS:
        whole, classes = PictureStatistics(bins), {}
        for (found, name), statistics in sorted(described, key=lambda item: item[0]):
            if found == split:
                whole.merge(statistics)
                name = name.decode("utf-8", "backslashreplace")
                classes[name] = statistics.to_dict()
        splits[split] = {**whole.to_dict(), "classes": classes}
    path.write_text(_to_json({"bins": bins, **of_all, "splits": splits}))


def _to_json(content):
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _check_nothing_lost(statistics, counts):
    found = {name: split["count"] for name, split in statistics["splits"].items()}
    if found != counts["written"]:
        raise PipelineError(
            f"Pictures were lost on the way: {counts['written']} prepared, {found} "
            "described. The Beam runner does not keep Beam's promises: use another one."
        )


def _describe(split, found):
    if not found["count"]:
        return f"{split}: no picture"
    height, width = found["height"], found["width"]
    size = f"{height['min']} x {width['min']}"
    if (height["min"], width["min"]) != (height["max"], width["max"]):
        size += f" to {height['max']} x {width['max']}"
    modes = ", ".join(f"{n} {mode}" for mode, n in found["modes"].items())
    means = [f"{mean:.3f}" for mean in found["channel_means"]]
    mean = ", ".join(means if len(set(means)) > 1 else means[:1])
    return f"{split}: {found['count']} pictures of {size} ({modes}), mean {mean}"
