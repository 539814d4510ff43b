"""Measures, tables and reports that every kind of music data shares."""
