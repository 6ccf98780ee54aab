"""The second floor: the order of the stages and their settings."""
