"""The instrument panel of the audio backend: every measure, every control, one report.

`panel.Panel` measures, `report.html_report` shows it to people. True parts are waveforms, never levels.
"""
