"""From a detector and pictures to scores, whatever the method."""
