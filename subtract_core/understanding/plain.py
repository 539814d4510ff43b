"""Sentences in plain words: without slang, politeness, reasons and complaints, before any rule or reader gets them.

Rules that know words by heart missed "no snare thanks" and "just kick n snare", and readers took a reason ("no crashes,
they hurt my ears") or a complaint ("that was way too much, play soft") for a wish.
"""

from __future__ import annotations

import re

_END = r"(?=\s*(?:$|[,.;:!?]))"
_BEGIN = r"(?:^|(?<=[,.;:!?] ))"
_BUT = r"(?:but|except(?: for)?|other than|apart from|aside from|save(?: for)?)"
_NOT = r"(?:do(?:n't|nt| not)|would(?:n't|nt| not)|should(?:n't|nt| not)|not|never)"
_NUMBER = r"(?:\d{1,2}|one|two|three|four|six|eight|twelve|sixteen)"
_PER = r"(?:notes?|hits?|chords?|strums?) (?:per|an?|each|every|in a) (?:bar|beat|measure)"
_TOO = r"(?:just |really |simply |way |far |much |a (?:bit|little) )*too (?:much|many|busy)(?: notes)?"
_IS = r"(?:'s|s| is| was| are| were)"

_REWRITTEN = tuple(
    (re.compile(rf"(?i){pattern}"), plain)
    for pattern, plain in (
        (r"(?<=\w\w) (?:&|'?n'?) (?=\w\w)(?!of\b)", " and "),
        (r"\bw/o\b ?", "without "),
        (r"\bw/ ?(?=\w)", "with "),
        (r"\bthru\b", "through"),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bgotta\b", "have to"),
        (
            rf"(?<!\bno)(?<!\bno )\s*,?\s*\b(?:please|pls|plz|thx|thanks|thank you|tho|lol"
            rf"|(?<=,) ?ta|ta(?=[.!]?$)){_END}",
            "",
        ),
        (r"\bpl[sz]\b", "please"),
        (
            r"\b(?:(?:lose|mute|remove|kill|drop|skip|cut|no|(?:take|throw|leave|cut) out|get rid of) "
            rf"(?:everything|every drum|all(?: the)? drums|(?<=\bno )(?:drums|notes))(?: else)?"
            rf"|(?:i )?{_NOT} (?:(?:play|use|want|hit|do) )?anything(?: else)?),? {_BUT} ",
            "only ",
        ),
        (rf"\bnot {_NUMBER} (?P<per>{_PER}),? but (?P<wanted>{_NUMBER})(?: {_PER})?{_END}", r"\g<wanted> \g<per>"),
        (rf"{_BEGIN}(?:i (?:count|hear) )?{_NUMBER} {_PER}(?:{_IS}|, (?:that|it){_IS}) {_TOO}{_END}", "sparse"),
        (rf"{_BEGIN}(?:(?:that|it|this|busy){_IS}) {_TOO}{_END}", "sparse"),
        (r"\bless is more\b", "sparse"),
        (r"\bhigh[- ]energy\b", "energetic"),
        (r"\blow[- ]energy\b", "calm"),
    )
)
_SHOULD = r"(?:should|must|needs?|ought|ha(?:s|ve) to|can|could|may|would|room|space)"
_SAYS = rf"(?:(?!\b{_SHOULD}\b)[^,.;:!?])*{_END}"
_BECAUSE = re.compile(rf"(?i)(?<=\w),? (?:because|cuz|since(?! (?:bar|the (?:start|beginning))\b)) {_SAYS}")
_BEHIND_DENIAL = re.compile(
    rf"(?i)(?P<denial>{_BEGIN}(?:no|not|never|without|less|fewer|don'?t|do not)\b[^,.;:!?]*)"
    rf"[,.;:] (?:they|it|there|that)(?:'\w+|s)? {_SAYS}"
)
"""What follows a denial and begins with a pronoun says why; behind other wishes it may go on with them."""


def plain(sentence: str) -> str:
    """The sentence in plain words; as it is, but for single spaces and straight quotes, where it has no others."""
    text = re.sub("[\u2018\u2019]", "'", re.sub("[\u201c\u201d]", '"', " ".join(sentence.split())))
    text = _BECAUSE.sub("", _BEHIND_DENIAL.sub(r"\g<denial>", text))
    for words, instead in _REWRITTEN:
        text = words.sub(instead, text)
    return (text if text in ("", sentence) else text.lstrip(" ,.;:!?")).strip() or sentence
