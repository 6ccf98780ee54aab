"""The first floor: the method, one chapter a stage, as pure functions on arrays."""
