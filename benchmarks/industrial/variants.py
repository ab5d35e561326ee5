"""What is compared on industrial pictures, by name."""

_COMPONENTS = (16, 32, 64, 128, 256)

DETECTORS = {
    **{f"pca{n}": ("pca", {"components": n}) for n in _COMPONENTS},
    "neighbours": ("nearest_neighbours", {}),
    "features": ("features", {}),
    "patch_neighbours": ("patch_neighbours", {}),
    "patch_gaussian": ("patch_gaussian_anywhere", {}),
    "pooled_gaussian": ("pooled_gaussian", {}),
    "image64": ("image64", {}),
    "image128": ("image128", {}),
    "image256": ("image256", {}),
    "image128_autoencoder": (
        "image128",
        {"terms": ["reconstruction_error", "novelty_score", "reencoding_error"]},
    ),
    "image128_error": (
        "image128",
        {
            "terms": ["reconstruction_error", "defect_evidence"],
            "map_term": "defect_evidence",
        },
    ),
    "image128_evidence": (
        "image128",
        {"terms": ["defect_evidence"], "map_term": "defect_evidence"},
    ),
}
"""From a variant to its preset and what is given in the place of the preset's."""

ESTIMATED = [name for name in DETECTORS if not name.startswith("image")]
"""Those that learn in one pass, without chance: one seed is all there is to see."""

DESCRIPTIONS = {
    **{f"pca{n}": f"`pca`, {n} components, 64 x 64" for n in _COMPONENTS},
    "neighbours": "`nearest_neighbours`, 64 x 64",
    "features": "`features`, EfficientNet-Lite0 (outside features)",
    "patch_neighbours": "`patch_neighbours`, likewise (PatchCore)",
    "patch_gaussian": "`patch_gaussian_anywhere`, likewise (PaDiM)",
    "pooled_gaussian": "`pooled_gaussian`, likewise (no maps)",
    "image64": "preset `image64`",
    "image128": "preset `image128`",
    "image256": "preset `image256`",
    "image128_autoencoder": "`image128` without defect evidence",
    "image128_error": "`image128`, reconstruction error for subspace error",
    "image128_evidence": "`image128`, defect evidence alone",
}
