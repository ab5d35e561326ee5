import numpy as np
from PIL import Image

from keras_novnorm.advice import find_training_outliers
from keras_novnorm.cli.scorer import DetectorScorer
from keras_novnorm.cli.train_tables import show_pictures
from keras_novnorm.datasets.image_examples import ImageExample
from tests.keras_novnorm.cli.conftest import encode


def test_a_training_picture_that_is_not_normal_is_shown_for_a_look(
    trained, digits, tmp_path
):
    images = [*digits["train"][..., 0], 255 - digits["train"][0, ..., 0]]
    examples = [
        ImageExample(encode(image), 0, "good", f"good/größe {n}.png", f"{n:064d}")
        for n, image in enumerate(images)
    ]
    scorer = DetectorScorer(trained)
    scores = [s.outputs["score"] for s in scorer.score(e.image_bytes for e in examples)]
    found = find_training_outliers([e.path for e in examples], scores)
    assert found.numbers["pictures"][0]["path"] == "good/größe 110.png"
    folder = tmp_path / "look_at"
    show_pictures(folder, found.numbers["pictures"], examples, scorer)
    picture = folder / "01 größe 110.png"
    np.testing.assert_array_equal(np.asarray(Image.open(picture)), images[-1])
    with Image.open(folder / "01 größe 110 heat map.png") as heat_map:
        assert heat_map.size == (8, 8)
