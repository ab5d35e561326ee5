"""Scored pictures to the metrics of all of them, and of each slice."""

import apache_beam as beam

from keras_novnorm.metrics import (
    ScoreHistogram,
    evaluate_histograms,
    evaluate_slice,
)
from keras_novnorm.metrics.slices import slices_of
from pipeline.transforms.count_scores import CountScores
from pipeline.transforms.list_values import ListValues

_ALL = ("", "")


class SliceScores(beam.PTransform):
    """Judges all pictures, and those of each class, defect type and column's value.

    Args:
        dropped_bits: int, see `ScoreHistogram`; 0: all metrics are exact.
        max_values: int, a column with more different values makes no slices.

    Returns:
        (from `expand`) dict of PCollections: "all", one dict as `evaluate_histograms`
        gives it, or `{"error": str}`; "slices", `(slice, value, dict)` with a dict as
        `evaluate_slice` gives it; "left_out", names of columns with too many values.
    """

    def __init__(self, dropped_bits, max_values):
        super().__init__()
        self._dropped_bits = dropped_bits
        self._max_values = max_values

    def expand(self, judged):
        values = (
            judged
            | "Columns" >> beam.FlatMap(lambda one: sorted(one.columns.items()))
            | "Values" >> beam.CombinePerKey(ListValues(self._max_values))
        )
        counted = (
            judged
            | "Slice" >> beam.FlatMap(_slices, beam.pvalue.AsDict(values))
            | "Count" >> beam.CombinePerKey(CountScores(self._dropped_bits))
            | "Both labels" >> beam.Map(lambda e: (e[0][:2], (e[0][2], e[1])))
            | beam.GroupByKey()
            | "Pair" >> beam.MapTuple(_pair)
        )
        whole = counted | "All" >> beam.Filter(lambda e: e[0] == _ALL)
        normals = whole | "Normals" >> beam.Map(lambda e: e[1][0])
        return {
            "all": whole | "Judge all" >> beam.MapTuple(_judge_all),
            "slices": counted
            | "Parts" >> beam.Filter(lambda e: e[0] != _ALL)
            | "Judge" >> beam.Map(_judge, beam.pvalue.AsSingleton(normals)),
            "left_out": values
            | "Too many" >> beam.Filter(lambda e: e[1] is None)
            | "Names" >> beam.Keys(),
        }


def _slices(judged, values):
    yield (*_ALL, judged.label), judged
    columns = {n: v for n, v in judged.columns.items() if values[n] is not None}
    for name, value in slices_of(judged.class_name, judged.label, columns):
        yield (name, value, judged.label), judged


def _pair(name, counted):
    counted = dict(counted)
    nothing = ScoreHistogram.of([])
    return name, (counted.get(0, nothing), counted.get(1, nothing))


def _judge_all(_, pair):
    try:
        return evaluate_histograms(*pair)
    except ValueError as error:
        return {"error": str(error)}


def _judge(named, all_normal):
    name, pair = named
    try:
        return (*name, evaluate_slice(all_normal, *pair))
    except ValueError as error:
        return (*name, {"error": str(error)})
