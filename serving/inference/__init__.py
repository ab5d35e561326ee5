"""A loaded version answers: signatures, tensors, batches, warm-up."""
