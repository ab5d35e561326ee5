"""Anomaly maps of the pictures whose masks are known, with the masks, in files."""

import dataclasses
import hashlib
import io

import apache_beam as beam
import numpy as np
from apache_beam.ml.inference.base import RunInference

from pipeline.transforms.readable import readable
from pipeline.transforms.saved_model_handler import SavedModelHandler
from pipeline.transforms.score_pictures import parse

SIGNATURE = "anomaly_map_bytes"
_BATCH = 32
_PIXELS_OF_A_FILE = 2**22


@dataclasses.dataclass(frozen=True)
class MapFile:
    """One file of maps and masks.

    Attributes:
        name: str.
        count: int, pictures in it.
    """

    name: str
    count: int


class LocatePictures(beam.PTransform):
    """Computes the maps of pictures that have masks, and of normal ones.

    The mask of a normal picture is all zero. Where there are more than `most`, those
    are taken whose pictures have the lowest hashes: always the same ones, whatever
    their names and their order.

    Args:
        saved_model: `StoragePath` of a SavedModel.
        label_of: function from a class name to 0 (normal) or 1 (novel).
        size: tuple (height, width) of the maps.
        most: int, how many pictures are taken.
        folder: `StoragePath` in which `MapFile`s are written.

    Returns:
        (from `expand`) dict of PCollections: "files", `MapFile`s; "known", one int,
        how many pictures have a known mask.
    """

    def __init__(self, saved_model, label_of, size, most, folder):
        super().__init__()
        self._handler = SavedModelHandler(saved_model, SIGNATURE, _BATCH)
        self._label_of = label_of
        self._size = size
        self._most = most
        self._folder = folder

    def expand(self, serialized):
        known = (
            serialized
            | "Parse" >> beam.Map(parse)
            | "Known" >> beam.Filter(_is_known, self._label_of)
        )
        keys = known | "Keys" >> beam.Map(_key)
        last = (
            keys
            | "Lowest" >> beam.combiners.Top.Smallest(self._most)
            | "Last" >> beam.Map(lambda lowest: lowest[-1] if lowest else "")
        )
        height, width = self._size
        files = -(-self._most * height * width // _PIXELS_OF_A_FILE)
        written = (
            known
            | "Chosen"
            >> beam.Filter(
                lambda e, last: _key(e) <= last, beam.pvalue.AsSingleton(last)
            )
            | "Run" >> RunInference(self._handler)
            | "Made" >> beam.Filter(lambda answer: answer.outputs is not None)
            | "Compare" >> beam.Map(_compare, self._label_of)
            | "File" >> beam.Map(lambda one: (int(one[0][:8], 16) % files, one))
            | beam.GroupByKey()
            | "Write" >> beam.Map(_write, self._folder)
        )
        return {"files": written, "known": keys | beam.combiners.Count.Globally()}


def _is_known(example, label_of):
    return bool(example.mask_bytes) or not label_of(example.class_name)


def _key(example):
    # Hashed anew: splits were drawn by the digest, and are biased in it.
    digest = hashlib.sha256(f"pixels:{example.sha256}".encode()).hexdigest()
    return f"{digest} {readable(example.path)}"


def _compare(answer, label_of):
    from keras_novnorm.datasets.mask_picture import mask_at_size

    example, found = answer.example, answer.outputs["anomaly_map"]
    if not label_of(example.class_name):
        return _key(example), found, np.zeros(found.shape, bool), "", False
    mask, emptied = mask_at_size(example.mask_bytes, *found.shape)
    return _key(example), found, mask, example.class_name, emptied


def _write(numbered, folder):
    number, compared = numbered
    compared = sorted(compared, key=lambda one: one[0])
    _, maps, masks, kinds, emptied = zip(*compared, strict=True)
    file = io.BytesIO()
    np.savez(
        file,
        maps=np.stack(maps),
        masks=np.stack(masks),
        kinds=np.array(kinds),
        emptied=np.array(emptied),
    )
    name = f"maps-{number:05d}.npz"
    (folder / name).write_bytes(file.getvalue())
    return MapFile(name, len(maps))
