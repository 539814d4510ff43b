"""Audio files: opened, read as samples and written."""
