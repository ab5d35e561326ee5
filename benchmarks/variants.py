"""The forms of the method that the tables compare."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Variant:
    """One form of the method.

    Attributes:
        description: one line for the reader of a table.
        preset_suffix: what follows the data set's name in the preset's.
        overrides: detector arguments in the place of the preset's.
    """

    description: str
    preset_suffix: str = ""
    overrides: dict = dataclasses.field(default_factory=dict)

    def preset(self, dataset):
        """Name of the preset for a data set."""
        return dataset + self.preset_suffix


VARIANTS = {
    "default": Variant("ours: terms normalised one by one"),
    "plus": Variant("ours with a transformation head", "_plus"),
    "paper": Variant("the paper's form, eq. (4) to (7)", "_paper"),
    # The rows of the ablation, in the paper's form and term by term. The last row
    # of the first is `paper`.
    "paper_autoencoder": Variant(
        "paper's form: autoencoder alone",
        "_paper",
        {"terms": ("reconstruction_error",), "normalize_loss": False},
    ),
    "paper_normalized": Variant(
        "paper's form: autoencoder and novelty normalization",
        "_paper",
        {"terms": ("reconstruction_error",)},
    ),
    "autoencoder": Variant(
        "ours: autoencoder alone",
        overrides={"terms": ("reconstruction_error",), "normalize_loss": False},
    ),
    "normalized": Variant(
        "ours: autoencoder and novelty normalization",
        overrides={"terms": ("reconstruction_error",)},
    ),
    "novelty": Variant(
        "ours: the paper's two terms, normalised one by one",
        overrides={"terms": ("reconstruction_error", "novelty_score")},
    ),
}
