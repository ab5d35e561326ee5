"""Pictures of a tensorflow-datasets data set."""

import contextlib
import warnings

import tensorflow as tf
import tensorflow_datasets as tfds

from keras_novnorm.datasets.source_image import (
    ImageSource,
    SourceImage,
    fingerprint_of,
)
from keras_novnorm.datasets.without_autograph import without_autograph

_BATCH = 1024
_STORED = tf.string, tf.int64


class TfdsImages(ImageSource):
    """An image classification data set, read by `tfds.load`.

    The pictures are taken as they are stored (PNG for the small sets), so they are
    lossless and are decoded once only, by the detector's own decoder. Of the splits,
    `train` and `test` are used.

    Args:
        dataset: str, name of the data set: "mnist", "cifar10:3.0.2".
        data_dir: str or None, where it lies; None: tfds' own default.
        download: bool, whether it may be fetched.

    Raises:
        FileNotFoundError: it is not there and may not be fetched.
        ValueError: it has no image with a class label, or no `train` split.
    """

    def __init__(self, dataset, data_dir=None, download=False):
        self.dataset = dataset
        self.data_dir = None if data_dir is None else str(data_dir)
        self.download = download
        self.name = f"tfds:{dataset}"
        info = self._info()
        keys = info.supervised_keys
        if not keys or not isinstance(info.features[keys[1]], tfds.features.ClassLabel):
            raise ValueError(
                f"{self.name} is no image classification data set: expected are an "
                f"image and a class label, its features are {list(info.features)}."
            )
        if "train" not in info.splits:
            raise ValueError(
                f"{self.name} has no `train` split; received {list(info.splits)}."
            )
        self._image_key, self._label_key = keys
        self.class_names = list(info.features[keys[1]].names)
        self.default_normal = []
        self.has_test_split = "test" in info.splits
        self._version = str(info.version)
        self._sizes = {
            name: [info.splits[name].num_examples, info.splits[name].num_bytes]
            for name in self._splits()
        }

    def elements(self, wanted=None):
        for split in self._splits():
            hint = split if self.has_test_split else None
            keep = [
                n
                for n, name in enumerate(self.class_names)
                if wanted is None or wanted(name, hint)
            ]
            for number, label, image_bytes in self._records(split, keep):
                yield SourceImage(
                    path=f"{self.name}/{split}/{number:06d}",
                    class_name=self.class_names[label],
                    split=hint,
                    image_bytes=image_bytes,
                )

    def fingerprint(self):
        return fingerprint_of([self.name, self._version, self._sizes])

    def _splits(self):
        return ["train", "test"] if self.has_test_split else ["train"]

    def _info(self):
        try:
            with _deprecations_of_tfds_unheard():
                builder = tfds.builder(self.dataset, data_dir=self.data_dir)
        except tfds.core.registered.DatasetNotFoundError as error:
            raise FileNotFoundError(
                f"tensorflow-datasets knows no data set {self.dataset!r}."
            ) from error
        if self.download:
            builder.download_and_prepare()
        elif not builder.data_path.exists():
            raise FileNotFoundError(
                f"{self.name} is not at {builder.data_path}. Say where it lies "
                "(--data-dir), or allow its download (--download)."
            )
        return builder.info

    def _batches(self, split):
        info = self._info()
        stored = info.features.get_serialized_info()
        keys = self._image_key, self._label_key
        if info.file_format.value != "tfrecord" or any(
            (stored[key].shape, stored[key].tf_dtype) != ((), dtype)
            for key, dtype in zip(keys, _STORED, strict=True)
        ):
            return self._load(split).batch(_BATCH)
        # Many records in one step: a step takes longer than such a record.
        spec = {
            key: tf.io.FixedLenFeature([], dtype)
            for key, dtype in zip(keys, _STORED, strict=True)
        }

        def parse(records):
            found = tf.io.parse_example(records, spec)
            return found[keys[0]], found[keys[1]]

        files = [str(path) for path in info.splits[split].filepaths]
        return (
            tf.data.TFRecordDataset(files).batch(_BATCH).map(without_autograph(parse))
        )

    def _load(self, split):
        # Already encoded pictures stay so; the order is that of the files.
        with _deprecations_of_tfds_unheard():
            return tfds.load(
                self.dataset,
                split=split,
                data_dir=self.data_dir,
                download=False,
                as_supervised=True,
                shuffle_files=False,
                decoders={self._image_key: tfds.decode.SkipDecoding()},
            )

    def _records(self, split, keep):
        if not keep:
            return
        keep, number = set(keep), 0
        for images, labels in self._batches(split).as_numpy_iterator():
            for image_bytes, label in zip(images, labels.tolist(), strict=True):
                if label in keep:
                    yield number, label, image_bytes
                number += 1


@contextlib.contextmanager
def _deprecations_of_tfds_unheard():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
