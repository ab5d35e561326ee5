"""Industrial pictures with masks: detectors beside baselines."""
