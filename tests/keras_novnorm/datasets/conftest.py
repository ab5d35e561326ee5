"""Pictures on disk, and the data sets that only some machines have."""

import io
import os
import pathlib

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def tfds_data_dir():
    """Folder of prepared tensorflow-datasets, or a skip that says what to set."""
    named = os.environ.get("NOVNORM_DATA_DIR")
    root = pathlib.Path(__file__).resolve().parents[3]
    place = pathlib.Path(named) if named else root.parent / "shared" / "data" / "tfds"
    if not (place / "mnist").is_dir():
        pytest.skip(f"no mnist in {place}; set NOVNORM_DATA_DIR")
    return str(place)


@pytest.fixture
def encode():
    """Writes an array or a Pillow picture to bytes of a format."""

    def to_bytes(picture, kind, **options):
        if not isinstance(picture, Image.Image):
            picture = Image.fromarray(np.asarray(picture))
        file = io.BytesIO()
        picture.save(file, kind, **options)
        return file.getvalue()

    return to_bytes


@pytest.fixture
def grey():
    """One 8 bit grey picture of noise, 20 x 30."""
    return np.random.default_rng(1).integers(0, 256, (20, 30), dtype=np.uint8)


@pytest.fixture
def colour():
    """One 8 bit colour picture of noise, 20 x 30."""
    return np.random.default_rng(2).integers(0, 256, (20, 30, 3), dtype=np.uint8)
