"""What makes no detector is refused, with what was received."""

import keras
import pytest
from keras import layers

from keras_novnorm import NoveltyDetector
from keras_novnorm.backbones import LeNetDecoder, LeNetEncoder, TransformationEncoder
from keras_novnorm.terms import ReencodingError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"terms": []}, "one or more terms"),
        ({"terms": ["novelty_score"] * 2}, "different names"),
        ({"terms": ["reencoding_error"], "combination": "paper"}, "needs the term"),
        ({"terms": [ReencodingError(name="score")]}, r"Received: \['score'\]"),
        ({"combination": "vote"}, "'vote'"),
        ({"novelty_weight": 1.5}, "`novelty_weight` .*Received: 1.5"),
        ({"count_weight": -1e-5}, "`count_weight` .*Received: -1e-05"),
        ({"latent_noise": -0.1}, "`latent_noise` .*Received: -0.1"),
        ({"calibration_capacity": 0}, "`calibration_capacity` .*Received: 0"),
        ({"map_sigma": -1.0}, "`map_sigma` .*Received: -1.0"),
        ({"recipe": {"epoch": 3}}, r"Received also: \['epoch'\]"),
        ({"recipe": {"batch_size": 0}}, "`batch_size` .*Received: 0"),
        ({"recipe": {"learning_rate_drops": "cosin"}}, "'cosine'.*Received: 'cosin'"),
        ({"recipe": {"learning_rate_drops": (9,)}}, r"Received: \(9,\)"),
        ({"network": {"filters": ()}}, r"Received: \(\)"),
        ({"image_shape": (8, 8)}, r"Received: \(8, 8\)"),
        (
            {
                "image_shape": (8, 12, 1),
                "terms": ["transformation_error"],
                "network": {"transformation_filters": None},
            },
            "Received: 8 x 12. .*TransformationEncoder",
        ),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        NoveltyDetector.from_preset("digits", **arguments)


@pytest.mark.parametrize(
    ("decoder", "received"),
    [
        # One that would be compared with the image by broadcasting, unnoticed.
        (((8, 8, 3), 4), r"images .*\(None, 8, 8, 1\). Received: \(None, 8, 8, 3\)"),
        (((8, 8, 1), 5), r"latents .*\(None, 4\). Received: \(None, 5\)"),
    ],
)
def test_networks_that_do_not_fit_are_refused(decoder, received):
    encoder = LeNetEncoder((8, 8, 1), (4,), 4)
    shape, latent_dim = decoder
    with pytest.raises(ValueError, match=received):
        NoveltyDetector(encoder, LeNetDecoder(shape, (4,), latent_dim))


def test_an_encoder_must_end_in_a_vector():
    encoder = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3)])
    with pytest.raises(ValueError, match=r"to \(None, 6, 6, 2\); end it with"):
        NoveltyDetector(encoder, LeNetDecoder((8, 8, 1), (4,), 2))


@pytest.mark.parametrize("network", [LeNetEncoder, LeNetDecoder, TransformationEncoder])
def test_a_network_has_stages(network):
    with pytest.raises(ValueError, match=r"Received: \(4, 0\)"):
        network((8, 8, 1), (4, 0))


def test_fit_says_what_it_lacks(small, digits):
    images = digits["train"][:4]
    with pytest.raises(ValueError, match="`restarts` .*Received: -1"):
        small.fit(images, restarts=-1)
    with pytest.raises(ValueError, match="Received: list. .*np.stack"):
        small.fit(list(images))
    with pytest.raises(ValueError, match="Received: NoneType"):
        small.fit()
    with pytest.raises(ValueError, match="Call `detector.compile"):
        NoveltyDetector.from_preset("digits").fit(images)


def test_compile_takes_no_metrics(small):
    for name in ("metrics", "weighted_metrics", "loss"):
        with pytest.raises(ValueError, match=f"Leave `{name}` out"):
            small.compile(**{name: ["mae"]})


def test_no_images_at_all_are_named(small, digits):
    none = digits["train"][:0]
    for use in (small.fit, small.predict, small.calibrate, small.adapt):
        with pytest.raises(ValueError, match=r"no images: .*\(0, 8, 8, 1\)"):
            use(none)
