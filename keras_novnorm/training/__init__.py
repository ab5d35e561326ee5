"""What every training shares: batches, replicas, restarts, guards."""
