"""What others play says nothing of the part that is written, but that it may have to leave them room."""

from __future__ import annotations

import pytest

from subtract_core.stems import Stem
from subtract_core.understanding.other_players import room_asked, without_other_players


@pytest.mark.parametrize(
    ("stem", "sentence", "rest"),
    [
        (Stem.BASS, "the piano is busy, leave it room", "leave it room"),
        (Stem.BASS, "the drums are loud already", ""),
        (Stem.BASS, "my vocal is soft", ""),
        (Stem.BASS, "The guitar is strumming eighths.", ""),
        (Stem.BASS, "our singer sings softly, give her space", "give her space"),
        (Stem.BASS, "stay low because the piano is high", "stay low"),
        (Stem.BASS, "the guitar plays sixteenths, so keep it simple", "keep it simple"),
        (Stem.BASS, "there's already a busy piano, play long notes", "play long notes"),
        (Stem.BASS, "we have a loud drummer and a distorted guitar; sparse", "sparse"),
        (Stem.BASS, "the kick is on every beat, follow it", "follow it"),
        (Stem.BASS, "the drums are busy and you should be sparse", "you should be sparse"),
        (Stem.BASS, "the bass drum is loud", ""),
        (Stem.DRUMS, "the guitars are distorted and loud, play brushes", "play brushes"),
        (Stem.DRUMS, "the congas are busy, keep it simple", "keep it simple"),
        (Stem.DRUMS, "song already has a shaker, soft hats", "soft hats"),
        (Stem.GUITAR, "the bass is slapping, strum it", "strum it"),
        (Stem.LEAD, "the piano is playing arpeggios, high and soft", "high and soft"),
        (Stem.BASS, "drums busy, bass sparse", "bass sparse"),
        (Stem.DRUMS, "drums busy, bass sparse", "drums busy"),
        (Stem.BASS, "piano soft, drums very loud, bass low", "bass low"),
        (Stem.BASS, "sparse bass, busy drums", "sparse bass"),
        (Stem.BASS, "loud drums and soft bass", "soft bass"),
        (Stem.GUITAR, "the lead guitar is busy, keep mine simple", "keep mine simple"),
        (Stem.GUITAR, "the other guitar is strumming, play single notes", "play single notes"),
        (Stem.KEYS, "there is another piano, sparse chords", "sparse chords"),
        (Stem.LEAD, "the guitar solos, stay low", "stay low"),
        (Stem.BASS, "the drums drop out, long notes", "long notes"),
        (Stem.DRUMS, "the drums drop out", "the drums drop out"),
        (Stem.LEAD, "guitar solo with long notes", "guitar solo with long notes"),
    ],
)
def test_clauses_about_others_are_left_out(stem: Stem, sentence: str, rest: str) -> None:
    assert without_other_players(sentence, stem) == rest


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        (Stem.BASS, "follow the kick"),
        (Stem.BASS, "with the piano"),
        (Stem.BASS, "like the bass"),
        (Stem.BASS, "as busy as the piano is"),
        (Stem.BASS, "louder than the drums"),
        (Stem.BASS, "a loud trumpet"),
        (Stem.BASS, "the bass is busy"),
        (Stem.BASS, "the bass and the drums are soft"),
        (Stem.BASS, "play it like the drums are on fire"),
        (Stem.BASS, "rest when the piano plays"),
        (Stem.BASS, "the vocals need space"),
        (Stem.BASS, "drums busy"),
        (Stem.BASS, "bass low, follow the kick"),
        (Stem.BASS, "bass with piano, soft"),
        (Stem.DRUMS, "kick loud, snare soft"),
        (Stem.DRUMS, "drums soft, tambourine on 2 and 4"),
        (Stem.GUITAR, "the lead guitar is busy"),
        (Stem.GUITAR, "my part is busy"),
        (Stem.DRUMS, "the snare is loud"),
        (Stem.DRUMS, "the bass drum is soft"),
        (Stem.DRUMS, "congas play a tumbao"),
        (Stem.DRUMS, "the tambourine is on 2 and 4"),
        (Stem.GUITAR, "the strings are muted"),
        (Stem.KEYS, "the melody is high"),
        (Stem.LEAD, "the trumpet is soft"),
        (Stem.STRINGS, "the violins are high"),
    ],
)
def test_other_sentences_stay(stem: Stem, sentence: str) -> None:
    assert without_other_players(sentence, stem) == sentence


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("leave it room", ""),
        ("leave the singer plenty of room", ""),
        ("give her space, low", "low"),
        ("leave space for the piano and be soft", "be soft"),
        ("stay out of its way", ""),
        ("get out of the singer's way, low", "low"),
        ("don't get in the way of the vocal", ""),
        ("the vocals need space", ""),
        ("so the piano has room to breathe", ""),
        ("steady, let the vocals breathe", "steady"),
        ("play fewer notes, you are stepping on the singer", "play fewer notes"),
        ("don't step on the melody, low", "low"),
    ],
)
def test_room_for_others_is_asked_for(sentence: str, rest: str) -> None:
    assert room_asked(sentence) == (rest, True)


@pytest.mark.parametrize(
    "sentence",
    [
        "don't step on the kick",
        "let the bass walk",
        "step up to the chords",
        "leave lots of space",
        "long space between notes",
        "a roomy sound",
        "way up high",
    ],
)
def test_other_words_of_room_are_left_to_the_reader(sentence: str) -> None:
    assert room_asked(sentence) == (sentence, False)
