"""The client as a command, against the real server."""

import contextlib
import csv
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios

import numpy as np
import pytest
from PIL import Image

from serving import client


def run(detector, *arguments):
    return client.main(["--target", detector.target, "--model=detector", *arguments])


def test_command_writes_csv(detector, pictures, tmp_path, capsys):
    path = tmp_path / "scores.csv"
    assert run(detector, "--csv", str(path), str(pictures)) == 1
    text = path.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 5 and text.count("\n") == 6
    header = text.splitlines()[0].split(",")
    assert header[:5] == ["file", "score", "threshold", "is_novel", "p_value"]
    assert header[-2:] == ["note", "error"]
    good = [row for row in rows if not row["error"]]
    assert len(good) == 3
    for row in good:
        novel = float(row["score"]) > float(row["threshold"])
        assert row["is_novel"] == str(novel)
    errors = capsys.readouterr().err
    assert "2 of 5 could not be scored" in errors
    assert "1 files in folders are no pictures" in errors


def test_command_prints_table_and_json(detector, pictures, capsys):
    good = [str(pictures / "a.png"), str(pictures / "b.JPG")]
    assert run(detector, "--json", *good) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["is_novel"] for row in rows] == [False, True]
    detector_client = [sys.executable, "-m", "serving.client"]
    done = subprocess.run(
        [*detector_client, "--target", detector.target, "--model=detector", *good],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].split()[:4] == ["file", "score", "threshold", "is_novel"]
    assert lines[2].split()[:2] == [good[1], f"{rows[1]['score']:.6g}"]


def test_command_without_anything_to_score(detector, tmp_path, capsys, picture):
    assert run(detector, str(tmp_path)) == 2
    assert "no picture found" in capsys.readouterr().err
    (tmp_path / "a.png").write_bytes(picture(1))
    arguments = ["--target", detector.target, "--model=nowhere", str(tmp_path)]
    assert client.main(arguments) == 2
    assert "NOT_FOUND: Servable not found" in capsys.readouterr().err


def test_json_lines_on_standard_output(detector, pictures, capsys):
    assert run(detector, "--jsonl", "-", "--batch-size=1", str(pictures)) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 5
    assert [row["error"] is None for row in rows].count(True) == 3
    assert all("score" in row for row in rows if row["error"] is None)


def test_files_for_machines_leave_standard_output_alone(
    detector, pictures, tmp_path, capsys
):
    lines, table = tmp_path / "scores.jsonl", tmp_path / "scores.csv"
    good = str(pictures / "a.png")
    assert run(detector, "--jsonl", str(lines), "--csv", str(table), good) == 0
    assert capsys.readouterr().out == ""
    (row,) = csv.DictReader(table.read_text().splitlines())
    assert float(row["score"]) == json.loads(lines.read_text())["score"]


def test_bad_pictures_alone_end_with_2(detector, pictures, capsys):
    assert run(detector, str(pictures / "cut.jpg"), str(pictures / "empty.png")) == 2
    assert "2 of 2 could not be scored" in capsys.readouterr().err


def test_conversion_is_said(detector, tmp_path, capsys):
    for name in ("a.tiff", "b.TIF", "c.webp"):
        Image.new("RGB", (9, 9), (90, 90, 90)).save(tmp_path / name, lossless=True)
    assert run(detector, "--json", str(tmp_path)) == 0
    captured = capsys.readouterr()
    assert {round(row["score"]) for row in json.loads(captured.out)} == {76}
    assert captured.err.splitlines() == [
        "2 sent as PNG: TIFF",
        "1 sent as PNG: WEBP",
    ]


def gradient(path, top, size=(40, 60)):
    path.parent.mkdir(parents=True, exist_ok=True)
    row = np.linspace(0, top, size[1]).astype(np.uint8)
    pixels = np.repeat(np.tile(row, (size[0], 1))[..., None], 3, axis=2)
    Image.fromarray(pixels).save(path)
    return pixels


def test_maps_lie_over_their_pictures_on_one_scale(detector, tmp_path, capsys):
    dim = gradient(tmp_path / "in" / "one" / "a.png", 20)
    gradient(tmp_path / "in" / "two" / "a.png", 250)
    (tmp_path / "in" / "two" / "bad.png").write_bytes(b"no picture")
    out = tmp_path / "maps"
    arguments = ["--json", "--maps", str(out), "--maps-npy", str(tmp_path / "in")]
    assert run(detector, *arguments) == 1
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    written = [str(out / name / "a.png") for name in ("one", "two")]
    assert [row.get("map") for row in rows] == [*written, None]
    values = [np.load(path.replace(".png", ".npy")) for path in written]
    assert [array.shape for array in values] == [(8, 8), (8, 8)]
    high = max(array.max() for array in values)
    assert f"--map-range 0 {high:g}" in captured.err
    first, second = [np.asarray(Image.open(path)) for path in written]
    assert first.shape == second.shape == (40, 60, 3)
    # Low values leave the picture as it is; high ones glow, and at the bright end.
    assert np.abs(first.astype(int) - dim).max() < 40
    red = second[..., 0].astype(int) - second[..., 2]
    assert red[:, -20:-8].mean() > 60 > red[:, :8].mean()


@pytest.mark.parametrize("stated", [[], ["--map-range", "0", "200"]])
def test_a_map_that_cannot_be_written_is_named_and_the_rest_goes_on(
    detector, pictures, tmp_path, capsys, stated
):
    # Two of one stem keep their endings, and have another one behind it: too long.
    long = [tmp_path / f"{'n' * 251}{ending}" for ending in (".png", ".bmp")]
    for file in long:
        file.write_bytes((pictures / "a.png").read_bytes())
    out, given = tmp_path / "maps", [*map(str, long), str(pictures / "a.png")]
    arguments = ["--json", "--maps", str(out), "--maps-npy", *stated, *given]
    assert run(detector, *arguments) == 1
    found = capsys.readouterr()
    rows = json.loads(found.out)
    assert [row["error"] for row in rows] == [None] * 3
    assert len({row["score"] for row in rows}) == 1
    assert "2 maps could not be written" in found.err and "too long" in found.err
    assert len(list(out.rglob("*.npy"))) == len(list(out.rglob("*.png"))) == 1


def test_maps_on_a_stated_range_are_the_same_in_every_run(detector, tmp_path):
    gradient(tmp_path / "in" / "a.png", 100)
    gradient(tmp_path / "in" / "b.png", 250)
    arguments = ["--csv", str(tmp_path / "csv"), "--map-range", "0", "200", "--maps"]
    both, alone = tmp_path / "both", tmp_path / "alone"
    assert run(detector, *arguments, str(both), str(tmp_path / "in")) == 0
    assert run(detector, *arguments, str(alone), str(tmp_path / "in" / "a.png")) == 0
    assert (both / "a.png").read_bytes() == (alone / "a.png").read_bytes()


def test_a_closed_port_is_explained(tmp_path, capsys, picture, unused_port):
    (tmp_path / "a.png").write_bytes(picture(1))
    arguments = [f"--target=127.0.0.1:{unused_port}", "--model=m", "--retries=2"]
    assert client.main([*arguments, str(tmp_path)]) == 2
    words = capsys.readouterr().err
    assert "tried 3 times in" in words
    assert f"--port {unused_port}" in words and "novnorm-serve" in words


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--cert", "c.pem"], "--cert and --key go together"),
        (["--maps-npy"], "need --maps DIR"),
        (["--maps=d", "--map-range", "3", "1"], "LOW must be below HIGH, got 3 1"),
        (["--json", "--csv", "-"], "can be printed"),
        (["--version=1", "--label=best"], "not allowed with"),
        (["--timeout=0"], "seconds above 0, got '0'"),
        (["--batch-size=0"], "from 1 on, got '0'"),
    ],
)
def test_options_that_do_not_fit_are_refused(arguments, reason, capsys):
    with pytest.raises(SystemExit) as caught:
        client.main(["--model=m", "a.png", *arguments])
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


def test_help_comes_at_once_and_without_tensorflow():
    code = (
        "import sys, contextlib\n"
        "from serving.client import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False
    )
    assert done.returncode == 0 and b"--maps DIR" in done.stdout


def test_a_reader_that_leaves_ends_the_run_quietly(detector, pictures):
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "serving.client", "--jsonl", "-"]
    done = subprocess.run(
        [*command, "--target", detector.target, "--model=detector", str(pictures)],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert "Traceback" not in done.stderr and "Broken pipe" not in done.stderr


def test_progress_is_shown_to_a_terminal_alone(detector, pictures):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "serving.client", "--jsonl", "-"]
    done = subprocess.run(
        [*command, "--target", detector.target, "--model=detector", str(pictures)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
    )
    os.close(theirs)
    shown = ""
    with contextlib.suppress(OSError):  # the end, where a terminal's other side is shut
        while part := os.read(ours, 1 << 16):
            shown += part.decode()
    os.close(ours)
    assert "/5 [" in shown and "pictures/s" in shown
    assert len(done.stdout.splitlines()) == 5
    quiet = subprocess.run(
        [*command, "--target", detector.target, "--model=detector", str(pictures)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "pictures/s" not in quiet.stderr
