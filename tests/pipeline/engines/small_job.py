"""A small job that asks an engine for what the pipeline asks: written once, run on all.

python -m tests.pipeline.engines.small_job OUTPUT [Beam's options]
"""

import json
import os
import sys

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.options.pipeline_options import PipelineOptions

TEXTS = [f"w{n % 17} w{n % 5} x" for n in range(400)]


class _Words(beam.DoFn):
    """Words, those of a list set aside; counts, and prints more than a pipe holds."""

    def __init__(self):
        self._seen = Metrics.counter("small_job", "texts")

    def process(self, text, refused):
        self._seen.inc()
        print("printed " * 100)
        for word in text.split():
            if word in refused:
                yield beam.pvalue.TaggedOutput("refused", word)
            else:
                yield word


class _LastOfBundle(beam.DoFn):
    """Gives its elements out only when the bundle ends."""

    def start_bundle(self):
        self._kept = []

    def process(self, element):
        self._kept.append(element)

    def finish_bundle(self):
        for element in self._kept:
            yield beam.transforms.window.GlobalWindows.windowed_value(element)


def _write(path, *results):
    work = f"{path}.part"
    with open(work, "w", encoding="utf-8") as file:
        json.dump([sorted(map(list, rows)) for rows in results], file)
    os.replace(work, path)


def run_small_job(output, beam_args):
    """Runs the job.

    Args:
        output: path of the JSON file that a worker writes.
        beam_args: list of str.

    Returns:
        dict: "written", what a worker wrote; "counters", dict from name to value.
    """
    pipeline = beam.Pipeline(options=PipelineOptions(beam_args))
    refused = pipeline | "Refused" >> beam.Create(["w3", "x"])
    words = (
        pipeline
        | "Texts" >> beam.Create(TEXTS)
        | beam.Reshuffle()
        | beam.ParDo(_Words(), beam.pvalue.AsList(refused)).with_outputs(
            "refused", main="words"
        )
    )
    groups = (
        words.words
        | beam.ParDo(_LastOfBundle())
        | beam.Map(lambda word: (word, 1))
        | beam.GroupByKey()
        | beam.MapTuple(lambda word, ones: (word, sum(ones)))
    )
    sums = words.refused | beam.Map(lambda w: (w, 1)) | beam.CombinePerKey(sum)
    sizes = (
        words.words | beam.BatchElements() | beam.Map(lambda batch: ("n", len(batch)))
    )
    sizes = sizes | "Sizes" >> beam.CombinePerKey(sum)
    joined = {"kept": groups, "refused": sums} | beam.CoGroupByKey()
    joined = joined | beam.MapTuple(
        lambda w, both: (w, sum(both["kept"]), sum(both["refused"]))
    )
    _ = (
        pipeline
        | "Path" >> beam.Create([str(output)])
        | beam.Map(_write, *map(beam.pvalue.AsList, (groups, sums, sizes, joined)))
    )
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query()["counters"]
    with open(output, encoding="utf-8") as file:
        written = json.load(file)
    counters = {counter.key.metric.name: counter.result for counter in counters}
    return {"written": written, "counters": counters}


if __name__ == "__main__":
    found = run_small_job(sys.argv[1], sys.argv[2:])
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(found, file)
