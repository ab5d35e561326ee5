"""Metrics of the pixels of the test pictures whose masks are known."""


def measure_pixels(files, label_of, saved_model, max_map_pixels, work, beam_args=()):
    """Compares the model's anomaly maps with the masks.

    Args:
        files: list of `StoragePath` of the test pictures' TFRecord files.
        label_of: function from a class name to 0 (normal) or 1 (novel).
        saved_model: `StoragePath` of a SavedModel.
        max_map_pixels: int, the most pixels of maps that are compared.
        work: `StoragePath` of a folder to work in.
        beam_args: sequence of str, options for Beam.

    Returns:
        Dictionary, as `PixelComparison.metrics` gives it. Its `messages` say which
        pictures took no part. Of a model without maps the messages alone.
    """
    from keras_novnorm.metrics.pixel_comparison import PixelComparison
    from pipeline.components.evaluate.pixel_maps import has_maps, located_maps

    if not has_maps(saved_model):
        return {"messages": ["The model has no anomaly maps: no pixel was measured."]}
    with located_maps(
        files, label_of, saved_model, max_map_pixels, work, beam_args
    ) as found:
        compared = PixelComparison(found.size)
        for anomaly_map, mask, kind, is_emptied in found.read():
            compared.add(anomaly_map, mask if kind else None, kind, is_emptied)
    result = compared.metrics()
    if found.num_chosen < found.num_known:
        result["messages"].insert(
            0,
            f"Pixel metrics are of {found.num_chosen} of the {found.num_known} "
            "pictures whose masks are known, chosen by a hash of their content: maps "
            f"of at most {max_map_pixels} pixels are compared.",
        )
    return result
