"""The log as it is reviewed, and its checkpoints for a second party."""
