"""Sentences in plain words: spelled right, without slang, politeness, reasons and complaints, before any rule or reader
gets them.

Rules that know words by heart missed "no snare thanks" and "just kick n snare", and readers took a reason ("no crashes,
they hurt my ears") or a complaint ("that was way too much, play soft") for a wish.
"""

from __future__ import annotations

import re

from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.spelling import spelled

_END = r"(?=\s*(?:$|[,.;:!?]))"
_BEGIN = r"(?:^|(?<=[,.;:!?] ))"
_BUT = r"(?:but|except(?: for)?|other than|apart from|aside from|save(?: for)?)"
_NOT = r"(?:do(?:n't|nt| not)|would(?:n't|nt| not)|should(?:n't|nt| not)|not|never)"
_NUMBER = r"(?:\d{1,2}|one|two|three|four|six|eight|twelve|sixteen)"
_PER = r"(?:notes?|hits?|chords?|strums?) (?:per|an?|each|every|in a) (?:bar|beat|measure)"
_TOO = r"(?:just |really |simply |way |far |much |a (?:bit|little) )*too (?:much|many|busy)(?: notes)?"
_ABOUT = r"(?:(?:how|what) about )?(?:(?:any|an?|some|the|more|with) )?"
_TOPIC = rf"{_BEGIN}{_ABOUT}(?P<topic>[\w'-]+(?: [\w'-]+){{0,2}}) ?[?:]+ ?"
_ANSWERED = r"(?:,? (?:thanks|thank you|thx|please|pls|plz|way|not|definitely|sure))*"
_NAY = r"(?:please )?(?:no|none|nope|nah|never|zero|off)"
"""Question and answer, as in forms: "tambourine? no thanks", "cowbell: none"."""
_KEPT = rf"{_BEGIN}no (?P<topic>[\w'-]+(?: [\w'-]+){{0,2}}) ?[?] ?(?:no|nope|nah)(?: way)?(?:,(?= )|{_END})"
"""To "no hats?" no answers that there are to be some."""
_IS = r"(?:'s|s| is| was| are| were)"

_REWRITTEN = tuple(
    (lazy_pattern(rf"(?i){pattern}"), plain)
    for pattern, plain in (
        (r"(?<=\w\w) (?:&|'?n'?) (?=\w\w)(?!of\b)", " and "),
        (r"\b(?:lil|li'l)\b", "little"),
        (r"\brim-?shot(?P<s>s?)\b", r"rim click\g<s>"),
        (_KEPT, r"keep the \g<topic>,"),
        (rf"{_TOPIC}{_NAY}{_ANSWERED},(?= )", r"no \g<topic>;"),  # what follows is no list of what is denied
        (rf"{_TOPIC}{_NAY}{_ANSWERED}{_END}", r"no \g<topic>"),
        (rf"{_TOPIC}(?:yes|yeah|yep|yup|sure|ok|on|please){_ANSWERED}{_END}", r"\g<topic>"),
        (r"(?<=\w) ?[?:] (?=(?:every|each|on|at|before|after)\b)", " "),
        (r"\bw/o\b ?", "without "),
        (r"\bw(?:/ ?| )(?=\w)", "with "),
        (r"\bthru\b", "through"),
        (r"\b(?:let|cut) (?:it |yourself |go and )?loose\b", "go wild"),
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
        (
            rf"{_BEGIN}(?:(?:just|only) )?(?P<alone>[^,.;:!?]+?)(?: (?:only|alone))?,? (?:and )?nothing else{_END}",
            r"only \g<alone>",
        ),
        (r"\bnot to (?=(?:loud|busy|much|many|fast|hard|high|low|soft|heavy|dense)\b)", "not too "),
        (rf"\bnot {_NUMBER} (?P<per>{_PER}),? but (?P<wanted>{_NUMBER})(?: {_PER})?{_END}", r"\g<wanted> \g<per>"),
        (rf"{_BEGIN}(?:i (?:count|hear) )?{_NUMBER} {_PER}(?:{_IS}|, (?:that|it){_IS}) {_TOO}{_END}", "sparse"),
        (rf"{_BEGIN}(?:(?:that|it|this|busy){_IS}) {_TOO}{_END}", "sparse"),
        (r"\bless is more\b", "sparse"),
        (rf",? (?:so |and )?(?:take|leave|cut|throw) (?:most|some|half|a few) of (?:them|those) out{_END}", ""),
        (r"\b(?P<less>fewer|less|half as many) strum(?:s|ming)\b", r"\g<less> notes"),
        (
            r"\b(?:nothing (?:too )?(?:fancy|flashy|special|crazy|complicated|fussy|clever)"
            r"|no frills(?! (?:at|in|on|before|between)\b))\b",
            "simple",
        ),
        (r"\b(?:(?:dead |perfectly )?even,? )?(?:no|without(?: any)?) dynamics\b", "flat dynamics"),
        (
            rf"\b(?:{_NOT}|nothing) (?:(?:be|fall|land|play|hit)(?:ed|ing)? )?(?:(?:right|exactly|directly) )?"
            rf"on the beats?{_END}",
            "syncopated, off-beats only",
        ),
        (r"\bhigh[- ]energy\b", "energetic"),
        (r"\b(?:low[- ]energy|chill(?:ed)?(?:[- ]out)?)\b", "calm"),
    )
)
_SHOULD = r"(?:should|must|needs?|ought|ha(?:s|ve) to|can|could|may|would|room|space)"
_SAYS = rf"(?:(?!\b{_SHOULD}\b)[^,.;:!?])*{_END}"
_BECAUSE = lazy_pattern(rf"(?i)(?<=\w),? (?:because|cuz|since(?! (?:bar|the (?:start|beginning))\b)) {_SAYS}")
_BEHIND_DENIAL = lazy_pattern(
    rf"(?i)(?P<denial>{_BEGIN}(?:no|not|never|without|less|fewer|don'?t|do not)\b[^,.;:!?]*)"
    rf"[,.;:] (?:they|it|there|that)(?:'\w+|s)? {_SAYS}"
)
"""What follows a denial and begins with a pronoun says why; behind other wishes it may go on with them."""


def plain(sentence: str) -> str:
    """The sentence in plain words; as it is, but for single spaces and straight quotes, where it has no others."""
    text = re.sub("[\u2018\u2019]", "'", re.sub("[\u201c\u201d]", '"', spelled(" ".join(sentence.split()))))
    text = _BECAUSE.sub("", _BEHIND_DENIAL.sub(r"\g<denial>", text))
    for words, instead in _REWRITTEN:
        text = words.sub(instead, text)
    return (text if text in ("", sentence) else text.lstrip(" ,.;:!?")).strip() or sentence
