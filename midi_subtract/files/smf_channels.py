"""Which MIDI channels a song uses, and which one a new part should take.

MIDI ports (meta event 0x21) are left aside: most players fold all ports into the same 16 channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, mode

from midi_subtract.files.own_tracks import track_name
from midi_subtract.files.smf import Smf
from midi_subtract.files.smf_edit import Span
from midi_subtract.files.smf_events import CONTROL, EXPRESSION, NOTE_OFF, NOTE_ON, PAN, PROGRAM, VOLUME
from midi_subtract.files.told import heard_as, told_stems
from midi_subtract.programs import DRUM_CHANNEL
from subtract_core.stems import Stem


@dataclass(frozen=True)
class Sound:
    """What a part is played by: program, volume and pan, 0-127 each, as General MIDI has them at first."""

    program: int
    volume: int = 100
    pan: int = 64


@dataclass(frozen=True)
class ChannelChoice:
    """A channel (0-15) for a new part; `shared_with` is a sentence for the user when the song uses it, else None; plays
    says whether the song has notes on it."""

    channel: int
    shared_with: str | None
    plays: bool = False


def channels_used(smf: Smf) -> dict[int, int]:
    """Number of notes started on each channel (0-15) that carries any channel event; 0 where it has settings only."""
    return {channel: len(use.notes) for channel, use in sorted(_channel_uses(smf).items())}


def free_channel(smf: Smf, is_drum: bool, span: Span | None = None) -> ChannelChoice:
    """The channel for a new part that sounds in `span` (ticks; None for the whole song).

    Drums take channel 9. Other parts take the lowest channel without any event; when there is none, one that plays no
    note, else the one with the fewest notes sounding in the span; among equals, the one of which the new part's program
    change at the start of the span (`program_at_tick` of `encode_track`) alters the fewest notes.
    """
    uses = _channel_uses(smf)
    if is_drum:
        drums = uses.get(DRUM_CHANNEL)
        return ChannelChoice(
            DRUM_CHANNEL, None if drums is None else _explain_drums(smf, drums), bool(drums and drums.notes)
        )
    start, stop = span or (0, smf.end_tick + 1)
    pitched = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    choice = min(pitched, key=lambda channel: _harm(uses.get(channel), start, stop))
    use = uses.get(choice)
    return ChannelChoice(
        choice, None if use is None else _explain(smf, choice, use, (start, stop)), bool(use and use.notes)
    )


def sound_of(smf: Smf, matches: Callable[[int, int], bool]) -> Sound | None:
    """What the notes that match (as in `remove_parts`) are mostly played by, on the channel that has most of them.

    The volume is that of the channel times its expression. None where no note matches. A program other than the first
    is what plays, whatever the notes are taken for.
    """
    settings = [{PROGRAM: 0, VOLUME: 100, EXPRESSION: 127, PAN: 64} for _ in range(16)]
    heard: dict[int, list[tuple[int, float, int]]] = {}
    told = told_stems(smf)
    for track, event in smf.channel_events:
        kind, channel = event.status & 0xF0, event.status & 15
        now = settings[channel]
        if kind == PROGRAM:
            now[PROGRAM] = event.data[0]
        elif kind == CONTROL and event.data[0] in now:
            now[event.data[0]] = event.data[1]
        elif kind == NOTE_ON and event.data[1]:
            taken_for, program = heard_as(told, track, channel, now[PROGRAM])
            if matches(taken_for, program):
                if now[PROGRAM] and isinstance(told.get((track, channel)), Stem):
                    program = now[PROGRAM]
                heard.setdefault(channel, []).append((program, now[VOLUME] * now[EXPRESSION] / 127, now[PAN]))
    if not heard:
        return None
    programs, volumes, pans = zip(*max(heard.values(), key=len), strict=True)
    return Sound(mode(programs), round(median(volumes)), round(median(pans)))


@dataclass
class _Use:
    """What one channel does: notes as spans, the ticks of its program changes, the tracks that its notes are in."""

    notes: list[Span] = field(default_factory=list)
    programs: list[int] = field(default_factory=list)
    tracks: set[int] = field(default_factory=set)

    def n_sounding(self, start: int, stop: int) -> int:
        """Notes that sound at any tick of [start, stop)."""
        return sum(first < stop and last > start for first, last in self.notes)

    def n_altered(self, start: int) -> int:
        """Notes from tick `start` on, until the channel's next own program change.

        One at `start` itself does not help: the new track comes last in the file and so has the last word.
        """
        stop = min((tick for tick in self.programs if tick > start), default=None)
        return sum(first >= start and (stop is None or first < stop) for first, _ in self.notes)


def _channel_uses(smf: Smf) -> dict[int, _Use]:
    uses: dict[int, _Use] = {}
    sounding: dict[tuple[int, int], list[int]] = {}
    for track, event in smf.channel_events:
        kind, channel = event.status & 0xF0, event.status & 15
        use = uses.setdefault(channel, _Use())
        if kind == PROGRAM:
            use.programs.append(event.tick)
        elif kind == NOTE_ON and event.data[1]:
            use.tracks.add(track)
            sounding.setdefault((channel, event.data[0]), []).append(event.tick)
        elif kind in (NOTE_OFF, NOTE_ON):
            starts = sounding.pop((channel, event.data[0]), [])
            use.notes += [(start, event.tick) for start in starts]
    for (channel, _), starts in sounding.items():
        uses[channel].notes += [(start, smf.end_tick + 1) for start in starts]
    return uses


def _harm(use: _Use | None, start: int, stop: int) -> tuple[bool, bool, int, int]:
    """Sorts channels by how much a new part in [start, stop) disturbs them; unused ones first."""
    if use is None:
        return (False, False, 0, 0)
    return (True, bool(use.notes), use.n_sounding(start, stop), use.n_altered(start))


def _explain_drums(smf: Smf, use: _Use) -> str:
    there = f"as {_players(smf, use)} does" if use.notes else "which has settings already"
    return f"drums always play on channel 10, {there}; the new part leaves its kit and volume as they are."


def _explain(smf: Smf, channel: int, use: _Use, span: Span) -> str:
    why = "no channel is unused"
    if not use.notes:
        return f"{why}: channel {channel + 1} already carries settings (such as volume or pan), but no notes."
    n_sounding, n_altered = use.n_sounding(*span), use.n_altered(span[0])
    overlap = f"it plays {_count(n_sounding)} during" if n_sounding else "it rests during"
    altered = f"the new program change alters {_count(n_altered)} of it" if n_altered else "its sound does not change"
    return f"{why}: channel {channel + 1} is shared with {_players(smf, use)}; {overlap} the new part, and {altered}."


def _players(smf: Smf, use: _Use) -> str:
    names = sorted({name for track in use.tracks if (name := track_name(smf, track))})
    return " and ".join(f"'{name}'" for name in names) or "another part"


def _count(n: int) -> str:
    return "1 note" if n == 1 else f"{n} notes"
