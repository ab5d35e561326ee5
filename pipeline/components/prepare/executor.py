"""Work of the component that turns a source of pictures into examples."""

import dataclasses
import json

import apache_beam as beam

from keras_novnorm.datasets.mask_picture import MASK_REFUSED
from keras_novnorm.datasets.one_class_split import CALIBRATION, SPLITS, OneClassSplit
from pipeline.beam_options import make_pipeline
from pipeline.components.prepare.counts import arrange_counts, check_nothing_lost
from pipeline.pipeline_error import PipelineError
from pipeline.read_table import read_table
from pipeline.transforms.read_known_splits import ReadKnownSplits
from pipeline.transforms.read_pictures import ReadPictures
from pipeline.transforms.readable import readable
from pipeline.transforms.split_pictures import SplitPictures
from pipeline.transforms.write_examples import WriteExamples
from pipeline.transforms.write_table import WriteTable

_SHOWN = 10
_LISTED_GROUPS = 100


def execute(inputs, outputs, parameters, context):
    """Reads, checks and splits the pictures.

    Args:
        inputs: `PrepareInputs`.
        outputs: `PrepareOutputs`, whose directory is empty.
        parameters: `PrepareParameters`.
        context: `Context`.

    Raises:
        PipelineError: too many pictures had to be set aside, or a split is empty.
    """
    source = inputs.source
    normal = tuple(parameters.normal_classes)
    layout = getattr(source, "layout", None)
    shown = f" ({layout})" if layout else ""
    context.say(readable(f"{source.name}{shown}, normal: {', '.join(normal)}"))
    raw = outputs.directory / "tallies.json"
    with make_pipeline(context.beam_args) as pipeline:
        _build(pipeline, inputs, outputs, parameters, raw)
    counts = arrange_counts(json.loads(raw.read_text()), source)
    raw.delete()
    _write(outputs.counts, counts)
    _write(
        outputs.directory / "digests.json",
        {shard["file"]: shard["sha256"] for shard in counts["shards"]},
    )
    check_nothing_lost(counts)
    _check_enough(counts, source, outputs, parameters)
    _tell(counts, outputs, context)


def _build(pipeline, inputs, outputs, parameters, raw):
    source = inputs.source
    rule = OneClassSplit.of(source, parameters.normal_classes, parameters.shares)
    read = pipeline | "Read" >> ReadPictures(source, rule.wanted, parameters.max_pixels)
    known = pipeline | "Known" >> ReadKnownSplits(inputs.known.files())
    split = (read["pictures"], known) | "Split" >> SplitPictures(
        rule, parameters.shards
    )
    written = (split["pictures"], split["changes"]) | "Write" >> WriteExamples(
        outputs.directory, parameters.shards
    )
    rejected = (
        (read["rejected"], read["refused_masks"])
        | "SetAside" >> beam.Flatten()
        | "Rejected" >> WriteTable(outputs.rejected, ["path", "reason"])
    )
    dropped = split["dropped"] | "Dropped" >> WriteTable(
        outputs.dropped, ["path", "split", "also_in"]
    )
    duplicates = split["duplicate_rows"] | "Duplicates" >> WriteTable(
        outputs.duplicates, ["sha256", "split", "class_name", "path"]
    )
    tallies = [
        read["listed"] | _named("listed"),
        read["colours"] | _named("colours"),
        read["refused_masks"] | _tally("refused_masks", lambda e: ()),
        split["settled"] | _tally("settled", lambda e: e[:1]),
        split["changes"] | _tally("changes", lambda e: ()),
        rejected | "Rows1" >> beam.Map(lambda n: (("rows", "rejected"), n)),
        dropped | "Rows2" >> beam.Map(lambda n: (("rows", "dropped"), n)),
        duplicates | "Rows3" >> beam.Map(lambda n: (("rows", "duplicates"), n)),
        written["changed"] | beam.Map(lambda n: (("changed",), n)),
    ]
    counts = tallies | beam.Flatten() | "Sum" >> beam.CombinePerKey(sum)
    first = split["duplicates"] | beam.combiners.Top.Smallest(_LISTED_GROUPS)
    _ = (
        pipeline
        | beam.Create([raw])
        | beam.Map(
            _write_tallies,
            beam.pvalue.AsList(counts),
            beam.pvalue.AsList(written["shards"]),
            beam.pvalue.AsSingleton(first),
        )
    )


def _named(name):
    return f"Name {name}" >> beam.Map(lambda e: ((name, *e[0]), e[1]))


def _tally(name, key):
    return f"Count {name}" >> beam.Map(lambda e: ((name, *key(e)), 1))


def _write_tallies(path, tallies, shards, duplicates):
    shards = [dataclasses.asdict(shard) for shard in shards]
    text = {"tallies": tallies, "shards": shards, "duplicates": duplicates}
    path.write_text(json.dumps(text))


def _write(path, content):
    # Names in any script stay readable. Those that are no text are escaped, so that
    # they can be read back.
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    if readable(text) != text:
        text = json.dumps(content, indent=2, sort_keys=True)
    path.write_text(text + "\n")


def _tell(counts, outputs, context):
    if counts["rejected"]:
        context.say(
            f"{counts['rejected']} of {counts['listed']} pictures set aside "
            f"(see {outputs.rejected})"
        )
    if counts["masks"]:
        context.say(f"{counts['masks']} pictures have a mask")
    if counts["refused_masks"]:
        context.say(
            f"{counts['refused_masks']} masks refused, their pictures kept "
            f"(see {outputs.rejected})"
        )
    if counts["dropped"]:
        context.say(
            f"{counts['dropped']} dropped: their exact copies are held out, or are of "
            f"another class (see {outputs.dropped})"
        )
    groups = counts["duplicates"]
    if groups:
        more = "at least " if len(groups) == _LISTED_GROUPS else ""
        context.say(
            f"{more}{len(groups)} groups of exact duplicates, each within one split "
            f"(see {outputs.duplicates}); the first: "
            f"{', '.join(groups[0]['paths'][:5])}"
        )
    colours = sorted(counts["colours"].items(), key=lambda item: -item[1])
    context.say(", ".join(f"{n} {name}" for name, n in colours) or "no picture")
    context.say(_describe_splits(counts))


def _describe_splits(counts):
    return "; ".join(
        f"{split} {sum(classes.values())}"
        + (f" ({_listed(classes)})" if len(classes) > 1 else "")
        for split, classes in counts["splits"].items()
    )


def _listed(classes):
    return ", ".join(f"{readable(name)} {n}" for name, n in sorted(classes.items()))


def _check_enough(counts, source, outputs, parameters):
    share = counts["rejected"] / counts["listed"] if counts["listed"] else 0.0
    try:
        if share > parameters.max_rejected_share:
            raise PipelineError(
                f"{counts['rejected']} of {counts['listed']} pictures had to be set "
                f"aside: {share:.1%}, more than the "
                f"{parameters.max_rejected_share:.1%} that --max-rejected-share allows."
            )
        needed = [
            s for s in SPLITS if s != CALIBRATION or parameters.shares.calibration
        ]
        outputs.select(parameters.normal_classes).check(needed)
    except PipelineError as error:
        raise PipelineError(
            f"{error}\nFound in {source.name}: {counts['listed']} pictures "
            f"({_listed(counts['listed_by_class'])}); kept: "
            f"{_describe_splits(counts)}; set aside: {counts['rejected']}"
            f"{_reasons(outputs)}"
        ) from None


def _reasons(outputs):
    rows = read_table(outputs.rejected)
    rows = [row for row in rows if not row["reason"].startswith(MASK_REFUSED)]
    lines = [f"\n  {row['path']}: {row['reason']}" for row in rows[:_SHOWN]]
    more = f"\n  and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return "".join(lines) + more
