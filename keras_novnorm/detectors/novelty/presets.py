"""Presets: constructor arguments as data. They fetch nothing.

Presets that end in `_paper` follow the paper where it speaks: plain `z` into the
head, its two terms in its plain sum, Adam with the learning rate times 0.1 every
30 epochs. Where it is silent they have our values.
"""

DEFAULT_RECIPE = {
    "epochs": 15,
    "batch_size": 128,
    "learning_rate": 1e-3,
    "learning_rate_drops": (0.6, 0.85),
}
# The paper gives no number of epochs: the first of its steps, and some after it.
PAPER_RECIPE = {
    **DEFAULT_RECIPE,
    "epochs": 40,
    "learning_rate_drops": (30 / 40,),
}

# What a preset says of its networks, and what it need not say.
NETWORK = {
    "image_shape": None,
    "filters": None,
    "latent_dim": None,
    "hidden_units": (32,),
    "scale_latents": True,
    # Of the transformation error: its own encoder (none: the detector's), and how
    # far pictures are moved and whether they are mirrored in its training.
    "transformation_filters": (32, 64, 128),
    "shift": 4,
    "flip": True,
    # Of the defect evidence: its segmenter, what it learns on, and what it counts.
    "segmenter_filters": (12, 24, 48, 64),
    "segmenter_coarse": 2,
    "top_share": 0.005,
    # Of the subspace error.
    "components": 256,
    # The term that draws the anomaly map; none: the reconstruction error.
    "map_term": None,
}

OURS = {
    "terms": ("reconstruction_error", "novelty_score", "reencoding_error"),
    "combination": "log_sum_exp",
    "scale_latents": True,
    "latent_noise": 0.3,
    "recipe": DEFAULT_RECIPE,
}
PLUS = {
    **OURS,
    "terms": (*OURS["terms"], "transformation_error"),
}
# Of Fashion-MNIST: the latent distance tells most, and more noise on `z` helps it.
CLOTHES = {
    **OURS,
    "terms": (*OURS["terms"], "latent_distance"),
    "latent_noise": 0.6,
}
PAPER = {
    "terms": ("reconstruction_error", "novelty_score"),
    "combination": "paper",
    "scale_latents": False,
    "latent_noise": 0.0,
    "recipe": PAPER_RECIPE,
}
GREY_28 = {
    "image_shape": (28, 28, 1),
    "filters": (16, 32),
    "latent_dim": 32,
    "hidden_units": (32,),
}
COLOR_32 = {
    "image_shape": (32, 32, 3),
    "filters": (16, 32, 64),
    "latent_dim": 64,
    "hidden_units": (64, 64),
}
GREY_8 = {
    "image_shape": (8, 8, 1),
    "filters": (16, 32),
    "latent_dim": 16,
    "hidden_units": (16,),
}

# Natural pictures: any colours, few of them, and defects that are small in them. There
# is an autoencoder only where other terms are asked for.
NATURAL = {
    **OURS,
    "terms": ("subspace_error", "defect_evidence"),
    "latent_dim": 64,
    "hidden_units": (32,),
    "map_term": "defect_evidence",
}
NATURAL_RECIPE = {
    "epochs": 20,
    "batch_size": 16,
    "learning_rate": 1e-3,
    "learning_rate_drops": "cosine",
}

PRESETS = {
    "mnist": {
        "description": "28x28 grey digits, three normalised terms.",
        **GREY_28,
        **OURS,
        "recipe": {**DEFAULT_RECIPE, "epochs": 24, "learning_rate": 2e-3},
    },
    "fashion_mnist": {
        "description": "28x28 grey clothes, four normalised terms.",
        **GREY_28,
        **CLOTHES,
        "recipe": {**DEFAULT_RECIPE, "epochs": 24, "learning_rate": 2e-3},
    },
    "cifar10": {
        "description": "32x32 colour objects, three normalised terms.",
        **COLOR_32,
        **OURS,
    },
    "mnist_plus": {
        "description": "MNIST with a transformation head beside the terms.",
        **GREY_28,
        **PLUS,
        "transformation_filters": (16, 32, 64),
        "shift": 2,
        "flip": False,  # a mirrored digit is another sign
        "recipe": {**DEFAULT_RECIPE, "epochs": 16, "learning_rate": 2e-3},
    },
    "fashion_mnist_plus": {
        "description": "Fashion-MNIST with a transformation head beside the terms.",
        **GREY_28,
        **CLOTHES,
        "terms": (*CLOTHES["terms"], "transformation_error"),
        "transformation_filters": (16, 32, 64),
        "shift": 2,
        "recipe": {**DEFAULT_RECIPE, "epochs": 16, "learning_rate": 2e-3},
    },
    "cifar10_plus": {
        "description": "CIFAR-10 by a transformation head alone; no heat maps.",
        **COLOR_32,
        **PLUS,
        "terms": ("transformation_error",),
        "transformation_filters": (24, 48, 96, 128),
        "recipe": {
            "epochs": 12,
            "batch_size": 64,
            "learning_rate": 3e-3,
            "learning_rate_drops": "cosine",
        },
    },
    "digits": {
        "description": "8x8 grey digits of scikit-learn, for a first try in seconds.",
        **GREY_8,
        **OURS,
        # Some hundred pictures make four steps an epoch: it takes many epochs.
        "recipe": {
            **DEFAULT_RECIPE,
            "epochs": 300,
            "batch_size": 32,
            "learning_rate": 2e-3,
        },
    },
    "image64": {
        "description": "64x64 pictures of any colour, with simulated defects.",
        "image_shape": (64, 64, 3),
        "filters": (16, 32, 64),
        **NATURAL,
        "segmenter_coarse": 1,
        "recipe": NATURAL_RECIPE,
    },
    "image128": {
        "description": "128x128 pictures of any colour, with simulated defects.",
        "image_shape": (128, 128, 3),
        "filters": (8, 16, 32, 32),
        **NATURAL,
        "recipe": NATURAL_RECIPE,
    },
    "image256": {
        "description": "256x256 pictures of any colour, with simulated defects.",
        "image_shape": (256, 256, 3),
        "filters": (8, 16, 32, 32, 32),
        **NATURAL,
        "recipe": {**NATURAL_RECIPE, "epochs": 15},
    },
    "mnist_paper": {
        "description": "MNIST as the paper has it.",
        **GREY_28,
        **PAPER,
    },
    "fashion_mnist_paper": {
        "description": "Fashion-MNIST as the paper has it.",
        **GREY_28,
        **PAPER,
    },
    "cifar10_paper": {
        "description": "CIFAR-10 as the paper has it.",
        **COLOR_32,
        **PAPER,
    },
}
