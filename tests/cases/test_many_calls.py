"""Pictures one after the other, for ever."""

import io

import numpy as np
from PIL import Image

from keras_novnorm.scoring.picture_scoring import score_pictures


def test_calls_of_predict_trace_no_graph_again(trained, digits):
    image = digits["test_normal"][:1]
    trained.predict(image, verbose=0)
    count = trained.predict_function.experimental_get_tracing_count
    before = count()
    for _ in range(5):
        trained.predict(image, verbose=0)
    assert count() == before


def test_pictures_are_read_as_they_are_scored(trained):
    taken = []

    def pictures():
        for side in range(8, 48):
            file = io.BytesIO()
            Image.fromarray(np.zeros((side, 9), "uint8")).save(file, "PNG")
            taken.append(side)
            yield file.getvalue()

    scores = score_pictures(trained, pictures(), batch_size=4)
    next(scores)
    assert len(taken) < 20
    assert len(list(scores)) == 39
