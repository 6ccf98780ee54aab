"""The ground floor: frozen nouns of the measurement, without behaviour that touches the world."""
