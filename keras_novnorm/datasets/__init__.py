"""Reading pictures: from folders, tfds and arrays to one element, one tensor."""
