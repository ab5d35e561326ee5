"""What is compared on industrial pictures, by name."""

BASELINES = {
    **{
        f"pca{n}": f"PCA reconstruction, {n} components, 64 x 64"
        for n in (16, 32, 64, 128, 256)
    },
    "neighbours": "nearest neighbour of the pixels, 64 x 64",
}

DETECTORS = {
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

DESCRIPTIONS = {
    **BASELINES,
    "image64": "preset `image64`",
    "image128": "preset `image128`",
    "image256": "preset `image256`",
    "image128_autoencoder": "`image128` without defect evidence",
    "image128_error": "`image128`, reconstruction error for subspace error",
    "image128_evidence": "`image128`, defect evidence alone",
}
