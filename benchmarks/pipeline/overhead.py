"""The train component beside plain `fit` on the same pictures, in one process."""

import pathlib
import statistics
import tempfile
import time

AIM = 1.1


def measure(data, data_dir, normal, epochs, rounds):
    """Trains in turns, by the component and by `fit`.

    Both have warmed up before; the component's time has the reading of the files, the
    checkpoints, TensorBoard's files, exact statistics and the saved file;
    that of `fit` has the training and the exact statistics alone, on an array.

    Args:
        data: str, the source.
        data_dir: str or None.
        normal: list of str.
        epochs: int.
        rounds: int, how often each.

    Returns:
        Pair of dict of facts and list of `(words, value, aim, is_met)`.
    """
    import keras
    import numpy as np

    import keras_novnorm
    from benchmarks.pipeline.runs import run
    from keras_novnorm.datasets.image_examples import read_examples
    from pipeline.component import Context
    from pipeline.components.prepare.component import PrepareOutputs
    from pipeline.components.train import executor
    from pipeline.components.train.component import (
        TrainInputs,
        TrainOutputs,
        TrainParameters,
    )
    from pipeline.run_config import PRESETS
    from pipeline.storage import StoragePath

    preset = PRESETS[data]
    with tempfile.TemporaryDirectory(prefix="novnorm-overhead-") as folder:
        options = ["--data", data, "--normal", *normal, "--only", "prepare"]
        run(folder, *options, *(("--data-dir", data_dir) if data_dir else ()))
        (counts,) = pathlib.Path(folder, "prepare").glob("*/*/counts.json")
        prepared = PrepareOutputs(StoragePath(counts.parent))
        part = prepared.select(normal).part("train")
        shape = keras_novnorm.NoveltyDetector.from_preset(preset).image_shape
        files = [str(file) for file in part.files()]
        images = np.concatenate([b.numpy() for b in read_examples(files, shape, 1024)])

        def by_fit(epochs):
            keras.utils.set_random_seed(0)
            detector = keras_novnorm.NoveltyDetector.from_preset(preset)
            detector.compile()
            detector.fit(images, epochs=epochs, verbose=0)
            detector.adapt(images, verbose=0)

        def by_component(epochs):
            place = StoragePath(tempfile.mkdtemp(dir=folder))
            outputs = TrainOutputs(place / "outputs")
            executor.execute(
                TrainInputs(part),
                outputs,
                TrainParameters(preset, epochs=epochs),
                Context("train", keep=place / "keep"),
            )

        seconds = {by_fit: [], by_component: []}
        for function in seconds:
            function(1)
        for _ in range(rounds):
            for function, taken in seconds.items():
                clock = time.monotonic()
                function(epochs)
                taken.append(time.monotonic() - clock)
    ratios = [c / f for f, c in zip(*seconds.values(), strict=True)]
    ratio = statistics.median(ratios)
    facts = {
        "pictures": len(images),
        "epochs": epochs,
        "fit, seconds": [round(s, 2) for s in seconds[by_fit]],
        "component, seconds": [round(s, 2) for s in seconds[by_component]],
        "ratios": [round(r, 3) for r in ratios],
    }
    return facts, [("component / fit", ratio, f"<= {AIM}", ratio <= AIM)]
