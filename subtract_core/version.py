"""The version of msub: of its packages, its program and what they write."""

VERSION = "0.1.0"
