"""Cost per picture of each component on more and more synthetic pictures."""

import json
import pathlib
import subprocess
import tempfile
import threading
import time

import numpy as np

from benchmarks.pipeline.runs import seconds_by_component, start

_SIZE = 28


def write_pictures(folder, count, novel_share=0.02, seed=0):
    """Writes synthetic pictures in the layout `good` and `bad`.

    Normal ones are a bright blob on noise; novel ones have a bar through it.

    Args:
        folder: path.
        count: int.
        novel_share: float.
        seed: int.
    """
    from PIL import Image

    draw = np.random.default_rng(seed)
    grid = np.mgrid[0:_SIZE, 0:_SIZE]
    for name in ("good", "bad"):
        pathlib.Path(folder, name).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        center = draw.uniform(10, 18, 2)
        distance = ((grid - center[:, None, None]) ** 2).sum(0)
        pixels = 200 * np.exp(-distance / 30) + draw.normal(20, 5, (_SIZE, _SIZE))
        kind = "bad" if draw.random() < novel_share else "good"
        if kind == "bad":
            pixels[:, draw.integers(8, 20)] = 255
        image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        image.save(pathlib.Path(folder, kind, f"{number:07d}.png"))


def measure(counts, epochs=1):
    """Runs the pipeline on folders of different sizes.

    Args:
        counts: list of int, pictures.
        epochs: int.

    Returns:
        Pair of dict of facts and list of `(words, value, aim, is_met)`.
    """
    facts = {}
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="novnorm-scale-") as folder:
            pictures, root = f"{folder}/pictures", f"{folder}/root"
            write_pictures(pictures, count)
            options = ["--data", f"folder:{pictures}", "--preset", "mnist"]
            options += ["--epochs", str(epochs), "--allow-collapsed"]
            whole, peak = _run_and_watch(root, options)
            size = _stored(root)
            facts[count] = {
                "seconds": round(whole, 1),
                "peak MiB": round(peak),
                "microseconds a picture": {
                    name: round(1e6 * seconds / count)
                    for name, seconds in seconds_by_component(root).items()
                },
                "stored bytes a picture": round(size / count),
            }
            print(json.dumps({count: facts[count]}), flush=True)
    return facts, []


def _run_and_watch(root, options):
    clock = time.monotonic()
    process = start(root, *options)
    peaks = [0.0]
    done = threading.Event()

    def watch():
        while not done.wait(0.2):
            peaks.append(_memory(process.pid))

    thread = threading.Thread(target=watch)
    thread.start()
    code = process.wait()
    done.set()
    thread.join()
    if code not in (0, 3):
        raise RuntimeError(f"The run ended with {code}.")
    return time.monotonic() - clock, max(peaks)


def _memory(session):
    # Of all processes of the run, in MiB, by the sum of proportional shares.
    listed = subprocess.run(
        ["ps", "-o", "pid=", "-s", str(session)], capture_output=True, text=True
    )
    total = 0.0
    for pid in listed.stdout.split():
        try:
            text = pathlib.Path("/proc", pid, "smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(
            float(line.split()[1])
            for line in text.splitlines()
            if line.startswith("Pss:")
        )
    return total / 1024


def _stored(root):
    files = pathlib.Path(root, "prepare").rglob("*.tfrecord")
    return sum(file.stat().st_size for file in files)
