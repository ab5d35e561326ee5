"""Work as elements of one collection, on as many workers as Beam's runner has."""

import json

import apache_beam as beam

from pipeline.beam_options import make_pipeline
from pipeline.pipeline_error import PipelineError


def fan_out(attempts, beam_args):
    """Makes attempts on Beam's workers.

    Args:
        attempts: list of `Attempt`, of one kind of component.
        beam_args: sequence of str.

    Returns:
        dict from the `StoragePath`s of those that failed to `PipelineError`s.
    """
    make = beam.ParDo(_Make())
    for name, value in attempts[0].component.resource_hints().items():
        make = make.with_resource_hints(**{name: value})
    with make_pipeline(beam_args) as pipeline:
        _ = (
            pipeline
            | "Work" >> beam.Create(attempts)
            | "Spread" >> beam.Reshuffle()
            | "Make" >> make
        )
    failures = {}
    for attempt in attempts:
        if attempt.failure.exists():
            record = json.loads(attempt.failure.read_text())
            attempt.failure.delete()
            failures[attempt.place] = PipelineError(record["error"])
    return failures


class _Make(beam.DoFn):
    def setup(self):
        # Here, once in a worker: libraries that the work needs, kept quiet.
        from pipeline.quiet import import_tensorflow_quietly

        import_tensorflow_quietly()

    def process(self, attempt):
        attempt.make_or_record()
        yield attempt.place.text
