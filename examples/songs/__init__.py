"""Four small songs, composed for this project: a module each."""
