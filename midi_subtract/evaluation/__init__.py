"""The instrument panel of the MIDI backend: every measure, every control, one report.

`panel.Panel` measures, `report.html_report` shows it to people; two reports are set side by side by
`subtract_core.evaluation.comparison`.
"""
