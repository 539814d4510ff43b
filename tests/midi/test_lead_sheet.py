"""Chords that somebody writes, or guesses, and what they are heard as."""

import numpy as np
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf_edit import encode_track
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.lead_sheet import LeadSheet, guessed_for, has_late_chords
from midi_subtract.notes import Notes
from midi_subtract.playing.bass_lines import with_basses
from midi_subtract.song import Meter, Song, Track
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from tests.cli.material import conductor, piano, smf

BEAT = 12


def _classes(text: str) -> list[list[set[int]]]:
    """Pitch classes of the chords of every bar."""
    return [[{pitch % 12 for pitch in chord} for chord in bar] for bar in LeadSheet.parse(text).bars]


def _drum_song(bars: int = 6, meters: list[Meter] | None = None) -> Song:
    drums = Track("drums", 0, True, Notes.of((BEAT * beat, 36, 1, 90) for beat in range(4 * bars)))
    return Song([drums], meters or [Meter(0, 4, 4)], [(0, 120.0)], 480)


@pytest.mark.parametrize(
    ("symbol", "pitch_classes", "bass"),
    [
        ("C", {0, 4, 7}, 0),
        ("Am", {9, 0, 4}, 9),
        ("A-7", {9, 0, 4, 7}, 9),
        ("Bbmaj7", {10, 2, 5, 9}, 10),
        ("BbΔ", {10, 2, 5, 9}, 10),
        ("F#m7b5", {6, 9, 0, 4}, 6),
        ("Gm(maj7)", {7, 10, 2, 6}, 7),
        ("Ebsus4", {3, 8, 10}, 3),
        ("D/F#", {2, 6, 9}, 6),
        ("C/D", {0, 2, 4, 7}, 2),
        ("E5", {4, 11}, 4),
        ("G7(b9)", {7, 11, 2, 5, 8}, 7),
        ("C6/9/E", {0, 2, 4, 7, 9}, 4),
        ("G13sus4", {7, 0, 2, 4, 5, 9}, 7),
        ("F#m11", {6, 8, 9, 11, 1, 4}, 6),
    ],
)
def test_a_chord_symbol_is_its_pitch_classes_over_its_bass(symbol: str, pitch_classes: set[int], bass: int) -> None:
    (((lowest, low, *others),),) = LeadSheet.parse(symbol).bars
    assert {lowest % 12, *(p % 12 for p in others)} == pitch_classes
    assert (lowest, low) == (36 + bass, 48 + bass) and all(60 <= p < 72 for p in others)


@pytest.mark.parametrize(
    ("symbols", "above"),
    [
        ("C CM Cmaj CMaj Cma", {0, 4, 7}),
        ("Cm Cmin Cmi C-", {0, 3, 7}),
        ("C+ Caug C(#5)", {0, 4, 8}),
        ("Cdim Co C° Cm(b5)", {0, 3, 6}),
        ("C5 C(no3) Comit3", {0, 7}),
        ("Csus Csus4 C4", {0, 5, 7}),
        ("Csus2 C2", {0, 2, 7}),
        ("Cadd9 C(add9) C(9) Cadd2", {0, 2, 4, 7}),
        ("Cmadd9 Cm(add9) C-add9", {0, 2, 3, 7}),
        ("C6/9 C69 C6(9)", {0, 2, 4, 7, 9}),
        ("Cmaj7 CM7 CMaj7 Cma7 CMA7 CΔ CΔ7 C^7 Cj7", {0, 4, 7, 11}),
        ("CmMaj7 CmM7 Cm(maj7) C-maj7 C-Δ7 CminMaj7 Cm/maj7", {0, 3, 7, 11}),
        ("Cmaj9 CM9 Cma9 CΔ9 Cmaj7(9)", {0, 2, 4, 7, 11}),
        ("Cø Cø7 Cm7b5 C-7b5 Cm7(b5) Cm7-5", {0, 3, 6, 10}),
        ("Cdim7 Co7 C°7", {0, 3, 6, 9}),
        ("C+7 C7+ Caug7 C7#5 C7+5", {0, 4, 8, 10}),
        ("C7sus4 C7sus Csus7", {0, 5, 7, 10}),
        ("C9sus4 C9sus C11", {0, 2, 5, 7, 10}),
        ("C7#9 C7(#9) C7+9", {0, 3, 4, 7, 10}),
        ("C7b9 C7(b9) C7-9", {0, 1, 4, 7, 10}),
        ("C7b9#11 C7(b9,#11) C7(b9)(#11)", {0, 1, 4, 6, 7, 10}),
        ("C7alt C7(alt) Calt", {0, 1, 3, 4, 8, 10}),
        ("C13 C9(13)", {0, 2, 4, 7, 9, 10}),
        ("C13b9 C13(b9)", {0, 1, 4, 7, 9, 10}),
        ("Cmaj9#11 CM9(#11)", {0, 2, 4, 6, 7, 11}),
        ("Cm11 C-11", {0, 2, 3, 5, 7, 10}),
    ],
)
def test_symbols_in_common_use_are_known(symbols: str, above: set[int]) -> None:
    assert _classes(symbols) == [[above]] * len(symbols.split())


def test_bars_are_parted_by_bar_lines_or_else_by_spaces() -> None:
    a_minor, f, g = {9, 0, 4}, {5, 9, 0}, {7, 11, 2}
    assert _classes("Am F  G") == [[a_minor], [f], [g]]
    assert _classes("| Am | F G | % | N.C. |") == [[a_minor], [f, g], [f, g], [set()]]


@pytest.mark.parametrize(
    "text", ["", " ", "H7", "am", "Am || F", "%", "Cfoo", "C/", "C(", "Cmm", "Am, F", 7, None, ["Am"]]
)
def test_what_is_no_chords_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(InputError, match=r"^chords: .*(give chords such as 'Am F C G'|before which there is no bar)"):
        LeadSheet.parse(text)


def test_chords_sound_bar_by_bar_over_and_over_to_the_end_of_the_song() -> None:
    song = _drum_song(bars=3, meters=[Meter(0, 4, 4), Meter(48, 3, 4)])
    heard = LeadSheet.parse("Am | F G").heard_in(song, Stem.BASS)
    keys = heard.stem(Stem.KEYS)
    lowest = keys.pitch % 12
    at = {int(o): {int(p) for p in lowest[keys.onset == o]} for o in np.unique(keys.onset)}
    assert at == {0: {9, 0, 4}, 48: {5, 9, 0}, 66: {7, 11, 2}, 84: {9, 0, 4}, 120: {5, 9, 0}, 138: {7, 11, 2}}
    assert keys.last_step == heard.bar_starts(song.last_step)[-1] == 156
    assert heard.tracks[:-1] == song.tracks and heard.stem(Stem.DRUMS) is not None


@pytest.mark.parametrize("is_empty", [False, True])
def test_chords_begin_with_the_first_full_bar_behind_a_pickup(is_empty: bool) -> None:
    song = _drum_song(bars=5, meters=[Meter(0, 1, 4), Meter(BEAT, 4, 4)])
    song = Song([], song.meters, song.tempi, 480) if is_empty else song
    keys = LeadSheet.parse("Am F C G").heard_in(song, Stem.BASS).stem(Stem.KEYS)
    lowest = {int(onset): int(keys.pitch[keys.onset == onset].min()) % 12 for onset in np.unique(keys.onset)}
    round_ = {12: 9, 60: 5, 108: 0, 156: 7}
    assert lowest == round_ | ({} if is_empty else {204: 9})
    bass = Notes.of([(0, 33, 12, 90), (12, 33, 12, 90)])
    assert with_basses(bass, LeadSheet.parse("Am/E"), _drum_song(meters=song.meters)).pitch.tolist() == [33, 28]


def test_chords_are_heard_as_a_family_that_the_song_has_not() -> None:
    song = read_song(smf(conductor(), piano()))
    sheet = LeadSheet.parse("Am F")
    assert set(sheet.heard_in(song, Stem.BASS).stems) == {Stem.KEYS, Stem.STRINGS}
    assert set(sheet.heard_in(_drum_song(), Stem.KEYS).stems) == {Stem.DRUMS, Stem.STRINGS}
    assert len(song.stem(Stem.KEYS)) == len(sheet.heard_in(song, Stem.BASS).stem(Stem.KEYS))


def test_guesses_are_the_same_for_a_seed_and_only_for_drums_alone() -> None:
    guesses = {LeadSheet.guess(seed).text for seed in range(40)}
    assert LeadSheet.guess(3) == LeadSheet.guess(3) and len(guesses) > 20
    assert all(len(LeadSheet.parse(text).bars) == 4 for text in guesses)
    assert guessed_for(_drum_song(), Stem.BASS, 3) == LeadSheet.guess(3)
    assert guessed_for(_drum_song(), Stem.DRUMS, 3) is None
    assert guessed_for(read_song(smf(conductor(), piano())), Stem.BASS, 3) is None


def test_parts_go_by_the_chords_and_the_file_holds_none(random_inserter: MidiInserter) -> None:
    beats = [(480 * beat, 480 * beat + 60, 36, 90) for beat in range(32)]
    data = smf(conductor(), encode_track("drums", 0, 9, beats))
    given = random_inserter(data, "bass", seed=1, chords="Dm Gm")
    assert given.report.chords == "Dm Gm" and not any("guess" in said for said in given.report.warnings)
    assert [track.stem for track in read_song(given.midi).tracks] == [Stem.DRUMS, Stem.BASS]
    guessed = random_inserter(data, "bass", seed=1)
    assert guessed.report.chords == LeadSheet.guess(1).text
    assert any(f"the bass goes by {guessed.report.chords}, a guess" in said for said in guessed.report.warnings)
    again = random_inserter(data, "bass", seed=1, chords=guessed.report.chords)
    assert again.midi == guessed.midi


def test_a_song_without_notes_lasts_as_long_as_its_chords(random_inserter: MidiInserter) -> None:
    data = smf(conductor())
    result = random_inserter(data, "bass", seed=1, chords="Dm | Gm C | F")
    assert result.report.bars == 3
    with pytest.raises(InputError, match="holds no notes to write bass for; a part or chords are needed"):
        random_inserter(data, "bass", seed=1)


def test_drums_play_no_chords(random_inserter: MidiInserter) -> None:
    with pytest.raises(InputError, match="chords: drums play none"):
        random_inserter(smf(conductor(), piano()), "drums", chords="Am")


def test_a_melody_alone_is_told_to_leave_its_harmonies_open(random_inserter: MidiInserter) -> None:
    melody = [(240 * i, 240 * i + 230, 72 + (0, 2, 4, 5)[i % 4], 80) for i in range(32)]
    thirds = [(start, stop, pitch + 4, loud) for start, stop, pitch, loud in melody]
    open_harmonies = "only one line to go by, whose harmonies are open: --chords"

    def is_told(stem: str, program: int, notes: list[tuple[int, int, int, int]], chords: str | None = None) -> bool:
        song = smf(encode_track("a", program, 0, sorted(notes)))
        warnings = random_inserter(song, stem, seed=1, tries=1, chords=chords).report.warnings
        return any(open_harmonies in said for said in warnings)

    assert is_told("bass", 73, melody) and is_told("guitar", 73, melody)
    assert not is_told("bass", 73, melody, "C F"), "they are given"
    assert not is_told("bass", 0, melody + thirds) and not is_told("drums", 73, melody)
    assert not is_told("guitar", 33, [(a, b, p - 36, v) for a, b, p, v in melody]), "a bass tells roots"


def test_a_bass_plays_the_bass_of_a_chord_that_has_another_than_its_root() -> None:
    song = _drum_song(4)
    played = (0, 7, 9, 4)  # C, G, A, E
    bass = Notes.of((48 * bar + 12 * beat, 36 + pitch, 12, 90) for bar, pitch in enumerate(played) for beat in range(2))
    walked = Notes.merge([bass, Notes.of([(48 + 24, 38, 12, 90), (48 + 36, 43, 12, 90)])])

    def pitches(chords: str, part: Notes = bass) -> list[int]:
        return [int(pitch) for pitch in with_basses(part, LeadSheet.parse(chords), song).pitch]

    assert pitches("C | G/B | Am | F") == [36, 36, 47, 47, 45, 45, 40, 40], "F stays as it was written"
    assert pitches("C | G/B | Am | C/E") == pitches("C | G/B | Am | F"), "it is there already"
    assert pitches("C | G/B | Am | F", walked)[2:6] == [47, 47, 38, 47], "of a line its roots"
    assert pitches("C6/9 | G | Am | F") == bass.pitch.tolist(), "no bass is given"


def test_basses_of_chords_go_no_lower_than_the_lowest_string() -> None:
    sheet, song = LeadSheet.parse("G/D | G/D | Am/D | C"), _drum_song(4)
    bass = Notes.of((48 * bar, pitch, 48, 90) for bar, pitch in enumerate((31, 31, 33, 36)))
    assert with_basses(bass, sheet, song).pitch.tolist() == [38, 38, 38, 36]
    low = Notes.of((48 * bar, pitch, 48, 90) for bar, pitch in enumerate((31, 31, 33, 26)))
    assert with_basses(low, sheet, song).pitch.tolist() == [26, 26, 38, 26], "as low as the part went"
    guitar = Track("guitar", 30, False, Notes.of((12 * beat, 38, 12, 90) for beat in range(16)))
    dropped = Song([*song.tracks, guitar], song.meters, song.tempi, 480)
    assert with_basses(bass, sheet, dropped).pitch.tolist() == [26, 26, 38, 36], "a guitar in drop D"
    assert not len(with_basses(Notes.empty(), sheet, song))


def test_a_bass_in_octaves_has_one_note_on_the_bass_of_a_chord() -> None:
    octaves = Notes.of([(0, 31, 12, 80), (0, 43, 12, 90)])
    moved = with_basses(octaves, LeadSheet.parse("G/D"), _drum_song(1))
    assert (moved.pitch.tolist(), moved.velocity.tolist()) == ([38], [90])


def test_a_bass_is_written_by_the_basses_of_its_chords(random_inserter: MidiInserter) -> None:
    song = smf(conductor(), piano(bars=4))
    part = random_inserter(song, "bass", chords="C/E", seed=1, tries=1).notes
    first = np.unique(part.onset // 48, return_index=True)[1]
    assert set((part.pitch[first] % 12).tolist()) == {4}


def test_chords_behind_the_first_beat_leave_the_roots_of_a_bass_open(random_inserter: MidiInserter) -> None:
    tune = [(48 * bar, 72, 36, 80) for bar in range(8)]

    def song(first_beat: int, more: tuple[Track, ...] = ()) -> Song:
        chords = [
            (48 * bar + 12 * b, p, 12, 70) for bar in range(8) for b in range(first_beat, 4) for p in (60, 64, 67)
        ]
        tracks = [Track("tune", 73, False, Notes.of(tune)), Track("keys", 0, False, Notes.of(chords)), *more]
        return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480)

    assert has_late_chords(song(1), Stem.BASS) and not has_late_chords(song(0), Stem.BASS)
    assert not has_late_chords(song(1), Stem.GUITAR)
    assert not has_late_chords(song(1, (Track("", 33, False, Notes.of(tune)),)), Stem.BASS), "there is a bass"
    after_beats = [(480 * beat, 480 * beat + 400, p, 70) for beat in range(32) if beat % 4 for p in (60, 64, 67)]
    data = smf(conductor(), encode_track("piano", 0, 0, after_beats))
    parts = [random_inserter(data, "bass", seed=1, tries=1, chords=given) for given in (None, "C")]
    assert [any("roots are open" in said for said in part.report.warnings) for part in parts] == [True, False]
