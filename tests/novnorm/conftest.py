"""One folder of pictures as people have them, and one run on it for all tests."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from novnorm.main import main

TRAIN = ["--preset", "digits", "--epochs", "60", "--target-fpr", "0.1"]


@pytest.fixture
def novnorm(capsys):
    """Runs the command: function of its arguments to code, stdout and stderr."""

    def call(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def understood(novnorm, tmp_path):
    """What `train` says of a folder before it trains: asked for what cannot be."""

    def call(folder, *arguments):
        out = tmp_path / "never trained"
        code, said, error = novnorm(
            "train", folder, "--out", out, "--target-fpr", "1e-4", *arguments
        )
        assert not out.exists()
        return code, said, error

    return call


def encode(picture, kind="PNG", **options):
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(np.asarray(picture))
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def write(folder, **files):
    """Writes files below a folder, from bytes or arrays."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else encode(content))
    return folder


@pytest.fixture(scope="session")
def parts(digits, tmp_path_factory):
    """A folder with good pictures, other ones, and everything that goes wrong."""
    folder = tmp_path_factory.mktemp("data") / "Prüfung (neu)"
    good = np.concatenate([digits["train"], digits["test_normal"]])[..., 0]
    names = ["größe 1.png", "部品#2.png", "e\u0301.png"]
    names += [f"{n:03d}.png" for n in range(3, 100)]
    files = {f"good/{n}": image for n, image in zip(names, good, strict=False)}
    jpeg = encode(Image.fromarray(good[100]).resize((64, 64)), "JPEG")
    same = good[101]
    write(folder, **files)
    write(
        folder,
        **{
            "good/x.jpg": encode(good[102]),
            "good/y.jpg": encode(good[103], "BMP"),
            "good/empty.png": b"",
            "good/text.jpg": b"no picture at all",
            "good/half.jpg": jpeg[: len(jpeg) // 2],
            "good/cut.jpg": jpeg[:-2],
            "good/enormous.png": encode(Image.new("1", (20_000, 20_000))),
            "good/same/a.png": same,
            "good/same/copy of a.png": same,
            "good/same/a.bmp": encode(same, "BMP"),
            "good/rgba.png": encode(Image.fromarray(good[104]).convert("RGBA")),
            "good/16 bit.png": encode(good[105].astype(np.uint16) * 257),
            "good/Thumbs.db": b"x",
            ".ipynb_checkpoints/x.png": good[0],
            "__MACOSX/._x.png": b"x",
            ".DS_Store": b"x",
        },
    )
    for number, image in enumerate(digits["test_novel"][:20, ..., 0]):
        write(folder, **{f"scratch/deep/{number}.png": image})
    return folder


class FinishedRun:
    """A run that was stopped by Ctrl-C and begun again."""

    def __init__(self, folder):
        self.folder = folder

    def read(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def finished(parts, tmp_path_factory):
    """A finished run; not to be changed by a test. It was interrupted once."""
    from novnorm.epoch_progress import EpochProgress

    run = FinishedRun(tmp_path_factory.mktemp("runs") / "run")
    command = ["train", str(parts), "--out", str(run.folder), *TRAIN, "--json"]

    seconds = "keras_novnorm.callbacks.epoch_checkpoint.SECONDS"
    with pytest.MonkeyPatch.context() as patch:

        class StopsAfterForty(EpochProgress):
            # The learning rate has fallen by then. The last epochs alone are kept.
            def on_epoch_end(self, epoch, logs=None):
                super().on_epoch_end(epoch, logs)
                if epoch == 36:
                    patch.setattr(seconds, 0.0)
                if epoch == 39:
                    raise KeyboardInterrupt

        patch.setattr("novnorm.training.EpochProgress", StopsAfterForty)
        patch.setattr(seconds, 1e9)
        run.stopped = call_captured(command)
    run.kept = sorted(path.name for path in run.folder.rglob("epoch-*"))
    run.went_on = call_captured(command)
    return run


def call_captured(command):
    """Runs the command outside of a test: code, stdout and stderr."""
    import contextlib

    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        code = main(command)
    return code, out.getvalue(), error.getvalue()
