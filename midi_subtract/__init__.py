"""Subtractive training over songs as beats and piano rolls."""
