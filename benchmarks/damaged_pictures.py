"""Counts what becomes of a folder in which some pictures are damaged.

`python -m benchmarks.damaged_pictures --count 10000 --damaged 500` writes such a
folder, damaged in eleven ways, prepares it as a run of the pipeline does, and compares
what was set aside, and why, with what was damaged. It fails where anything differs.
"""

import argparse
import collections
import io
import pathlib
import struct
import sys
import tempfile
import time
import zlib

import numpy as np
from PIL import Image

_PNG = b"\x89PNG\r\n\x1a\n"
_SHORT = "damaged or cut short"


def picture(seed, kind="PNG", mode="L"):
    """Makes one sound picture of noise, unlike any of another seed.

    Args:
        seed: int.
        kind: str, "PNG", "JPEG" or "GIF".
        mode: str, Pillow's name of the colours.

    Returns:
        bytes.
    """
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, kind)
    return file.getvalue()


def _header(width, height):
    data = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rest = picture(0)[33:]
    return _PNG + _chunk(b"IHDR", data) + rest


def _chunk(name, data):
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def _flipped(content, place, count):
    middle = bytes(byte ^ 0xFF for byte in content[place : place + count])
    return content[:place] + middle + content[place + count :]


def _cut_animation(seed):
    frames = [Image.open(io.BytesIO(picture(seed + n))).convert("P") for n in range(3)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()[:950]  # In the first frame, behind its palette.


def _broken_palette(seed):
    content = picture(seed, mode="P")
    return _flipped(content, content.index(b"PLTE") + 10, 20)


def _flipped_data(seed):
    content = picture(seed)
    return _flipped(content, content.index(b"IDAT") + 100, 8)


DAMAGES = {
    "empty file": (lambda seed: b"", "empty: the file has 0 bytes"),
    "text": (lambda seed: b"text, no picture %d" % seed, "not a picture"),
    "a web page": (
        lambda seed: b"<!DOCTYPE html><html>404 %d</html>" % seed,
        "not a picture",
    ),
    "wrong first bytes": (lambda seed: b"\x00" + picture(seed)[1:], "not a picture"),
    "JPEG cut in half": (lambda seed: _half(picture(seed, "JPEG")), _SHORT),
    "JPEG without its last 2 bytes": (lambda seed: picture(seed, "JPEG")[:-2], _SHORT),
    "PNG, bytes flipped in its data": (_flipped_data, _SHORT),
    "PNG, palette broken": (_broken_palette, _SHORT),
    "PNG, width 0": (lambda seed: _header(0, 24 + seed % 1000), _SHORT),
    "PNG, 20,000 x 20,000": (
        lambda seed: _header(20_000, 20_000 + seed % 1000),
        "too large",
    ),
    "GIF, animation cut": (_cut_animation, _SHORT),
}
"""How a picture is damaged, and what the reason says then."""


def _half(content):
    return content[: len(content) // 2]


def write_folder(folder, count, damaged):
    """Writes pictures, some damaged, evenly in all ways.

    Args:
        folder: `pathlib.Path`, not there yet.
        count: int, of all pictures.
        damaged: int, how many of them are.

    Returns:
        dict from the names of the damaged files to the way, a key of `DAMAGES`.
    """
    folder.mkdir(parents=True)
    ways, found = list(DAMAGES), {}
    for number in range(count):
        is_damaged = (number + 1) * damaged // count > number * damaged // count
        kind = "JPEG" if number % 2 else "PNG"
        name, content = f"{number:06d}.{kind.lower()}", None
        if is_damaged:
            way = found[name] = ways[len(found) % len(ways)]
            content = DAMAGES[way][0](number)
        (folder / name).write_bytes(content if is_damaged else picture(number, kind))
    return found


def check_folder(damaged, count, outputs):
    """Compares what was set aside with what was damaged.

    Args:
        damaged: dict, as `write_folder` gives it.
        count: int, of all pictures.
        outputs: `PrepareOutputs`.

    Returns:
        Pair of a list of rows `(way, damaged, set aside for that reason, example)`,
        and a list of str: what is not as it should be.
    """
    from pipeline.read_table import read_table

    reasons = {row["path"]: row["reason"] for row in read_table(outputs.rejected)}
    counts = outputs.read_counts()
    problems = [
        f"{n}: set aside, {reasons[n]}" for n in sorted({*reasons} - {*damaged})
    ]
    right, example = collections.Counter(), {}
    for name, way in damaged.items():
        reason = reasons.get(name)
        example.setdefault(way, reason)
        if reason and reason.startswith(DAMAGES[way][1]):
            right[way] += 1
        else:
            problems.append(f"{name} ({way}): {reason or 'not set aside'}")
    used = sum(counts["written"].values())
    if used != count - len(damaged):
        problems.append(f"{used} pictures used, {count - len(damaged)} are sound")
    of_way = collections.Counter(damaged.values())
    rows = [(way, of_way[way], right[way], example[way]) for way in of_way]
    return rows, problems


def main(argv=None):
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.damaged_pictures")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--damaged", type=int, default=500)
    arguments = parser.parse_args(argv)
    from pipeline.novnorm_pipeline import run_pipeline
    from pipeline.run_config import RunConfig

    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place, "pictures")
        damaged = write_folder(folder, arguments.count, arguments.damaged)
        config = RunConfig(
            f"folder:{folder}",
            str(pathlib.Path(place, "root")),
            presets=("mnist",),
            only="prepare",
        )
        started = time.monotonic()
        outputs = run_pipeline(config).prepared
        seconds = time.monotonic() - started
        rows, problems = check_folder(damaged, arguments.count, outputs)
    print(f"| damage | files | set aside | reason |\n{'|---' * 4}|")
    for way, files, right, reason in rows:
        print(f"| {way} | {files} | {right} | {(reason or '')[:80]} |")
    used = arguments.count - len(damaged)
    print(f"\n{used} sound pictures used, {len(damaged)} set aside, {seconds:.1f} s")
    for problem in problems[:20]:
        print(f"wrong: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
