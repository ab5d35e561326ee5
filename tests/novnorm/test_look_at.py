import csv
import json
import pathlib

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from keras_novnorm.advice import find_training_outliers
from keras_novnorm.datasets.image_examples import ImageExample
from novnorm.scorer import DetectorScorer
from novnorm.train_tables import show_pictures
from tests.novnorm.conftest import encode, write


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


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--preset", "digits", "--epochs", "100"), marks=pytest.mark.slow),
        ("--method", "pca", "--image-size", "8", "8"),
        ("--method", "nearest_neighbours", "--image-size", "8", "8"),
    ],
    ids=lambda options: options[1],
)
def test_strangers_among_the_normals_are_among_the_ten_that_are_shown(
    novnorm, tmp_path, options
):
    images, classes = load_digits(return_X_y=True)
    images = np.rint(images.reshape(-1, 8, 8) * (255 / 16)).astype("uint8")
    strangers = {f"stranger {digit}.png" for digit in (2, 4, 5, 7, 9)}
    files = {f"zero {n}.png": i for n, i in enumerate(images[classes == 0][:95])}
    files |= {name: images[classes == int(name.split()[1][0])][0] for name in strangers}
    data = write(tmp_path / "data" / "train" / "good", **files).parents[1]
    run = tmp_path / "run"
    command = ("train", data, *options, "--target-fpr", "0.1")
    code, out, _ = novnorm(*command, "--no-report", "--no-export", "--out", run)
    assert code == 0 and "look at       the 10 most novel pictures" in out
    record = json.loads((run / "run.json").read_text("utf-8"))
    shown = [pathlib.Path(one["path"]).name for one in record["most_novel_training"]]
    with open(run / "pictures.csv", encoding="utf-8", newline="") as file:
        trained = {
            pathlib.Path(row["path"]).name
            for row in csv.DictReader(file)
            if row["split"] == "train"
        }
    assert len(shown) == 10 and len(strangers & trained) >= 3
    assert len(strangers & set(shown)) >= len(strangers & trained) - 1
    if "--method" in options:
        assert shown[0] in strangers
