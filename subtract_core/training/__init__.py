"""Subtractive training: the dataset of songs that come apart, and the loop that every model is trained by."""
