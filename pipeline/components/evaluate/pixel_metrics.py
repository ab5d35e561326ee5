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
        Dictionary of what `evaluate_pixels` gives, `num_masks` (novel pictures with a
        mask that were compared), `num_mask_normals` (normal ones, all zero),
        `map_size` (height and width) and `mask_resizing`. Its `messages` say which
        pictures took no part. Of a model without maps the messages alone.
    """
    from keras_novnorm.metrics import PixelHistogram, evaluate_pixel_histograms
    from pipeline.components.evaluate.pixel_maps import has_maps, located_maps

    if not has_maps(saved_model):
        return {"messages": ["The model has no anomaly maps: no pixel was measured."]}
    histogram = PixelHistogram()
    with located_maps(
        files, label_of, saved_model, max_map_pixels, work, beam_args
    ) as found:
        height, width = found.size
        for maps, masks in found.read():
            for anomaly_map, mask in zip(maps, masks, strict=True):
                histogram.add(mask, anomaly_map)
    messages = []
    if found.num_chosen < found.num_known:
        messages.append(
            f"Pixel metrics are of {found.num_chosen} of the {found.num_known} "
            "pictures whose masks are known, chosen by a hash of their content: maps "
            f"of at most {max_map_pixels} pixels are compared."
        )
    if found.num_emptied:
        messages.append(
            f"{found.num_emptied} of {found.num_masks} masks have no anomalous pixel "
            f"left at the {height} x {width} of the maps; their pixels count as normal."
        )
    result = evaluate_pixel_histograms([histogram])
    return {
        "pixel_auroc": result["pixel_auroc"],
        "per_region_overlap": result["per_region_overlap"],
        "num_masks": found.num_masks,
        "num_mask_normals": histogram.num_maps - found.num_masks,
        "map_size": [height, width],
        "mask_resizing": "nearest neighbour",
        "messages": [*messages, *result["messages"]],
    }
