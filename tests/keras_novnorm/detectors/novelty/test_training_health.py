import numpy as np

from keras_novnorm.detectors.novelty.training_health import reconstruction_variation
from keras_novnorm.terms import Observation


def variation(images, reconstructions):
    images = images.astype("float32")
    reconstructions = np.broadcast_to(reconstructions, images.shape).astype("float32")
    observation = Observation(images, None, reconstructions, None, None)
    return float(reconstruction_variation(observation))


def test_one_picture_for_all_is_a_collapse_where_images_differ():
    images = np.random.default_rng(0).uniform(size=(16, 8, 8, 1))
    assert variation(images, images.mean(axis=0)) == 0.0
    assert variation(images, images) == 1.0


def test_one_picture_for_all_is_right_for_pictures_of_one_scene():
    draw = np.random.default_rng(0)
    scene = draw.uniform(size=(8, 8, 1))
    images = scene + draw.normal(0, 0.02, (16, 8, 8, 1))
    assert variation(images, scene) == 1.0
