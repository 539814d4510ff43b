"""Songs composed by rule and chance, with drums that people played, as training data that nobody else owns."""
