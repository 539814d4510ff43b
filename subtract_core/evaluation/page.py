"""Self-contained HTML pages: one file with its style and pictures inside, readable in any browser, without scripts."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

_STYLE = """
:root { --ink: #1d2733; --soft: #66717f; --line: #dfe4ea; --wash: #f5f7f9; --mark: #e4572e; --marked: #fdf1ec; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 28px 80px; }
h1 { font-size: 26px; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 44px 0 8px; padding-top: 14px; border-top: 2px solid var(--ink); }
h3 { font-size: 15px; margin: 26px 0 6px; }
p { max-width: 78ch; margin: 6px 0 10px; }
.lead, .note, figcaption { color: var(--soft); }
.note, figcaption { font-size: 13px; }
nav { margin: 14px 0 0; display: flex; flex-wrap: wrap; gap: 6px 18px; font-size: 14px; }
a { color: #23527c; text-decoration: none; } a:hover { text-decoration: underline; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; margin: 14px 0; font-size: 14px; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 8px 0 18px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; min-width: 40%; }
th, td { padding: 4px 10px; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top;
  white-space: nowrap; }
thead th { vertical-align: bottom; font-weight: 600; border-bottom: 1.5px solid var(--ink); background: #fff; }
thead th small, td small { display: block; color: var(--soft); font-weight: 400; font-size: 11px; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: inherit; }
tbody tr { background: #fff; } tbody th { font-weight: 500; }
tbody tr.marked { background: var(--marked); } tbody tr.marked th { color: var(--mark); font-weight: 650; }
tbody tr.first td, tbody tr.first th { border-bottom: 1.5px solid var(--soft); }
abbr { text-decoration: underline dotted var(--line); text-underline-offset: 3px; cursor: help; }
table.text td, table.text th { text-align: left; white-space: normal; }
figure { margin: 10px 0 18px; } figure img { max-width: 100%; height: auto; display: block; }
details { margin: 10px 0; } summary { cursor: pointer; font-weight: 600; padding: 4px 0; }
@media print { details:not([open]) > *:not(summary) { display: none; } nav { display: none; } }
"""


@dataclass(frozen=True)
class Cell:
    """A figure with its interval. digits: after the point. measured: in how many cases."""

    value: float | None
    interval: Sequence[float | None] | None = None
    digits: int = 2
    measured: int | None = None


@dataclass(frozen=True)
class Head:
    """A column: its name, a small line under it, and what a reader who points at it is told."""

    name: str
    small: str = ""
    what: str = ""


def page(title: str, lead: str, body: Iterable[str], links: Sequence[tuple[str, str]] = ()) -> str:
    """A whole page. links: (anchor, text) of the sections; body: HTML of the functions below."""
    menu = " ".join(f'<a href="#{escape(anchor)}">{escape(text)}</a>' for anchor, text in links)
    text = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body><main><h1>{escape(title)}</h1>"
        f'<div class="lead">{escape(lead)}</div><nav>{menu}</nav>\n' + "\n".join(body) + "\n</main></body></html>\n"
    )
    return text.encode(errors="backslashreplace").decode()  # names of files need not be UTF-8, pages have to be


def section(title: str, anchor: str, level: int = 2) -> str:
    """A heading that links can lead to."""
    return f'<h{level} id="{escape(anchor)}">{escape(title)}</h{level}>'


def paragraph(text: str, note: bool = False) -> str:
    """Plain text; a note is smaller and paler."""
    return f'<p class="note">{escape(text)}</p>' if note else f"<p>{escape(text)}</p>"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names and values, one pair a line."""
    inside = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return f'<dl class="facts">{inside}</dl>'


def table(
    heads: Sequence[Head],
    rows: Iterable[tuple[Head, Sequence[Cell | str]]],
    marked: Iterable[str] = (),
    first: str = "",
) -> str:
    """A table of figures. rows: (head, cells), as many cells as `heads` after the first, which heads the rows.

    marked: names of rows to set off in colour. first: the name of a row to rule off from those below.
    """
    marks = set(marked)
    lines = []
    for head, cells in rows:
        kind = " ".join(k for k, on in (("marked", head.name in marks), ("first", head.name == first)) if on)
        inside = "".join(f"<td>{_cell(cell)}</td>" for cell in cells)
        lines.append(f'<tr class="{kind}"><th scope="row">{_head(head)}</th>{inside}</tr>')
    top = "".join(f'<th scope="col">{_head(head)}</th>' for head in heads)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def text_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of words."""
    top = "".join(f"<th>{escape(head)}</th>" for head in heads)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table class="text"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'


def picture(data: bytes, kind: str, caption: str, alt: str) -> str:
    """A picture inside the page. kind: png, or svg+xml."""
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{source}" alt="{escape(alt)}" loading="lazy">{text}</figure>'


def fold(summary: str, body: Iterable[str], opened: bool = False) -> str:
    """What is shown on demand."""
    return f"<details{' open' if opened else ''}><summary>{escape(summary)}</summary>{''.join(body)}</details>"


def in_words(value: Any) -> str:
    """A setting as a person writes it: a mapping as names with their values, a list with commas."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {in_words(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(in_words(one) for one in value)
    return "yes" if value is True else "no" if value is False else str(value)


def settings(values: Mapping[str, Any]) -> str:
    """Several settings in a line, those that are mappings or lists in brackets, empty ones left out."""
    said = (
        f"{name} ({in_words(value)})" if isinstance(value, (Mapping, list, tuple)) else f"{name} {in_words(value)}"
        for name, value in values.items()
        if value not in ({}, [], (), "")
    )
    return ", ".join(said)


def number(value: float | None, digits: int = 2) -> str:
    """A figure in words of a table: a dash where nothing was measured."""
    return "\u2013" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def _cell(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return escape(cell)
    text = number(cell.value, cell.digits)
    ends = cell.interval
    if text == "\u2013":
        return text
    small = [] if cell.measured is None else [f"n={cell.measured}"]
    if ends and all(end is not None and math.isfinite(end) for end in ends):
        small.insert(0, f"{number(ends[0], cell.digits)} &ndash; {number(ends[1], cell.digits)}")
    return f"{text}<small>{', '.join(small)}</small>" if small else text


def _head(head: Head) -> str:
    name = f'<abbr title="{escape(head.what)}">{escape(head.name)}</abbr>' if head.what else escape(head.name)
    return f"{name}<small>{escape(head.small)}</small>" if head.small else name
