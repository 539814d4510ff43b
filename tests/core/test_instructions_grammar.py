"""The phrase grammar: it says what the facts support, in many ways, and keeps some synonyms for testing."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subtract_core.facts import CHOICE, CHOICES, SCALE, SCALES, StemFacts
from subtract_core.instructions.grammar import CYMBALS, Grammar, GrammarWriter
from subtract_core.instructions.phrases import AFFIRMING, _is_name, lexicon, plain
from subtract_core.instructions.practice import practice
from subtract_core.instructions.sentences import article, typo
from subtract_core.instructions.worded import State
from subtract_core.stems import STEMS, Stem

HAND_WRITTEN = Path(__file__).parents[2] / "benchmarks" / "data" / "hand_written_instructions.jsonl"
BASS = StemFacts(
    Stem.BASS,
    words={"density": "sparse", "register": "low", "loudness": "soft", "swing": "swung"},
    choices={"figure": ("walking",), "sound": ("upright",), "style": ("jazz",)},
)
DRUMS = StemFacts(
    Stem.DRUMS,
    words={"density": "busy"},
    choices={"kit": ("hi-hat", "toms"), "style": ("rock",)},
    absent={"kit": ("open hat", "ride", "crashes", "brushes")},
)


def random_facts(rng: np.random.Generator) -> StemFacts:
    """Facts that a stem may have; about a third of what could be said is left out."""
    stem = STEMS[int(rng.integers(len(STEMS)))]
    words = {s.name: str(rng.choice(s.words)) for s in SCALES if stem in s.stems and rng.random() < 0.7}
    choices: dict[str, tuple[str, ...]] = {}
    for choice in CHOICES:
        if stem in choice.options and rng.random() < 0.7:
            options = choice.options[stem]
            size = int(rng.integers(0 if choice.name in ("kit", "figure") else 1, 4))
            choices[choice.name] = tuple(str(o) for o in rng.choice(options, size=min(size, 3), replace=False))
    absent = {
        name: tuple(o for o in CHOICE[name].options[stem] if o not in chosen and rng.random() < 0.6)
        for name, chosen in choices.items()
        if name != "style"
    }
    inferred = frozenset({"style"} & set(choices)) if rng.random() < 0.3 else frozenset()
    return StemFacts(stem, words=words, choices=choices, absent=absent, inferred=inferred)


def supported(state: State, facts: StemFacts) -> bool:
    """Whether `facts` bear `state` out."""
    if state.fact in SCALE:
        words = SCALE[state.fact].words
        here, there = words.index(facts.words[state.fact]), words.index(state.word)
        middle = (len(words) - 1) / 2
        # To deny a word, the measured one must not lie on its side of the middle.
        return (here - middle) * (there - middle) <= 0 and here != there if state.negated else here == there
    return state.word in (facts.absent if state.negated else facts.choices)[state.fact]


@pytest.mark.parametrize("held_out", [False, True])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_a_sentence_states_only_what_the_facts_support(held_out: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    facts = random_facts(rng)
    worded = Grammar(held_out).word(facts, rng)
    assert worded.text.strip() == worded.text != ""
    assert not set("{}$@|") & set(worded.text) and "  " not in worded.text
    assert all(supported(state, facts) for state in worded.states), (worded, facts)
    assert len(worded.wordings) <= 3


def test_a_sentence_holds_the_wordings_it_reports() -> None:
    grammar = Grammar(typos=0)
    rng = np.random.default_rng(0)
    for _ in range(300):
        facts = random_facts(rng)
        worded = grammar.word(facts, rng)
        said = plain(worded.text)
        for wording in worded.wordings:
            hit = "hit" if facts.stem is Stem.DRUMS else "note"
            assert plain(wording.replace("$note", hit)).rstrip(".") in said, worded


def test_two_hundred_sentences_for_varied_facts_are_all_different() -> None:
    rng = np.random.default_rng(3)
    grammar = Grammar(nothing=0)  # there are only so many ways to say nothing
    texts = [grammar.word(random_facts(rng), rng).text.lower().strip(" .!?") for _ in range(200)]
    assert len(set(texts)) == 200


@pytest.mark.parametrize("facts", [BASS, DRUMS, StemFacts(Stem.GUITAR, words={"density": "busy"})])
def test_fifty_draws_for_the_same_facts_give_at_least_forty_sentences(facts: StemFacts) -> None:
    rng = np.random.default_rng(4)
    grammar = Grammar()
    assert len({grammar.word(facts, rng).text.lower().strip(" .!?") for _ in range(50)}) >= 40


def test_draw_gives_the_number_asked_for_without_repeats() -> None:
    texts = [w.text.lower() for w in Grammar().draw(DRUMS, 100, 5)]
    assert len(texts) == len(set(texts)) == 100


def test_the_same_seed_gives_the_same_sentences_and_another_seed_others() -> None:
    grammar = Grammar()
    assert grammar.draw(BASS, 10, 1) == grammar.draw(BASS, 10, 1)
    assert grammar.draw(BASS, 10, 1) != grammar.draw(BASS, 10, 2)


def test_lengths_reach_from_two_words_to_two_clauses() -> None:
    lengths = [len(w.text.split()) for w in Grammar().draw(BASS, 300, 6)]
    assert min(lengths) <= 2 and max(lengths) >= 14


def test_every_word_of_the_vocabulary_has_six_synonyms_for_each_of_its_stems() -> None:
    vocabulary = [(s.name, word, stem) for s in SCALES for word in s.words for stem in s.stems]
    vocabulary += [(c.name, o, stem) for c in CHOICES for stem, options in c.options.items() for o in options]
    for fact, word, stem in vocabulary:
        phrases = [p for p in lexicon().entries[fact, word] if p.form in AFFIRMING and stem in p.stems]
        assert len({plain(p.text) for p in phrases}) >= 6, (fact, word, stem)


def test_no_wording_means_two_facts_of_one_stem() -> None:
    for stem in STEMS:
        meanings: dict[str, tuple[str, str]] = {}
        for (fact, word), phrases in lexicon().entries.items():
            options = SCALE[fact].stems if fact in SCALE else CHOICE[fact].options
            applies = stem in options and (fact in SCALE or word in CHOICE[fact].options[stem])
            for phrase in phrases if applies else ():
                if phrase.form in AFFIRMING and stem in phrase.stems:
                    assert meanings.setdefault(plain(phrase.text), (fact, word)) == (fact, word), phrase


def test_about_a_fifth_of_every_entry_is_reserved() -> None:
    words = lexicon()
    shares = []
    for key, phrases in words.entries.items():
        texts = [p.text for p in phrases if p.form in AFFIRMING and not _is_name(p)]
        reserved = [t for t in texts if (key, t) in words.reserved]
        assert reserved, key
        shares.append(len(reserved) / len(texts))
    assert min(shares) > 0.13 and max(shares) < 0.3  # the fifth is taken of all, names included, and names let go
    assert 0.18 < sum(shares) / len(shares) < 0.22


def test_names_are_never_reserved() -> None:
    words = lexicon()
    references = {p.text for phrases in words.entries.values() for p in phrases if p.form == "ref"}
    names = {text for text in references if text != text.lower()}
    reserved = {text for key, text in words.reserved if isinstance(key, tuple)}
    assert {"Deep Purple", "the Meters", "Jaco Pastorius"} <= names and len(names) > 1000
    assert not names & reserved and references & reserved


def test_reserved_wordings_never_occur_in_ordinary_sentences() -> None:
    words = lexicon()
    reserved = {text for key, text in words.reserved if isinstance(key, tuple)}
    rng = np.random.default_rng(8)
    ordinary, held_out = Grammar(), Grammar(held_out=True)
    used: set[str] = set()
    for _ in range(400):
        facts = random_facts(rng)
        assert not reserved & set(ordinary.word(facts, rng).wordings)
        used |= set(held_out.word(facts, rng).wordings)
    assert len(reserved & used) > 0.8 * len(used)


def test_a_reserved_wording_is_not_part_of_an_ordinary_one() -> None:
    words = lexicon()
    ordinary = [
        f" {plain(p.text)} "
        for key, phrases in words.entries.items()
        for p in phrases
        if (key, p.text) not in words.reserved
    ]
    held = [plain(text) for key, text in words.reserved if isinstance(key, tuple)]
    assert held and not [text for text in held if any(f" {text} " in other for other in ordinary)]


def test_what_goes_without_saying_is_seldom_said() -> None:
    plain_facts = StemFacts(Stem.LEAD, words={"density": "moderate", "register": "middle", "tempo": "moderate"})
    rng = np.random.default_rng(9)
    stated = sum(any(not s.negated for s in Grammar().word(plain_facts, rng).states) for _ in range(300))
    assert 0 < stated < 90


def test_inferred_facts_are_said_less_often() -> None:
    rng = np.random.default_rng(10)
    stated_style = StemFacts(Stem.KEYS, words={"density": "busy"}, choices={"style": ("jazz",)})
    guessed_style = StemFacts(
        Stem.KEYS, words=stated_style.words, choices=stated_style.choices, inferred=frozenset({"style"})
    )

    def share(facts: StemFacts) -> float:
        drawn = [Grammar().word(facts, rng) for _ in range(300)]
        return sum(any(s.fact == "style" for s in w.states) for w in drawn) / 300

    assert 0 < share(guessed_style) < 0.6 * share(stated_style)


def test_cymbals_are_ruled_out_only_where_the_kit_has_none() -> None:
    group = {State("kit", option, negated=True) for option in CYMBALS}
    without = [w for w in Grammar(typos=0).draw(DRUMS, 2000, 11) if group <= set(w.states)]
    cymbals = set(lexicon().frames["cymbals"])
    assert without and all(cymbals & set(w.wordings) for w in without)
    ride = StemFacts(
        Stem.DRUMS, choices={"kit": ("ride",), "style": ("jazz",)}, absent={"kit": ("open hat", "crashes")}
    )
    drawn = Grammar().draw(ride, 300, 12)
    assert not any(group <= set(w.states) or re.search("no cymbals?(?! crash)", w.text.lower()) for w in drawn)


def test_nothing_is_ruled_out_that_was_not_measured() -> None:
    unknown = StemFacts(Stem.DRUMS, choices={"style": ("rock",), "kit": ("hi-hat",)})
    assert not any(s.negated for w in Grammar().draw(unknown, 200, 13) for s in w.states)


def test_imperatives_of_what_does_not_occur_are_ruled_out() -> None:
    walks = {p.text for p in lexicon().entries["figure", "walking"] if p.form == "do"}
    never = StemFacts(Stem.BASS, choices={"style": ("rock",)}, absent={"figure": ("walking",)})
    drawn = Grammar(typos=0).draw(never, 400, 17)
    told = [w for w in drawn if re.search(r"\b(don't|never) (" + "|".join(walks) + r")\b", w.text.lower())]
    assert told and all(State("figure", "walking", negated=True) in w.states for w in told)
    denied = [w for w in drawn if any(s.negated for s in w.states)]
    assert 0.15 < sum(bool(walks & set(w.wordings)) for w in denied) / len(denied) < 0.5


def test_the_same_noun_is_asked_for_and_ruled_out() -> None:
    grammar = Grammar(typos=0)
    wanted = [grammar.say(Stem.DRUMS, [State("kit", "toms")], seed) for seed in range(400)]
    unwanted = [grammar.say(Stem.DRUMS, [State("kit", "toms", negated=True)], seed) for seed in range(400)]
    things = {p.text for p in lexicon().entries["kit", "toms"] if p.form == "thing"}
    assert 20 < sum(bool(things & set(w.wordings)) for w in wanted) < 200
    assert any(re.search(r"\b(no|without|take out|get rid of)\b", w.text.lower()) for w in unwanted)
    kept = [w for w in wanted if re.search(r"don't (drop|lose|cut|skip|leave out|take out) the ", w.text.lower())]
    assert kept and not any(state.negated for w in kept for state in w.states)


def test_things_are_removed_in_many_words() -> None:
    grammar, verbs = Grammar(typos=0), lexicon().frame("removal", held_out=False)
    said = [grammar.say(Stem.BASS, [State("sound", "slap", negated=True)], seed).text.lower() for seed in range(1500)]
    assert sum(any(f"{verb} " in text for text in said) for verb in verbs) > 0.4 * len(verbs)


def test_no_imperative_of_a_choice_is_itself_a_denial() -> None:
    for (fact, _), phrases in lexicon().entries.items():
        told = [p.text for p in phrases if p.form == "do" and fact in CHOICE]
        assert not [text for text in told if re.match(r"(don't|do not|never|not|no) ", text)]


def test_relative_wishes_slang_and_references_occur() -> None:
    texts = " | ".join(w.text.lower() for w in Grammar(typos=0).draw(BASS, 1500, 14))
    assert all(part in texts for part in ("than usual", "than the verse", "gimme", "coltrane", "walking"))


def test_typos_come_at_the_rate_asked_for() -> None:
    rng_a, rng_b = np.random.default_rng(15), np.random.default_rng(15)
    never, always = Grammar(typos=0), Grammar(typos=1)
    pairs = [(never.word(BASS, i).text, always.word(BASS, i).text) for i in range(50)]
    assert sum(a != b for a, b in pairs) >= 45
    assert typo("funk", rng_a) == "funk"
    assert len(typo("syncopated", rng_b)) in (9, 10, 11)


def test_articles_follow_the_sound() -> None:
    phrases = ("upright bass line", "bass line", "one-drop groove", "eighth-note line", "808 line", "R&B groove")
    assert [article(p) for p in phrases] == ["an", "a", "a", "an", "an", "an"]


def test_the_writer_depends_on_seed_and_facts_but_not_on_order() -> None:
    writer = GrammarWriter(seed=1)
    steps: list[int] = []
    forth = writer.write([BASS, DRUMS], 5, steps.append)
    assert forth == writer.write([DRUMS, BASS], 5)[::-1] != GrammarWriter(seed=2).write([BASS, DRUMS], 5)
    assert [len(sentences) for sentences in forth] == [5, 5] and steps == [1, 1]


def test_hand_written_sentences_are_within_the_vocabulary() -> None:
    rows = [json.loads(line) for line in HAND_WRITTEN.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == len({row["text"].lower() for row in rows}) == 200
    foreign = 0
    for row in rows:
        assert set(row) == {"text", "stem", "states"}
        stem = Stem(row["stem"])
        for state in row["states"]:
            fact, word = state["fact"], state["word"]
            assert isinstance(state["negated"], bool)
            if fact in SCALE:
                known, own = SCALE[fact].words, stem in SCALE[fact].stems
            else:
                known = tuple(o for options in CHOICE[fact].options.values() for o in options)
                own = word in CHOICE[fact].options.get(stem, ())
            assert word in known, row
            foreign += not own
    assert sum(not row["states"] for row in rows) >= 8
    assert 3 <= foreign <= 10  # wishes that contradict the instrument
    assert {Stem(row["stem"]) for row in rows} == set(STEMS)


def test_hand_written_sentences_do_not_come_from_the_grammar() -> None:
    texts = {plain(json.loads(line)["text"]) for line in HAND_WRITTEN.read_text(encoding="utf-8").splitlines()}
    rng = np.random.default_rng(16)
    grammars = [Grammar(), Grammar(held_out=True)]
    drawn = {plain(g.word(random_facts(rng), rng).text) for _ in range(300) for g in grammars}
    assert not texts & drawn


def test_practice_speaks_of_what_goes_without_saying_as_often_as_of_the_rest() -> None:
    said = Counter(
        (state.fact, state.word)
        for stem, worded in practice(4000, seed=3)
        if stem is Stem.DRUMS
        for state in worded.states
        if not state.negated
    )
    kit = [said[("kit", option)] for option in CHOICE["kit"].options[Stem.DRUMS]]
    assert said[("kit", "hi-hat")] > 0.4 * sum(kit) / len(kit)
    density = [said[("density", word)] for word in SCALE["density"].words]
    assert min(density) > 0.4 * sum(density) / len(density), density
