"""Instruments that a file tells of in other ways than by channel 10 and programs.

Most DAWs write tracks that have names, all on channel 1, and no program: to General MIDI they are pianos, drums too.
Basses have programs of guitars, cellos and "bass + lead" as well, and are told by name and register then. What is sung
has that of a choir, and a tune that of a violin, which are strings to General MIDI: a single line is told by name, or
because it is on top.
A track of theirs may hold one drum, which a sampler plays by any key: its name tells which.
Files for GS, XG and GM2 synthesizers have drums on further channels, by a system exclusive message or a bank. Programs
that write more instruments than there are channels give several tracks one channel, each with a program of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from midi_subtract.files.own_tracks import is_own
from midi_subtract.files.smf import Smf
from midi_subtract.files.smf_events import CONTROL, META, NOTE_ON, PROGRAM, TRACK_NAME
from midi_subtract.listening.drum_names import Place, heard_drums
from midi_subtract.programs import DEFAULT_PROGRAM, DRUM_CHANNEL, stem_of
from subtract_core.stem_names import in_words, stem_of_words
from subtract_core.stems import Stem

Told = Mapping[tuple[int, int], Stem | int]
"""(track, channel), both from 0 -> the stem that all notes of the track on this channel belong to, or their program."""

_Statements = Mapping[tuple[int, int], Sequence[tuple[int, int]]]
"""(track, channel) -> (tick, program) of every program that the track states for it."""

_PIANISTS = {"hand", "lh", "rh", "clef"}
"""What only a pianist's tracks are named after."""
_VOICES = {"soprano", "alto", "tenor", "treble"}  # beside these, a "bass" sings, or is a left hand
_MOST_WORDS = 4  # of an instrument's name; more are a title, or lyrics
_LOW = 48
"""C3: of 57 tracks called a bass with other programs, 38 have their median up to there, the others above 49."""
_BELOW = {**dict.fromkeys(range(24, 29), 38), **dict.fromkeys((29, 30), 34), **dict.fromkeys(range(80, 88), 45)}
"""Programs of guitars, those of metal (often tuned down) apart, and synth leads -> up to where a median is a bass's. Of
915 songs, 33 had no bass, but some track up to C3."""
_FEWEST = 16  # notes, to be heard by register alone
_SUNG = {"voice", "vocal", "vocals", "vox", "singer", "soprano", "melody"}
_BEHIND = {
    "back", "backing", "background", "backup", "bgv", "choir", "counter", "echo", "echoes", "harmony", "harmonies",
    "syn", "synth", "ahh", "aahs", "doo", "ooh", "oohs",
}  # fmt: skip
"""Names of tunes, and what is beside them in those of what is not."""
_SINGING = {*range(40, 44), *range(52, 55), *range(88, 104)}
"""Programs of the stem strings that a tune is given: bowed strings, choirs and pads."""
_SOLOISTS = {40, 52, 53, 54}
"""Those that are told by what they play: a violin, choirs and synthesized voices."""
_SYNTHS = {"synth", "synthesizer", "moog", "minimoog", "serum", "massive", "808"}
"""Names of what plays basses as well as leads: told by register where no program is stated, which would be a piano."""

# "Use for rhythm part" of GS, data set 1: the part's block, then map 1 or 2.
_GS_RHYTHM = re.compile(rb"\x41.\x42\x12\x40([\x10-\x1f])\x15[\x01\x02]", re.DOTALL)
_XG_ON, _GM2_ON = b"\x4c\x00\x00\x7e\x00", b"\x7e\x7f\x09\x03"
_DRUM_BANKS = {_XG_ON: 127, _GM2_ON: 120}
_BANK = 0  # controller


def told_stems(smf: Smf) -> Told:
    """What a file tells of tracks that channels and programs do not tell, or tell wrongly."""
    playing = [_channels(smf, track, NOTE_ON) - {DRUM_CHANNEL} for track in range(len(smf.tracks))]
    words = [_words(smf, track) for track in range(len(smf.tracks))]
    called = [_stem_named(said) for said in words]
    stated = _statements(smf)
    chosen = _chosen(stated, called)
    unstated = {track: channels - chosen for track, channels in enumerate(playing) if channels - chosen}
    named = _named(unstated, words, called)
    own = _own_programs(stated, playing)
    rhythm = {found[1][0] & 15 for found in _GS_RHYTHM.finditer(smf.raw)}
    rhythm = {block - 1 if block < 10 else block for block in rhythm if block}  # block 0 is channel 10
    drums = {(track, channel): Stem.DRUMS for track, channels in enumerate(playing) for channel in channels & rhythm}
    told: dict[tuple[int, int], Stem | int] = {**named, **own, **drums, **_in_drum_banks(smf)}
    synths = {track for track in unstated if _SYNTHS & set(words[track].split()) and called[track] in (None, Stem.KEYS)}
    lines = _lines(smf, told, {(track, channel) for track in synths for channel in unstated[track]})
    basses = _low_basses(lines, words, called, stated)
    ours = {track for track in range(len(smf.tracks)) if is_own(smf, track)}  # they change nothing that was there
    lines = {place: line for place, line in lines.items() if place[0] not in ours}
    stated = {place: every for place, every in stated.items() if place[0] not in ours}
    return {**told, **basses, **_tunes(lines, words, stated)}


def told_drums(smf: Smf, told: Told) -> dict[Place, tuple[str, int]]:
    """Tracks of a single drum that is told by name, as samplers play it by any key: (track, channel), both from 0 ->
    what it is called and the percussion key (0-127) that all of its notes are heard as. told: see `told_stems`."""
    keys: dict[Place, set[int]] = {}
    for track, event in smf.channel_events:
        place = (track, event.status & 15)
        is_drums = place[1] == DRUM_CHANNEL or told.get(place) is Stem.DRUMS
        if is_drums and event.status & 0xF0 == NOTE_ON and event.data[1]:
            keys.setdefault(place, set()).add(event.data[0])
    return heard_drums(keys, {place: _words(smf, place[0]) for place in keys})


def heard_as(told: Told, track: int, channel: int, program: int) -> tuple[int, int]:
    """The channel and program, from 0, that notes of a track are to be taken for."""
    stem = told.get((track, channel), program)
    if not isinstance(stem, Stem):
        return channel, stem
    return (DRUM_CHANNEL, program) if stem is Stem.DRUMS else (channel, DEFAULT_PROGRAM[stem])


def told_warning(smf: Smf) -> str | None:
    """What to say of a file in which tracks are told by something else than channels and programs."""
    told = told_stems(smf)
    parts = {place: stem.value for place, stem in told.items() if isinstance(stem, Stem)}
    parts |= {place: drum for place, (drum, _) in told_drums(smf, told).items()}
    heard = dict.fromkeys((track, part) for (track, _), part in parts.items())
    tracks = [f"track {track + 1} ({_words(smf, track) or 'no name'}) as {part}" for track, part in heard]
    crowded = sorted({channel + 1 for (_, channel), program in told.items() if not isinstance(program, Stem)})
    said = []
    if tracks:
        said.append(f"heard by name, register or synthesizer setting, not by program: {', '.join(sorted(tracks))}")
    if crowded:
        where = ("channel " if len(crowded) == 1 else "channels ") + ", ".join(map(str, crowded))
        said.append(f"several programs at once on {where}: tracks are heard by their own, though players hear the last")
    return "; ".join(said) or None


def _statements(smf: Smf) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """(track, channel) -> (tick, program) of every program that the track states for it, in order."""
    stated: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for track, event in smf.channel_events:
        if event.status & 0xF0 == PROGRAM:
            stated.setdefault((track, event.status & 15), []).append((event.tick, event.data[0]))
    return stated


def _chosen(stated: _Statements, called: Sequence[Stem | None]) -> set[int]:
    """Channels whose program somebody states, on purpose: some state the first one for all, guitars and drums too."""
    by_default = {program for _, program in _pitched(stated)} == {0}
    named = by_default and {Stem.DRUMS, Stem.GUITAR} & set(called)
    return set() if named else {channel for _, channel in stated}


def _pitched(stated: _Statements) -> set[tuple[int, int]]:
    """(channel, program) that somebody states, but for drums."""
    return {(c, program) for (_, c), every in stated.items() if c != DRUM_CHANNEL for _, program in every}


def _named(
    unstated: Mapping[int, set[int]], words: Sequence[str], called: Sequence[Stem | None]
) -> dict[tuple[int, int], Stem]:
    """Stems by the names of tracks. unstated: track -> channels on which it plays, and nobody states a program."""
    stems = {track: stem for track in unstated if (stem := called[track]) is not None}
    if _is_sung(unstated, words, called):
        stems = {track: stem for track, stem in stems.items() if stem is not Stem.BASS}
    # Without a program they are keys anyway.
    return {(t, c): stem for t, stem in stems.items() if stem is not Stem.KEYS for c in unstated[t]}


def _is_sung(tracks: Iterable[int], words: Sequence[str], called: Sequence[Stem | None]) -> bool:
    """Whether one of these tracks is a voice, so that a bass beside it is one too."""
    return any(_VOICES & set(words[track].split()) and called[track] is None for track in tracks)


def _stem_named(words: str) -> Stem | None:
    """The stem that a track of this name holds."""
    stem = stem_of_words(words)
    return Stem.KEYS if _PIANISTS & set(words.split()) and stem is not Stem.DRUMS else stem  # hand claps


@dataclass
class _Line:
    """What a track plays on a channel: pitches, ticks at which notes start, the programs they are heard by, and whether
    it is called a synthesizer, which sounds alike high and low."""

    pitches: list[int] = field(default_factory=list)
    onsets: set[int] = field(default_factory=set)
    programs: set[int] = field(default_factory=set)
    is_synth: bool = False

    @property
    def is_bass(self) -> bool:
        return any(stem_of(program, False) is Stem.BASS for program in self.programs)

    def is_low(self, highest: int) -> bool:
        return median(self.pitches) <= highest

    @property
    def is_single(self) -> bool:
        """Whether it plays single notes, and more than a few."""
        return len(self.pitches) >= _FEWEST and len(self.pitches) <= 1.1 * len(self.onsets)

    @property
    def is_below_its_instrument(self) -> bool:
        """Single notes, lower than what the program is for."""
        highest = _BELOW[80] if self.is_synth else -1
        return self.is_single and self.is_low(min(_BELOW.get(program, highest) for program in self.programs))


def _low_basses(
    lines: Mapping[tuple[int, int], _Line], words: Sequence[str], called: Sequence[Stem | None], stated: _Statements
) -> dict[tuple[int, int], Stem]:
    """Tracks by other programs than basses that are called a bass and play as low; where there is no bass otherwise,
    those that play lower than their program is for."""
    basses = set()
    if Stem.BASS in called and not _is_sung(range(len(words)), words, called):
        named = {place: line for place, line in lines.items() if called[place[0]] is Stem.BASS}
        basses = {place for place, line in named.items() if not line.is_bass and line.is_low(_LOW)}
    # Whether it has notes or not, so that what is there of others stays what it is where a bass is removed.
    states_one = any(stem_of(program, False) is Stem.BASS for _, program in _pitched(stated))
    if Stem.BASS not in called and not states_one:
        basses = {place for place, line in lines.items() if line.is_below_its_instrument}
    return dict.fromkeys(basses, Stem.BASS)


def _tunes(
    lines: Mapping[tuple[int, int], _Line], words: Sequence[str], stated: _Statements
) -> dict[tuple[int, int], Stem]:
    """Tracks by programs of strings that play single notes and are called a voice or a melody; where no lead and no
    other strings are stated, also a choir or a violin that is higher than all others."""
    programs = {place: {program for _, program in every} for place, every in stated.items() if place[1] != DRUM_CHANNEL}
    single = {place: line for place, line in lines.items() if line.is_single}
    sung = _SUNG - _VOICES if _is_choir(words) else _SUNG
    named = [place for place, line in single.items() if _is_tune(words[place[0]], sung) and line.programs <= _SINGING]
    if any(stem_of(program, False) is Stem.LEAD for every in programs.values() for program in every):
        return dict.fromkeys(named, Stem.LEAD)
    strings = {p for p, every in programs.items() if any(stem_of(n, False) is Stem.STRINGS for n in every)}
    highest = max(lines, key=lambda place: median(lines[place].pitches), default=None)
    alone = [p for p, line in single.items() if strings == {p} == {highest} and line.programs <= _SOLOISTS]
    return dict.fromkeys([*named, *alone], Stem.LEAD)


def _is_choir(words: Sequence[str]) -> bool:
    """Whether tracks are called as at least two voices of a choir."""
    return len(_VOICES & {word for name in words for word in name.split()}) > 1


def _is_tune(words: str, sung: Collection[str]) -> bool:
    said = set(words.split())
    return bool(said.intersection(sung)) and not _BEHIND & said and stem_of_words(words) in (None, Stem.LEAD)


def _lines(smf: Smf, told: Told, synths: Collection[tuple[int, int]]) -> dict[tuple[int, int], _Line]:
    """What is played by (track, channel), drums left out. synths: those called synthesizers, of no stated program."""
    now = [0] * 16
    lines: dict[tuple[int, int], _Line] = {}
    for track, event in smf.channel_events:
        channel = event.status & 15
        if event.status & 0xF0 == PROGRAM:
            now[channel] = event.data[0]
        elif event.status & 0xF0 == NOTE_ON and event.data[1]:
            taken_for, program = heard_as(told, track, channel, now[channel])
            if taken_for != DRUM_CHANNEL:
                line = lines.setdefault((track, channel), _Line(is_synth=(track, channel) in synths))
                line.pitches.append(event.data[0])
                line.onsets.add(event.tick)
                line.programs.add(program)
    return lines


def _own_programs(stated: _Statements, playing: Sequence[set[int]]) -> dict[tuple[int, int], int]:
    """Programs of tracks that state one each, on channels for which several are stated at one tick: a player hears the
    last of them in all, which nobody can have meant. playing: the channels that each track plays on."""
    different: dict[int, set[tuple[int, int]]] = {}
    for (_, channel), every in stated.items():
        different.setdefault(channel, set()).update(every)
    at_once = {channel for channel, every in different.items() if len({tick for tick, _ in every}) < len(every)}
    single = {place: every[0][1] for place, every in stated.items() if len(every) == 1}
    return {(t, c): program for (t, c), program in single.items() if c in at_once and c in playing[t]}


def _words(smf: Smf, track: int) -> str:
    """The words of a track's name; none of a long one."""
    for event in smf.events(track):
        if event.tick:
            break
        if event.status == META and event.meta_type == TRACK_NAME:
            words = in_words(event.data.decode("utf-8", errors="replace"))
            return words if len(words.split()) <= _MOST_WORDS else ""
    return ""


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
    for track, event in smf.channel_events:
        kind, channel = event.status & 0xF0, event.status & 15
        if kind == CONTROL and event.data[0] == _BANK:
            bank[channel] = event.data[1]
        elif kind == NOTE_ON and event.data[1] and channel != DRUM_CHANNEL:
            in_kit[track, channel] = in_kit.get((track, channel), True) and bank[channel] in kits
    return {place: Stem.DRUMS for place, is_drums in in_kit.items() if is_drums}
