import numpy as np

from keras_novnorm.advice import find_threshold_drift


def p_values(scores, calibration):
    at_least = (calibration[None] >= scores[:, None]).sum(axis=1)
    return (1 + at_least) / (calibration.size + 1)


def test_normals_like_those_of_the_calibration_rarely_raise_it():
    raised = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        calibration, new = generator.normal(size=99), generator.normal(size=100)
        raised += find_threshold_drift(p_values(new, calibration), 99, 0.01) is not None
    assert raised <= 6  # of 2 expected


def test_normals_that_moved_are_told_with_numbers_and_what_to_do():
    generator = np.random.default_rng(0)
    calibration = generator.normal(size=99)
    found = find_threshold_drift(
        p_values(generator.normal(1.0, 1.0, 100), calibration), 99, 0.01
    )
    assert found.kind == "threshold_drift" and "novnorm calibrate" in found.text
    assert found.numbers["test_p_value"] < 0.01
    assert f"p = {found.numbers['test_p_value']:.2g}" in found.text
    assert found.numbers["flagged_share"] > 0.01


def test_a_few_pictures_tell_nothing():
    assert find_threshold_drift(np.full(19, 0.01), 99, 0.01) is None
    assert find_threshold_drift(np.full(50, np.nan), 99, 0.01) is None
