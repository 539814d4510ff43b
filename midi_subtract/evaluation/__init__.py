"""The instrument panel of the MIDI backend: every measure, every control, one report.

`panel.evaluate` measures, `report.html_report` shows it to people, `compare.compare` sets two reports side by side.
"""
