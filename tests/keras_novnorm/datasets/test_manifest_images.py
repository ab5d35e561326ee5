"""Pictures that a CSV file lists."""

import pickle

import numpy as np
import pytest

from keras_novnorm.datasets.one_class_data import read_one_class_data
from keras_novnorm.datasets.open_source import open_source


@pytest.fixture
def manifest(tmp_path, encode):
    """Writes pictures and a manifest of the given lines; opens it."""

    def write(*lines, pictures=40):
        (tmp_path / "pictures").mkdir()
        for n in range(pictures):
            levels = np.random.default_rng(n).integers(0, 256, (6, 6), np.uint8)
            (tmp_path / "pictures" / f"{n}.png").write_bytes(encode(levels, "PNG"))
        path = tmp_path / "parts.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return open_source(f"manifest:{path}")

    return write


def by_path(source):
    return {element.path: element for element in source.elements()}


def test_columns_are_read_and_further_ones_travel_along(manifest, tmp_path):
    source = manifest(
        "\ufeffpath,label,split,mask,group,camera,Größe",
        "pictures/0.png,0,train,,part 1,left,1",
        'pictures/1.png,1,test,pictures/2.png,,"left, new",',
        "",
        "pictures/3.png,0,,,,,",
    )
    source = pickle.loads(pickle.dumps(source))
    assert source.class_names == ["anomaly", "good"]
    assert source.default_normal == ["good"] and source.has_test_split
    first, second, third = by_path(source).values()
    assert (first.class_name, first.split, first.group) == ("good", "train", "part 1")
    assert first.columns == {"camera": "left", "größe": "1"}
    assert second.class_name == "anomaly" and second.columns == {"camera": "left, new"}
    assert (third.split, third.group, third.columns) == ("train", None, {})
    read = source.read(second)
    assert read.image_bytes != read.mask_bytes and read.mask_bytes.startswith(
        b"\x89PNG"
    )


@pytest.mark.parametrize(
    "header, lines, classes, normal",
    [
        ("label", ("good", "anomaly"), ["anomaly", "good"], ["good"]),
        ("label", ("cat", "dog"), ["cat", "dog"], []),
        ("label", ("0", "1", "2"), ["0", "1", "2"], []),
        ("class", ("0", "1"), ["0", "1"], []),
        ("class_name,label", ("scratch,1", "ok,0", "fine,0"), None, ["fine", "ok"]),
    ],
)
def test_labels_are_verdicts_or_classes(manifest, header, lines, classes, normal):
    lines = [f"pictures/{n}.png,{line}" for n, line in enumerate(lines)]
    source = manifest(f"path,{header}", *lines)
    assert classes is None or source.class_names == classes
    assert source.default_normal == normal and not source.has_test_split


def test_lines_of_no_use_are_set_aside_and_the_others_are_read(manifest):
    lines = [f"pictures/{n}.png,good" for n in range(40)]
    source = manifest(
        "path,class",
        *lines,
        "pictures/gone.png,good",
        ",good",
        "pictures/1.png,bad",
        "pictures/2.png",
        "pictures/90.png,",
    )
    data = read_one_class_data(source, ("good",))
    assert sum(len(found) for found in data.examples.values()) == 40
    reasons = [reason for _, reason in data.rejected]
    assert len(reasons) == 5 and any("cannot be read: No such" in r for r in reasons)
    said = {path.rpartition(", ")[2]: reason for path, reason in data.rejected}
    assert said["line 43"] == "no path"
    assert said["line 44"] == "pictures/1.png is listed in line 3 already"
    assert said["line 45"] == "1 columns, the first line has 2"
    assert said["line 46"] == "no class and no label for pictures/90.png"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_manifest_written_on_windows_is_read(tmp_path, encode, encoding):
    for n in range(20):
        place = tmp_path / "good" / "größe" / f"{n}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        levels = np.random.default_rng(n).integers(0, 256, (6, 6), np.uint8)
        place.write_bytes(encode(levels, "PNG"))
    lines = [f"good\\größe\\{n}.png,good," for n in range(19)]
    lines += ["good/größe\\19.png,good,", ".\\good\\größe\\3.png,good,"]
    lines += ["good\\gone.png,good,", "good\\größe\\0.png,bad,masks\\0.png"]
    path = tmp_path / "list.csv"
    text = "\r\n".join(["path,class,mask", *lines, ""])
    path.write_bytes(text.encode(encoding))
    data = read_one_class_data(open_source(f"manifest:{path}"), ("good",))
    used = [one.path for found in data.examples.values() for one in found]
    assert sorted(used) == sorted(f"good/größe/{n}.png" for n in range(20))
    reasons = dict(data.rejected)
    assert reasons["good/gone.png"] == (
        f"cannot be read: No such file or directory (line 23 of {path})"
    )
    assert reasons[f"{path}, line 22"] == "good/größe/3.png is listed in line 5 already"
    assert reasons[f"{path}, line 24"] == "good/größe/0.png is listed in line 2 already"


def test_a_mask_that_is_missing_is_named_with_its_line(manifest):
    lines = [f"pictures/{n}.png,good," for n in range(20)]
    source = manifest("path,class,mask", *lines, "pictures/30.png,dent,masks\\30.png")
    ((path, reason),) = read_one_class_data(source, ("good",)).refused_masks
    assert path == "pictures/30.png" and "line 22 of" in reason
    assert "masks/30.png cannot be read: No such file" in reason


def test_a_column_may_say_what_calibrates(manifest):
    splits = ["train"] * 10 + ["Validation"] * 4 + ["val"] * 2
    lines = [f"pictures/{n}.png,good,{split}" for n, split in enumerate(splits)]
    source = manifest("path,class,split", *lines, "pictures/30.png,dent,validation")
    assert source.has_calibration_split and not source.has_test_split
    data = read_one_class_data(source, ("good",))
    sizes = {split: len(found) for split, found in data.examples.items()}
    assert sizes == {"train": 8, "calibration": 6, "test": 3}


@pytest.mark.parametrize(
    "lines, message",
    [
        (["file,label", "a,0"], "line 1: .*received 'file, label'"),
        (["path;label", "a;0"], "line 1: .*commas"),
        (["path,class,Class", "a,b,c"], "line 1: .*class is repeated"),
        (["path,class,split", "a,b,", "c,d,valid"], "line 3: .*received 'valid'"),
        (["path,class,label", "a,b,0", "c,b,1"], "line 3: class 'b' has label '1'"),
        (["path,class", 'a,"b"c'], "line 2: cannot be read as CSV"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused_with_the_line(manifest, lines, message):
    with pytest.raises(ValueError, match=message):
        manifest(*lines, pictures=0)


def test_a_manifest_that_is_not_there_or_empty_is_refused(manifest, tmp_path):
    with pytest.raises(FileNotFoundError, match="none.csv cannot be read: No such"):
        open_source(f"manifest:{tmp_path / 'none.csv'}")
    with pytest.raises(FileNotFoundError, match="lists no picture"):
        manifest("path,class", pictures=0)


def test_the_fingerprint_follows_the_file_and_the_pictures(manifest, tmp_path):
    source = manifest("path,class", "pictures/0.png,good")
    first = source.fingerprint()
    assert source.fingerprint() == first
    (tmp_path / "pictures" / "0.png").write_bytes(b"other")
    second = source.fingerprint()
    (tmp_path / "parts.csv").write_text("path,class\npictures/0.png,bad\n")
    assert len({first, second, source.fingerprint()}) == 3
