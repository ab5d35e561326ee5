"""Pictures to TFRecord files whose content depends on the pictures alone."""

import contextlib
import hashlib
import tempfile
import urllib.parse

import apache_beam as beam

from pipeline.selection import Shard
from pipeline.storage.whole_file import whole_file

_LONGEST = 80
_KEPT = 60
_MEMORY = 2**26


class WriteExamples(beam.PTransform):
    """Writes pictures to `DIRECTORY/SPLIT/CLASS-NN-of-MM.tfrecord`.

    A picture's shard follows from its path, and shards are sorted by path, so that
    every runner writes the same files. One worker writes the splits of one shard. It
    keeps the pictures on its disk and their places in memory, so that memory is small
    whatever the size of a shard. A shard that is written twice does no harm.

    Args:
        directory: `StoragePath`.
        shards: int, files of each split and class; those without a picture are not
            written.

    Returns:
        (from `expand`, of a pair "pictures", "changes" as `SplitPictures` gives them)
        dict of PCollections: "shards", `Shard`s; "changed", the number of changes
        that each worker found the picture for.
    """

    def __init__(self, directory, shards):
        super().__init__()
        self._directory = directory
        self._shards = shards

    def expand(self, parts):
        written = (
            parts
            | "Together" >> beam.Flatten()
            | "ByShard" >> beam.GroupByKey()
            | "Write"
            >> beam.ParDo(_Write(self._directory, self._shards)).with_outputs(
                "changed", main="shards"
            )
        )
        return {"shards": written["shards"], "changed": written["changed"]}


def shard_file(split, class_name, number, shards):
    """Names the file of a shard.

    Args:
        split: str.
        class_name: str; what has no place in a file name is percent-encoded, and
            long names are cut and told apart by a digest.
        number: int, of the shard, from 0.
        shards: int, how many there are.

    Returns:
        str, with `/`.
    """
    encoded = urllib.parse.quote(class_name, safe="", errors="surrogateescape")
    if len(encoded) > _LONGEST:
        name = class_name.encode("utf-8", "surrogateescape")
        encoded = f"{encoded[:_KEPT]}{hashlib.sha256(name).hexdigest()[:16]}"
    if encoded.startswith("."):  # Of hidden files, some tools say nothing.
        encoded = f"%2E{encoded[1:]}"
    width = max(2, len(str(shards)))
    return f"{split}/{encoded}-{number:0{width}d}-of-{shards:0{width}d}.tfrecord"


class _Write(beam.DoFn):
    def __init__(self, directory, shards):
        self._directory = directory
        self._shards = shards

    def process(self, element):
        (class_name, number), values = element
        class_name = class_name.decode("utf-8", "surrogateescape")
        with tempfile.SpooledTemporaryFile(_MEMORY) as spool:
            places, changes = _spool(values, spool)
            changed = 0
            for place, found in enumerate(places):
                if found[0] in changes:
                    changed += 1
                    places[place] = (found[0], changes[found[0]], *found[2:])
            for split in sorted({found[1] for found in places} - {""}):
                chosen = sorted(found for found in places if found[1] == split)
                yield self._write(split, class_name, number, chosen, spool)
        yield beam.pvalue.TaggedOutput("changed", changed)

    def _write(self, split, class_name, number, chosen, spool):
        import tensorflow as tf

        name = shard_file(split, class_name, number, self._shards)
        with contextlib.ExitStack() as stack:
            path = stack.enter_context(whole_file(self._directory / name))
            with tf.io.TFRecordWriter(path) as writer:
                for _, _, _, start, length in chosen:
                    spool.seek(start)
                    writer.write(spool.read(length))
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        masks = sum(has_mask for _, _, has_mask, _, _ in chosen)
        return Shard(name, split, class_name, len(chosen), digest, masks)


def _spool(values, spool):
    places, changes, end = [], {}, 0
    for value in values:
        if len(value) == 2:
            path, split = value
            changes[path] = split
            continue
        path, split, has_mask, record = value
        places.append((path, split, has_mask, end, len(record)))
        spool.write(record)
        end += len(record)
    return places, changes
