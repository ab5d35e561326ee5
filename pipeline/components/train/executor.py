"""Work of the component that trains the detector."""

import dataclasses
import json
import pathlib
import warnings

import apache_beam as beam

from pipeline.beam_options import make_pipeline_options
from pipeline.components.train.component import TrainParameters


@dataclasses.dataclass(frozen=True)
class TrainingRequest:
    """One detector to train.

    Attributes:
        examples: str, pattern of TFRecord files of normals.
        detector: str, path of the `.keras` file to write.
        history: str, path of the JSON file to write.
        parameters: `TrainParameters`.
    """

    examples: str
    detector: str
    history: str
    parameters: TrainParameters


def execute(inputs, outputs, parameters, context):
    """Trains a detector on the training normals.

    Args:
        inputs: `TrainInputs`.
        outputs: `TrainOutputs`, whose directory is there and empty.
        parameters: `TrainParameters`.
        context: `Context`.
    """
    request = TrainingRequest(
        examples=inputs.examples.train,
        detector=str(outputs.detector),
        history=str(outputs.history),
        parameters=parameters,
    )
    with beam.Pipeline(options=make_pipeline_options(context.beam_args)) as pipeline:
        _ = pipeline | beam.Create([request]) | beam.Reshuffle() | beam.ParDo(_Train())
    history = json.loads(outputs.history.read_text(encoding="utf-8"))
    for message in history["messages"]:
        context.say(message)


class _Train(beam.DoFn):
    def setup(self):
        # TensorFlow is imported where training happens, not where it is planned.
        import keras

        import keras_novnorm
        from keras_novnorm.datasets.image_examples import read_examples
        from pipeline.components.train.epoch_log import EpochLog

        self._keras = keras
        self._novnorm = keras_novnorm
        self._read_examples = read_examples
        self._epoch_log = EpochLog

    def process(self, request):
        parameters = request.parameters
        self._keras.utils.set_random_seed(parameters.seed)
        detector = self._novnorm.NoveltyDetector.from_preset(
            parameters.preset, image_shape=parameters.image_shape
        )
        detector.compile()

        def normals(shuffle):
            return self._read_examples(
                request.examples,
                detector.image_shape,
                parameters.batch_size or detector.recipe["batch_size"],
                shuffle=shuffle,
                seed=parameters.seed,
            )

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", self._novnorm.CollapseWarning)
            history = detector.fit(
                normals(shuffle=True),
                epochs=parameters.epochs,
                callbacks=[self._epoch_log()],
                verbose=0,
                restarts=parameters.restarts,
            )
        detector.adapt(normals(shuffle=False), verbose=0)
        detector.save(request.detector)
        record = {
            "epochs": history.epoch,
            "metrics": {
                name: [float(value) for value in values]
                for name, values in history.history.items()
            },
            "is_collapsed": bool(detector.is_collapsed),
            "collapse_signs": detector.collapse_signs,
            "restarts": detector.num_restarts,
            "messages": [str(warning.message) for warning in caught],
        }
        pathlib.Path(request.history).write_text(json.dumps(record, indent=2) + "\n")
        yield request.detector
