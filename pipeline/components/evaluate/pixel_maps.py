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

    def read(self):
        """Yields of each picture its map and its mask, arrays [H, W], its type of
        defect, empty of a normal one, and whether the mask lost all that it marks."""
        for file in self.files:
            content = (self.folder / file.name).read_bytes()
            with np.load(io.BytesIO(content)) as arrays:
                columns = [arrays[n] for n in ("maps", "masks", "kinds", "emptied")]
            for anomaly_map, mask, kind, emptied in zip(*columns, strict=True):
                yield anomaly_map, mask, str(kind), bool(emptied)


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
