"""Instruments that a file tells of in other ways than by channel 10 and programs.

Most DAWs write tracks that have names, all on channel 1, and no program: to General MIDI they are pianos, drums too.
Basses are played by guitars, cellos and "bass + lead" as well, and are called a bass then.
Files for GS, XG and GM2 synthesizers have drums on further channels, by a system exclusive message or a bank. Programs
that write more instruments than there are channels give several tracks one channel, each with a program of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from statistics import median

from midi_subtract.programs import DEFAULT_PROGRAM, DRUM_CHANNEL, stem_of
from midi_subtract.smf import Smf
from midi_subtract.smf_events import CONTROL, META, NOTE_ON, PROGRAM, TRACK_NAME
from subtract_core.stems import Stem

Told = Mapping[tuple[int, int], Stem | int]
"""(track, channel), both from 0 -> the stem that all notes of the track on this channel belong to, or their program."""

_WORDS: tuple[tuple[Stem, str], ...] = (
    (
        Stem.DRUMS,
        "drum drums drumkit drumset percussion perc kick kicks snare snares hihat hihats hat hats cymbal cymbals crash "
        "toms clap claps shaker shakers tambourine conga congas bongos cowbell schlagzeug batterie bateria batteria",
    ),
    (Stem.KEYS, "piano pianos organ keys keyboard keyboards rhodes clavinet hand lh rh clef"),
    (Stem.LEAD, "sax saxophone clarinet flute oboe trumpet trombone tuba horn horns brass recorder"),
    (Stem.BASS, "bass bassline subbass sub basse basso bajo"),
    (Stem.GUITAR, "guitar guitars gtr gtrs gitarre guitare guitarra chitarra"),
    (Stem.STRINGS, "strings violin violins viola violas cello celli cellos choir pad pads"),
    (Stem.LEAD, "lead melody vocal vocals vox voice solo"),
)
"""What tracks are named after; where a name has several such words, the first row wins: a bass drum is a drum."""
_RANK = {word: rank for rank, (_, words) in enumerate(_WORDS) for word in words.split()}
_VOICES = {"soprano", "alto", "tenor", "treble"}  # beside these, a "bass" sings, or is a left hand
_MOST_WORDS = 4  # of an instrument's name; more are a title, or lyrics
_LOW = (
    48  # C3: of 57 tracks called a bass that had other programs, 38 had their median up to there, the others above 49
)

# "Use for rhythm part" of GS, data set 1: the part's block, then map 1 or 2.
_GS_RHYTHM = re.compile(rb"\x41.\x42\x12\x40([\x10-\x1f])\x15[\x01\x02]", re.DOTALL)
_XG_ON, _GM2_ON = b"\x4c\x00\x00\x7e\x00", b"\x7e\x7f\x09\x03"
_DRUM_BANKS = {_XG_ON: 127, _GM2_ON: 120}
_BANK = 0  # controller


def told_stems(smf: Smf) -> Told:
    """What a file tells of tracks that channels and programs do not tell, or tell wrongly."""
    playing = [_channels(smf, track, NOTE_ON) - {DRUM_CHANNEL} for track in range(len(smf.tracks))]
    stated = {channel for track in range(len(smf.tracks)) for channel in _channels(smf, track, PROGRAM)}
    words = [_words(smf, track) for track in range(len(smf.tracks))]
    named = _named({track: channels - stated for track, channels in enumerate(playing) if channels - stated}, words)
    own = _with_own_programs(smf, playing)
    rhythm = {found[1][0] & 15 for found in _GS_RHYTHM.finditer(smf.raw)}
    rhythm = {block - 1 if block < 10 else block for block in rhythm if block}  # block 0 is channel 10
    drums = {(track, channel): Stem.DRUMS for track, channels in enumerate(playing) for channel in channels & rhythm}
    return {**named, **own, **_low_basses(smf, words, own), **drums, **_in_drum_banks(smf)}


def heard_as(told: Told, track: int, channel: int, program: int) -> tuple[int, int]:
    """The channel and program, from 0, that notes of a track are to be taken for."""
    stem = told.get((track, channel), program)
    if not isinstance(stem, Stem):
        return channel, stem
    return (DRUM_CHANNEL, program) if stem is Stem.DRUMS else (channel, DEFAULT_PROGRAM[stem])


def told_warning(smf: Smf) -> str | None:
    """What to say of a file in which tracks are told by something else than channels and programs."""
    told = told_stems(smf)
    stems = dict.fromkeys((track, stem) for (track, _), stem in told.items() if isinstance(stem, Stem))
    tracks = [f"track {track + 1} ({' '.join(_words(smf, track)) or 'no name'}) as {s.value}" for track, s in stems]
    crowded = sorted({channel + 1 for (_, channel), program in told.items() if not isinstance(program, Stem)})
    said = []
    if tracks:
        said.append(f"heard by name or synthesizer setting, not by program: {', '.join(sorted(tracks))}")
    if crowded:
        where = ("channel " if len(crowded) == 1 else "channels ") + ", ".join(map(str, crowded))
        said.append(f"several programs at once on {where}: tracks are heard by their own, though players hear the last")
    return "; ".join(said) or None


def _named(unstated: Mapping[int, set[int]], words: list[list[str]]) -> dict[tuple[int, int], Stem]:
    """Stems by the names of tracks. unstated: track -> channels on which it plays, and nobody states a program."""
    stems = {track: stem for track in unstated if (stem := _stem_of_words(words[track])) is not None}
    if any(_VOICES & set(words[track]) and track not in stems for track in unstated):
        stems = {track: stem for track, stem in stems.items() if stem is not Stem.BASS}
    # Without a program they are keys anyway.
    return {(t, c): stem for t, stem in stems.items() if stem is not Stem.KEYS for c in unstated[t]}


def _stem_of_words(words: list[str]) -> Stem | None:
    rank = min((_RANK[word] for word in words if word in _RANK), default=None)
    return None if rank is None else _WORDS[rank][0]


def _low_basses(smf: Smf, words: list[list[str]], own: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], Stem]:
    """Tracks that are called a bass and play as low, by other programs than basses. own: of tracks that have one."""
    named = {track for track, said in enumerate(words) if _stem_of_words(said) is Stem.BASS}
    named = {track for track in named if not _states_basses(smf, track)}
    if not named or any(_VOICES & set(said) and _stem_of_words(said) is None for said in words):
        return {}
    now = [0] * 16
    pitches: dict[tuple[int, int], list[int]] = {}
    stems: dict[tuple[int, int], set[Stem | None]] = {}
    for track, event in smf.channel_events():
        kind, channel = event.status & 0xF0, event.status & 15
        if kind == PROGRAM:
            now[channel] = event.data[0]
        elif kind == NOTE_ON and event.data[1] and track in named and channel != DRUM_CHANNEL:
            pitches.setdefault((track, channel), []).append(event.data[0])
            stems.setdefault((track, channel), set()).add(stem_of(own.get((track, channel), now[channel]), False))
    return {p: Stem.BASS for p, low in pitches.items() if Stem.BASS not in stems[p] and median(low) <= _LOW}


def _states_basses(smf: Smf, track: int) -> bool:
    """Whether a track states programs, all of them basses."""
    stated = {event.data[0] for event in smf.events(track) if event.status & 0xF0 == PROGRAM}
    return bool(stated) and all(stem_of(program, False) is Stem.BASS for program in stated)


def _with_own_programs(smf: Smf, playing: list[set[int]]) -> dict[tuple[int, int], int]:
    """Programs of tracks that state one each, on channels for which several are stated at one tick: a player hears the
    last of them in all, which nobody can have meant. playing: the channels that each track plays on."""
    own: dict[tuple[int, int], int] = {}
    for channel in range(16):
        status = PROGRAM | channel
        tracks = [track for track in range(len(smf.tracks)) if channel in _channels(smf, track, PROGRAM)]
        if len(tracks) < 2:
            continue
        stated = {track: [(e.tick, e.data[0]) for e in smf.events(track) if e.status == status] for track in tracks}
        different = {each for every in stated.values() for each in every}
        if len({tick for tick, _ in different}) < len(different):
            own |= {
                (t, channel): every[0][1] for t, every in stated.items() if len(every) == 1 and channel in playing[t]
            }
    return own


def _words(smf: Smf, track: int) -> list[str]:
    """The words of a track's name; none of a long one."""
    for event in smf.events(track):
        if event.tick:
            break
        if event.status == META and event.meta_type == TRACK_NAME:
            words = re.findall("[a-z]+", event.data.decode("utf-8", errors="replace").lower())
            return words if len(words) <= _MOST_WORDS else []
    return []


def _channels(smf: Smf, track: int, kind: int) -> set[int]:
    """Channels on which a track has events of a kind."""
    scan = smf.tracks[track].scan
    return {status & 15 for status in scan.statuses if status & 0xF0 == kind} if scan else set()


def _in_drum_banks(smf: Smf) -> dict[tuple[int, int], Stem]:
    """Tracks and channels whose notes all have a drum kit of XG or GM2."""
    kits = {bank for switched_on, bank in _DRUM_BANKS.items() if switched_on in smf.raw}
    if not kits:
        return {}
    bank = [0] * 16
    in_kit: dict[tuple[int, int], bool] = {}
    for track, event in smf.channel_events():
        kind, channel = event.status & 0xF0, event.status & 15
        if kind == CONTROL and event.data[0] == _BANK:
            bank[channel] = event.data[1]
        elif kind == NOTE_ON and event.data[1] and channel != DRUM_CHANNEL:
            in_kit[track, channel] = in_kit.get((track, channel), True) and bank[channel] in kits
    return {place: Stem.DRUMS for place, is_drums in in_kit.items() if is_drums}
