"""Fine-tuning: batches, losses, optimizer, state, and when to stop."""
