"""Pictures, and a client of the shared server."""

import socket

import numpy as np
import pytest
import tensorflow as tf

from serving.client import ScoringClient


@pytest.fixture(scope="session")
def picture():
    """Function of a grey level and a format to the bytes of a picture file."""

    def make(level, form="png"):
        image = np.full((20, 30, 3), level, np.uint8)
        return getattr(tf.io, f"encode_{form}")(image).numpy()

    return make


@pytest.fixture
def pictures(tmp_path, picture):
    """Folder with three good pictures, two bad ones, and a file that is none."""
    folder = tmp_path / "pictures"
    (folder / "deeper").mkdir(parents=True)
    (folder / "a.png").write_bytes(picture(10))
    (folder / "b.JPG").write_bytes(picture(200, "jpeg"))
    (folder / "deeper" / "c ä.Jpeg").write_bytes(picture(120, "jpeg"))
    (folder / "cut.jpg").write_bytes(picture(50, "jpeg")[:200])
    (folder / "empty.png").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def scoring(detector):
    with ScoringClient(detector.target, "detector", batch_size=4) as scoring:
        yield scoring


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
