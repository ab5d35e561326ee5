import os

import pytest

from serving.versions.file_system_source import fingerprint, parse_version, scan


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("1", 1),
        ("0", 0),
        ("00000123", 123),
        ("1690000000", 1690000000),
        (str(2**63 - 1), 2**63 - 1),
        (str(2**63), None),
        ("9" * 5000, None),
        ("v1", None),
        ("0.1", None),
        ("1.tmp", None),
        ("-1", None),
        ("\u0661", None),
        ("", None),
    ],
)
def test_parse_version(name, number):
    assert parse_version(name) == number


def make(base, *names):
    for name in names:
        (base / name).mkdir(parents=True)


def test_scan_finds_whole_numbers_only(tmp_path):
    make(tmp_path, "1", "02", "13", "v7", "5.tmp")
    (tmp_path / "7").write_text("a file counts, and will fail to load")
    listing = scan(str(tmp_path))
    assert sorted(listing.versions) == [1, 2, 7, 13]
    assert listing.versions[2] == str(tmp_path / "02")
    assert listing.ignored == ("5.tmp", "v7")
    assert listing.problem is None


def test_of_two_names_for_one_number_the_later_in_byte_order_counts(tmp_path):
    make(tmp_path, "007", "7")
    assert scan(str(tmp_path)).versions == {7: str(tmp_path / "7")}


def test_base_path_that_is_a_version_names_its_parent(tmp_path):
    make(tmp_path, "m/1/variables")
    (tmp_path / "m" / "1" / "saved_model.pb").write_bytes(b"")
    listing = scan(str(tmp_path / "m" / "1"))
    assert not listing.versions
    assert repr(str(tmp_path / "m" / "1")) in listing.problem
    assert f"likely right base path is {str(tmp_path / 'm')!r}" in listing.problem
    assert "named by a whole number" in listing.problem


def test_base_path_that_is_a_model_without_version(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"")
    problem = scan(str(tmp_path)).problem
    assert f"move the model into {str(tmp_path / '1')!r}" in problem


def test_base_path_one_too_high_names_the_model(tmp_path):
    make(tmp_path, "m/1")
    (tmp_path / "m" / "1" / "saved_model.pb").write_bytes(b"")
    problem = scan(str(tmp_path)).problem
    assert f"likely right base path is {str(tmp_path / 'm')!r}" in problem


@pytest.mark.parametrize(
    ("names", "said"),
    [(["v1"], "there is 'v1'"), (["0.1"], "there is '0.1'"), ([], "it is empty")],
)
def test_base_path_without_versions(tmp_path, names, said):
    make(tmp_path, *names)
    listing = scan(str(tmp_path))
    assert repr(str(tmp_path)) in listing.problem
    assert said in listing.problem
    assert "named by a whole number" in listing.problem
    assert listing.readable


def test_base_path_missing_or_a_file(tmp_path):
    missing = scan(str(tmp_path / "nowhere"))
    assert "does not exist" in missing.problem and not missing.readable
    (tmp_path / "file").write_text("")
    file = scan(str(tmp_path / "file"))
    assert "is a file, not a folder" in file.problem and not file.readable


def test_fingerprint_changes_with_the_files(tmp_path):
    make(tmp_path, "1/variables")
    empty = fingerprint(str(tmp_path / "1"))
    (tmp_path / "1" / "variables" / "a").write_text("a")
    one = fingerprint(str(tmp_path / "1"))
    assert empty != one == fingerprint(str(tmp_path / "1"))
    (tmp_path / "1" / "variables" / "a").write_text("ab")
    assert fingerprint(str(tmp_path / "1")) != one
    assert fingerprint(os.path.join(tmp_path, "2")) == ()
