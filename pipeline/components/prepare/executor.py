"""Work of the component that turns a source of pictures into one-class data."""

import json

import apache_beam as beam

from keras_novnorm.datasets.mask_picture import MASK_REFUSED
from keras_novnorm.datasets.one_class_split import SPLITS, OneClassSplit
from pipeline.beam_options import make_pipeline_options
from pipeline.components.prepare.counts import arrange_counts, check_nothing_lost
from pipeline.pipeline_error import PipelineError
from pipeline.read_table import read_table
from pipeline.transforms.read_pictures import ReadPictures
from pipeline.transforms.split_pictures import SplitPictures
from pipeline.transforms.write_examples import WriteExamples
from pipeline.transforms.write_table import WriteTable

_SHOWN = 10


def execute(inputs, outputs, parameters, context):
    """Reads, checks, relabels and splits the pictures.

    Args:
        inputs: `PrepareInputs`.
        outputs: `PrepareOutputs`, whose directory is there and empty.
        parameters: `PrepareParameters`.
        context: `Context`.

    Raises:
        PipelineError: too many pictures had to be set aside, or a split is empty.
    """
    source = inputs.source
    rule = OneClassSplit(tuple(parameters.normal_classes), source.has_test_split)
    layout = getattr(source, "layout", None)
    context.say(
        f"{source.name}{f' ({layout})' if layout else ''}, normal: "
        f"{', '.join(rule.normal_classes)}"
    )
    raw = outputs.directory / ".counts.json"
    with beam.Pipeline(options=make_pipeline_options(context.beam_args)) as pipeline:
        read = pipeline | "Read" >> ReadPictures(source, rule, parameters.max_pixels)
        split = read["pictures"] | "Split" >> SplitPictures(rule)
        written = split["examples"] | "Write" >> WriteExamples(outputs.directory)
        rejected = (
            (read["rejected"], read["refused_masks"])
            | "SetAside" >> beam.Flatten()
            | "Rejected" >> WriteTable(outputs.rejected, ["path", "reason"])
        )
        dropped = split["dropped"] | "Dropped" >> WriteTable(
            outputs.dropped, ["path", "split", "also_in"]
        )
        tallies = [
            read["listed"] | _tally("listed", lambda e: "/".join(filter(None, e))),
            read["pictures"] | _tally("colours", lambda e: e.colours),
            split["examples"] | _tally("classes", lambda e: [e[0], e[1].class_name]),
            split["examples"]
            | beam.Filter(lambda e: bool(e[1].mask_bytes))
            | _tally("masks", lambda e: e[0]),
            read["refused_masks"] | _tally("refused_masks", lambda e: ""),
            rejected | beam.Map(lambda n: (("rows", "rejected"), n)),
            dropped | beam.Map(lambda n: (("rows", "dropped"), n)),
            written | beam.Map(lambda e: (("written", e[0]), e[1])),
        ]
        counts = tallies | beam.Flatten() | "Sum" >> beam.CombinePerKey(sum)
        _ = (
            pipeline
            | beam.Create([str(raw)])
            | beam.Map(
                _write_counts,
                beam.pvalue.AsList(counts),
                beam.pvalue.AsList(split["duplicates"]),
            )
        )
    counts = arrange_counts(json.loads(raw.read_text(encoding="utf-8")))
    raw.unlink()
    text = json.dumps(counts, indent=2, ensure_ascii=False, sort_keys=True)
    outputs.counts.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    check_nothing_lost(counts)
    _check_enough(counts, source, rule, outputs, parameters)
    _tell(counts, outputs, context)


def _tally(name, key):
    return f"Count {name}" >> beam.Map(lambda e: ((name, json.dumps(key(e))), 1))


def _write_counts(path, counts, duplicates):
    with open(path, "w", encoding="utf-8") as file:
        json.dump([sorted(counts), sorted(duplicates)], file)


def _tell(counts, outputs, context):
    place = context.final_directory
    if counts["rejected"]:
        context.say(
            f"{counts['rejected']} of {counts['listed']} pictures set aside "
            f"(see {place / outputs.rejected.name})"
        )
    if counts["masks"]:
        context.say(f"{counts['masks']} novel pictures have a mask")
    if counts["refused_masks"]:
        context.say(
            f"{counts['refused_masks']} masks refused, their pictures kept "
            f"(see {place / outputs.rejected.name})"
        )
    if counts["dropped"]:
        context.say(
            f"{counts['dropped']} dropped: their exact copies are held out "
            f"(see {place / outputs.dropped.name})"
        )
    groups = counts["duplicates"]
    if groups:
        context.say(
            f"{len(groups)} groups of exact duplicates, each within one split; "
            f"the first: {', '.join(groups[0]['paths'][:5])}"
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
    return ", ".join(f"{name} {n}" for name, n in sorted(classes.items()))


def _check_enough(counts, source, rule, outputs, parameters):
    found = (
        f"Found in {source.name}: {counts['listed']} pictures "
        f"({_listed(counts['listed_by_class'])}); kept: {_describe_splits(counts)}; "
        f"set aside: {counts['rejected']}{_reasons(outputs)}"
    )
    share = counts["rejected"] / counts["listed"] if counts["listed"] else 0.0
    if share > parameters.max_rejected_share:
        raise PipelineError(
            f"{counts['rejected']} of {counts['listed']} pictures had to be set aside: "
            f"{share:.1%}, more than the {parameters.max_rejected_share:.1%} that "
            f"--max-rejected-share allows.\n{found}"
        )
    empty = [split for split in SPLITS if not counts["written"][split]]
    if empty:
        raise PipelineError(
            f"No picture for {' and '.join(empty)}. Normal is "
            f"{', '.join(rule.normal_classes)}; of the normals one fifth is tested on "
            "(where there is no test folder) and one sixth of the rest calibrates. "
            f"Give more normal pictures.\n{found}"
        )


def _reasons(outputs):
    rows = read_table(outputs.rejected)
    rows = [row for row in rows if not row["reason"].startswith(MASK_REFUSED)]
    lines = [f"\n  {row['path']}: {row['reason']}" for row in rows[:_SHOWN]]
    more = f"\n  and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return "".join(lines) + more
