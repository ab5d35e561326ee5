"""Nothing is cropped, and the map lies where the picture is novel."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_novnorm import NoveltyDetector
from keras_novnorm.scoring.picture_scoring import score_pictures


@pytest.mark.slow  # tests/keras_novnorm/layers/test_anomaly_map.py is fast
def test_a_spot_at_the_edge_of_a_wide_picture_is_found(trained):
    picture = np.zeros((100, 300), "uint8")
    picture[40:50, 285:295] = 255
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    detector = NoveltyDetector.from_preset("digits", resize="tiles")
    detector.set_weights(trained.get_weights())
    (found,) = score_pictures(detector, [file.getvalue()], with_maps=True)
    assert found.anomaly_map.shape == (100, 300)
    row, column = np.unravel_index(found.anomaly_map.argmax(), (100, 300))
    assert 30 <= row < 60 and 275 <= column < 300
