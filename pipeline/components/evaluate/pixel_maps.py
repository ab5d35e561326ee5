"""Anomaly maps of the test pictures whose masks are known, with the masks."""

import contextlib
import dataclasses
import io
import json

import apache_beam as beam
import numpy as np

from pipeline.beam_options import make_pipeline
from pipeline.transforms.locate_pictures import SIGNATURE, LocatePictures, MapFile
from pipeline.transforms.read_records import ReadRecords
from pipeline.transforms.write_table import WriteTable

_LIST = "files.csv"


@dataclasses.dataclass(frozen=True)
class PixelMaps:
    """Maps and masks of one size.

    Attributes:
        maps: float32 array [N, H, W].
        masks: bool array [N, H, W], true where anomalous.
        num_known: int, pictures whose masks are known: those that have one, and the
            normal ones. N is less where not all of their maps could be kept or made.
        num_chosen: int, how many of them were to be kept.
        num_masks: int, how many of the N have a mask.
        num_emptied: int, masks that have no anomalous pixel left at the maps' size.
    """

    maps: np.ndarray
    masks: np.ndarray
    num_known: int
    num_chosen: int
    num_masks: int
    num_emptied: int


@dataclasses.dataclass(frozen=True)
class LocatedMaps:
    """Maps and masks in files.

    Attributes:
        folder: `StoragePath` that they lie in.
        files: list of `MapFile`.
        size: tuple (height, width) of the maps.
        num_known: int, pictures whose masks are known.
        num_chosen: int, how many of them were to be kept.
    """

    folder: object
    files: list
    size: tuple
    num_known: int
    num_chosen: int

    @property
    def num_masks(self):
        """int, how many of the pictures have a mask."""
        return sum(file.num_masks for file in self.files)

    @property
    def num_emptied(self):
        """int, masks that have no anomalous pixel left at the maps' size."""
        return sum(file.num_emptied for file in self.files)

    def read(self):
        """Yields pairs of arrays [K, H, W], maps and masks, a file at a time."""
        for file in self.files:
            content = (self.folder / file.name).read_bytes()
            with np.load(io.BytesIO(content)) as arrays:
                yield arrays["maps"], arrays["masks"]


@contextlib.contextmanager
def located_maps(files, label_of, saved_model, max_pixels, work, beam_args=()):
    """Computes the maps of pictures that have masks, and of normal ones, by Beam.

    Args:
        files: list of `StoragePath` of TFRecord files.
        label_of: function from a class name to 0 (normal) or 1 (novel).
        saved_model: `StoragePath` of a SavedModel.
        max_pixels: int, the most pixels of maps that are brought here; one map always
            is. Which ones, `LocatePictures` says.
        work: `StoragePath` of a folder for what passes between workers and here; it
            is gone afterwards.
        beam_args: sequence of str, options for Beam.

    Yields:
        `LocatedMaps`. Pictures that the model cannot decode are not among them.
    """
    height, width = _map_size(saved_model)
    most = max(1, max_pixels // (height * width))
    try:
        with make_pipeline(beam_args) as pipeline:
            found = (
                pipeline
                | ReadRecords(files)
                | LocatePictures(saved_model, label_of, (height, width), most, work)
            )
            rows = (
                found["files"]
                | "File rows" >> beam.Map(lambda one: json.dumps(vars(one))),
                found["known"] | "Known row" >> beam.Map(json.dumps),
            ) | beam.Flatten()
            _ = rows | beam.Map(lambda row: (row,)) | WriteTable(work / _LIST, ["row"])
        yield _list(work, (height, width), most)
    finally:
        work.delete()


def collect_pixel_maps(files, label_of, saved_model, max_pixels, work, beam_args=()):
    """Brings the maps of `located_maps` into memory, all at once.

    Args:
        files: as there, and so with the others.
        label_of: see there.
        saved_model: see there.
        max_pixels: see there.
        work: see there.
        beam_args: see there.

    Returns:
        `PixelMaps`.
    """
    with located_maps(
        files, label_of, saved_model, max_pixels, work, beam_args
    ) as found:
        count = sum(file.count for file in found.files)
        maps = np.empty((count, *found.size), np.float32)
        masks = np.empty((count, *found.size), bool)
        first = 0
        for some_maps, some_masks in found.read():
            last = first + len(some_maps)
            maps[first:last], masks[first:last] = some_maps, some_masks
            first = last
        return PixelMaps(
            maps=maps,
            masks=masks,
            num_known=found.num_known,
            num_chosen=found.num_chosen,
            num_masks=found.num_masks,
            num_emptied=found.num_emptied,
        )


def _list(work, size, most):
    from pipeline.read_table import read_table

    found = [json.loads(row["row"]) for row in read_table(work / _LIST)]
    (num_known,) = (one for one in found if isinstance(one, int))
    files = sorted(
        (MapFile(**one) for one in found if isinstance(one, dict)),
        key=lambda file: file.name,
    )
    return LocatedMaps(work, files, size, num_known, min(most, num_known))


def has_maps(saved_model):
    """Whether a model has a signature that gives anomaly maps.

    Args:
        saved_model: `StoragePath` of a SavedModel.

    Returns:
        bool.
    """
    return SIGNATURE in _signatures(saved_model)


def _map_size(saved_model):
    shape = _signatures(saved_model)[SIGNATURE].outputs["anomaly_map"].tensor_shape
    return tuple(dimension.size for dimension in shape.dim[1:])


def _signatures(saved_model):
    """By name, from the file alone: the model is not loaded."""
    from tensorflow.core.protobuf import saved_model_pb2

    content = (saved_model / "saved_model.pb").read_bytes()
    (graph,) = saved_model_pb2.SavedModel.FromString(content).meta_graphs
    return graph.signature_def
