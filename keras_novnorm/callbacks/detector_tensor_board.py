"""What a detector's training does, in TensorBoard."""

import keras
import numpy as np


class DetectorTensorBoard(keras.callbacks.TensorBoard):
    """`keras.callbacks.TensorBoard`, with what is a detector's own.

    Beside what Keras writes, at the end of an epoch:

    - `terms/NAME/mean` and `terms/NAME/deviation`: the running moments that bring a
      term to the normal class's own scale;
    - `extremes/score_min` and `extremes/score_max`: the extremes that eq. (6) uses;
    - `collapse/NAME`: the measures that `CollapseMonitor` watches;
    - `pictures`: each of a handful of images with its reconstruction and its anomaly
      map, side by side, as far as the method has them. Maps have one colour scale,
      the detector's own, or that of the first ones written.

    Args:
        log_dir: folder of the log files, of this callback alone.
        images: `[N, H, W, C]`, uint8 or float in [0, 1], the same ones every time;
            `None` for no pictures.
        every: epochs from one writing of all this to the next.
        max_images: how many of `images` are shown.
        **kwargs: passed to `keras.callbacks.TensorBoard`.

    Raises:
        ValueError: if `every` or `max_images` is below 1.

    Example:

    >>> board = DetectorTensorBoard("logs", images=normals[:4])  # doctest: +SKIP
    >>> detector.fit(normal_ds, callbacks=[board])  # doctest: +SKIP
    """

    def __init__(self, log_dir="logs", images=None, every=1, max_images=8, **kwargs):
        for name, value in (("every", every), ("max_images", max_images)):
            if value < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {value}")
        super().__init__(log_dir, **kwargs)
        self.images = None if images is None else np.asarray(images)[:max_images]
        self.every = every
        self.max_images = max_images
        self._scale = None

    def on_epoch_end(self, epoch, logs=None):
        """Write what Keras writes, then what is the detector's own."""
        super().on_epoch_end(epoch, logs)
        if epoch % self.every:
            return
        # Keras's own writer: all of one run is in one file.
        with self._train_writer.as_default():
            for name, value in self._scalars(logs or {}).items():
                self.summary.scalar(name, value, step=epoch)
            if self.images is not None and len(self.images):
                sheets = self._sheets()
                self.summary.image(
                    "pictures", sheets, step=epoch, max_outputs=len(sheets)
                )
        self._train_writer.flush()

    def _scalars(self, logs):
        measures = {
            f"collapse/{name}": logs[name] for name in self.model.SIGNS if name in logs
        }
        normalization = getattr(self.model, "normalization", None)
        if normalization is None:
            return measures

        def value_of(variable):
            # Through numpy: a variable of many replicas is no number.
            return keras.ops.convert_to_numpy(variable)

        scalars = {
            f"extremes/{name}": value_of(getattr(normalization, name))
            for name in ("score_min", "score_max")
        }
        means = value_of(normalization.term_mean)
        deviations = np.sqrt(value_of(normalization.term_variance))
        for number, name in enumerate(self.model.term_names):
            scalars[f"terms/{name}/mean"] = means[number]
            scalars[f"terms/{name}/deviation"] = deviations[number]
        return scalars | measures

    def _sheets(self):
        """Input, reconstruction and map of each image: uint8 `[N, H, 3 W, 3]`."""
        from keras_novnorm.visualization.heat_colours import heat_map
        from keras_novnorm.visualization.rgb_picture import rgb_picture

        sheets = [[rgb_picture(image) for image in self.images]]
        if self.model.can_reconstruct:
            rebuilt = np.asarray(self.model.reconstruct(self.images))
            sheets.append([rgb_picture(image) for image in rebuilt])
        if self.model.has_map:
            maps = np.asarray(self.model.anomaly_map(self.images))
            scale = self._scale_of(maps)
            sheets.append([heat_map(values, scale) for values in maps])
        return np.concatenate([np.stack(one) for one in sheets], axis=2)

    def _scale_of(self, maps):
        own = self.model.map_scale
        if np.isfinite(own) and own > 0:
            return own
        if self._scale is None:
            self._scale = max(float(np.max(maps)), 1e-12)
        return self._scale
