"""Errors that a person is meant to read: one line, naming the file or field, and what would be valid."""


class MsubError(Exception):
    """Base of every error that the command line prints as one line instead of a traceback."""


class InputError(MsubError):
    """A file or value given by the user cannot be used."""


class ConfigError(MsubError):
    """A configuration holds an unknown field or a value outside its domain."""
