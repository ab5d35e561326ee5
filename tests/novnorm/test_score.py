"""`novnorm score`: the same score by every way, and everything in a table."""

import csv
import json
import os

import numpy as np
import pytest
from PIL import Image

from tests.novnorm.conftest import encode, write


@pytest.fixture(scope="module")
def new(tmp_path_factory, digits):
    """A nested folder with a few pictures, one of them no picture."""
    images = [*digits["test_normal"][-3:, ..., 0], *digits["test_novel"][:3, ..., 0]]
    names = [
        "größe.png",
        "deep/部品#2.png",
        "deep/er/[1].png",
        "a.png",
        "b.png",
        "c.png",
    ]
    folder = tmp_path_factory.mktemp("new")
    write(folder, **dict(zip(names, images, strict=True)))
    return write(folder, **{"deep/bad.png": b"not a picture"})


def rows_of(text):
    return {row["path"]: row for row in csv.DictReader(text.splitlines())}


def test_a_table_has_every_file_by_its_name_and_a_reason(
    finished, new, novnorm, tmp_path
):
    table = tmp_path / "scores.csv"
    code, out, _ = novnorm("score", finished.folder, new, "--csv", table)
    assert code == 0 and "6" in out and "set aside: deep/bad.png" in out
    rows = rows_of(table.read_text(encoding="utf-8"))
    assert set(rows) == {
        "größe.png",
        "deep/部品#2.png",
        "deep/er/[1].png",
        "a.png",
        "b.png",
        "c.png",
        "deep/bad.png",
    }
    bad = rows.pop("deep/bad.png")
    assert "not a picture" in bad["reason"] and bad["score"] == bad["is_novel"] == ""
    columns = list(bad)
    assert columns[:2] == ["path", "score"] and columns[-1] == "reason"
    assert columns[-4:-1] == ["p_value", "threshold", "is_novel"]
    assert "reconstruction_error" in columns
    for row in rows.values():
        novel = float(row["score"]) > float(row["threshold"])
        assert row["is_novel"] == str(novel).lower() and not row["reason"]


def test_a_file_alone_scores_as_in_a_folder_and_through_the_export(
    finished, new, novnorm
):
    def score(model, *paths):
        code, out, _ = novnorm("score", model, *paths, "--json")
        assert code == 0
        pictures = json.loads(out)["pictures"]
        return {p["path"].split("/")[-1]: p for p in pictures if not p["reason"]}

    together = score(finished.folder, new)
    export = score(finished.folder / "export" / "1", new)
    alone = score(finished.folder / "detector.keras", new / "größe.png")
    several = score(finished.folder, new / "a.png", str(new / "*.png"))
    assert len(together) == len(export) == 6 and len(several) == 4
    for other in (export, alone, several):
        for name, picture in other.items():
            assert picture["is_novel"] == together[name]["is_novel"]
            for output in ("score", "p_value", "threshold", "reconstruction_error"):
                assert picture[output] == pytest.approx(
                    together[name][output], rel=1e-4, abs=1e-5
                )


def test_opaque_and_deep_twins_score_as_the_plain_picture(
    finished, digits, novnorm, tmp_path
):
    grey = digits["test_novel"][5, ..., 0]
    colour = np.stack([grey] * 3, axis=2)
    write(
        tmp_path / "twins",
        **{
            "grey.png": grey,
            "rgb.png": colour,
            "rgba.png": encode(Image.fromarray(grey).convert("RGBA")),
            "deep.png": grey.astype(np.uint16) * 257,
            "bmp.jpg": encode(colour, "BMP"),
            "tiff.tif": encode(grey, "TIFF", compression="tiff_lzw"),
            "webp.webp": encode(colour, "WEBP", lossless=True),
        },
    )
    _, out, _ = novnorm("score", finished.folder, tmp_path / "twins", "--json")
    scores = [picture["score"] for picture in json.loads(out)["pictures"]]
    assert len(scores) == 7
    np.testing.assert_allclose(scores, scores[0], atol=1e-5)


def test_maps_heat_maps_and_regions_have_their_pictures_names_and_sizes(
    finished, digits, novnorm, tmp_path
):
    wide = Image.fromarray(digits["test_novel"][0, ..., 0]).resize((300, 100))
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = encode(Image.new("RGB", (40, 20), (255, 0, 0)), "JPEG", exif=exif)
    write(tmp_path / "in", **{"größe/wide.png": encode(wide), "lying.jpg": lying})
    options = ["--heat-maps", tmp_path / "heat", "--maps-npy", tmp_path / "npy"]
    options += ["--regions", tmp_path / "regions.json"]
    code, _, _ = novnorm("score", finished.folder, tmp_path / "in", *options)
    assert code == 0
    wide_map = np.load(tmp_path / "npy" / "größe" / "wide.png.npy")
    assert wide_map.shape == (100, 300) and wide_map.dtype == np.float32
    assert np.load(tmp_path / "npy" / "lying.jpg.npy").shape == (40, 20)
    with Image.open(tmp_path / "heat" / "größe" / "wide.png") as picture:
        assert picture.size == (300, 100)
    with Image.open(tmp_path / "heat" / "lying.jpg.png") as picture:
        assert picture.size == (20, 40)
    regions = json.loads((tmp_path / "regions.json").read_text(encoding="utf-8"))
    found = {one["path"]: one for one in regions["pictures"]}
    assert found["größe/wide.png"]["width"] == 300
    for region in found["größe/wide.png"]["regions"]:
        left, top, right, bottom = region["box"]
        inside = wide_map[top:bottom, left:right]
        assert inside.max() == pytest.approx(region["peak"])
        assert region["peak"] > regions["map_threshold"]


def test_novel_pictures_fail_a_script_that_asks_for_it(
    finished, digits, novnorm, tmp_path
):
    upside_down = 255 - digits["test_novel"][0, ..., 0]
    write(tmp_path, **{"novel.png": upside_down})
    assert novnorm("score", finished.folder, tmp_path / "novel.png")[0] == 0
    code, out, error = novnorm(
        "score", finished.folder, tmp_path / "novel.png", "--fail-on-novel", "--json"
    )
    assert code == 3 and json.loads(out)["counts"]["novel"] == 1 and error == ""


@pytest.mark.slow
def test_a_threshold_that_drifted_is_said_of_normals(
    finished, digits, novnorm, tmp_path
):
    images = digits["train"][:60, ..., 0]
    # Somebody has changed the lamp: half as bright, and light where it was dark.
    changed = {f"{n}.png": 160 - image // 2 for n, image in enumerate(images)}
    write(tmp_path / "in", **changed)
    _, out, _ = novnorm("score", finished.folder, tmp_path / "in", "--all-normal")
    assert "Normal pictures have changed" in out and "novnorm calibrate" in out
    _, out, _ = novnorm("score", finished.folder, tmp_path / "in")
    assert "have changed" not in out


def test_what_cannot_be_scored_is_said_in_one_line(finished, novnorm, tmp_path):
    (tmp_path / "text.txt").write_text("nothing")
    for model, path, code, words in (
        (finished.folder, tmp_path / "none*.png", 2, "matches no file"),
        (finished.folder / "logs", tmp_path, 1, "is no run"),
        (tmp_path / "none", tmp_path, 1, "There is no model"),
        (tmp_path / "text.txt", tmp_path, 1, "no .keras file"),
    ):
        found, out, error = novnorm("score", model, path)
        assert found == code and out == "" and words in error
        assert error.startswith("novnorm: ") and error.count("\n") == 1
    export = [finished.folder / "export" / "1", tmp_path, "--max-megapixels", "200"]
    found, _, error = novnorm("score", *export)
    assert found == 2 and "at most 100 megapixels" in error
    found, out, _ = novnorm("score", finished.folder, tmp_path / "absent.png")
    assert found == 1 and "No such file" in out


def test_a_gate_stays_shut_for_what_could_not_be_scored(finished, new, novnorm):
    for paths in (["absent.png"], [new / "a.png", new / "deep" / "bad.png"]):
        code, out, _ = novnorm("score", finished.folder, *paths, "--fail-on-novel")
        assert code == (3 if "1 of 1 novel" in out else 1) and "set aside" in out
    # Without a gate, what could be scored is a result.
    assert novnorm("score", finished.folder, *paths)[0] == 0


def test_maps_never_take_the_place_of_a_picture_or_of_each_other(
    finished, digits, novnorm, tmp_path, monkeypatch
):
    images = [encode(image) for image in digits["test_novel"][:4, ..., 0]]
    names = ("a.png", "a", "deep/a.png", "../beside/a.png")
    here = tmp_path / "here"
    write(here, **dict(zip(names, images, strict=True)))
    monkeypatch.chdir(here)
    for option in ("--heat-maps=.", "--csv=deep/a.png", "--heat-maps=../here/"):
        code, _, error = novnorm("score", finished.folder, ".", option)
        assert code == 2 and "would be overwritten" in error
    assert [(here / name).read_bytes() for name in names] == images

    places = ["--heat-maps", "../heat", "--maps-npy", "../npy"]
    paths = ["a.png", "a", str(here / "deep" / "a.png"), "../beside/a.png"]
    code, _, _ = novnorm("score", finished.folder, *paths, *places)
    assert code == 0
    for folder, ending in (("heat", ".png"), ("npy", ".npy")):
        found = [f for f in (tmp_path / folder).rglob("*") if f.is_file()]
        assert len(found) == 4 and all(f.suffix == ending for f in found)
    assert (tmp_path / "heat" / "here" / "a (2).png").is_file()
    assert [(here / name).read_bytes() for name in names] == images


def test_a_link_stays_a_link_and_a_pipe_a_pipe(finished, new, novnorm, tmp_path):
    target, link, pipe = (tmp_path / name for name in ("old.csv", "link", "pipe"))
    target.write_text("old")
    link.symlink_to(target)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    for file in (link, pipe):
        assert novnorm("score", finished.folder, new / "a.png", "--csv", file)[0] == 0
    assert link.is_symlink() and target.read_text().startswith("path,score,")
    assert pipe.is_fifo() and os.read(reader, 100).startswith(b"path,score,")
    os.close(reader)
