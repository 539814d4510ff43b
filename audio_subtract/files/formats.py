"""Which files are audio, and how audio files are written; imports nothing slow."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from subtract_core.errors import InputError
from subtract_core.files import AUDIO_SUFFIXES

_TAGGED = (b"ID3", 0)  # mostly MP3
_MAGIC = (  # bytes, where they stand
    (b"WAVE", 8),
    (b"fLaC", 0),
    (b"OggS", 0),
    (b"AIFF", 8),
    (b"AIFC", 8),
    (b"RF64", 0),
    (b"riff\x2e\x91\xcf\x11", 0),  # W64
    (b"caff", 0),
    (b".snd", 0),
)
_MEDIA = (  # what only the extra `media` reads
    (b"ftyp", 4),  # m4a, mp4, mov
    (b"\x1a\x45\xdf\xa3", 0),  # mkv, webm
    (b"\x30\x26\xb2\x75", 0),  # wma, wmv
    (b"AVI ", 8),
)
_MPEG_VERSIONS = (0xE2, 0xF2, 0xFA)  # of layer 3, without the bit that says whether there is a checksum
_ADTS = (0xF0, 0xF8)

CONTAINERS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3", ".aif": "AIFF", ".aiff": "AIFF"}
"""What can be written, by the suffix of the name."""
SUFFIXES = AUDIO_SUFFIXES
"""Names under which songs are looked for in folders."""
LOSSY = ("OGG", "MP3")

_SUBTYPES = {
    "WAV": ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "PCM_U8"),
    "FLAC": ("PCM_16", "PCM_24", "PCM_S8"),
    "AIFF": ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "PCM_S8"),
    "OGG": ("VORBIS",),
    "MP3": ("MPEG_LAYER_III",),
}
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_MOST_CHANNELS = {"WAV": 64, "AIFF": 64, "OGG": 32, "FLAC": 8, "MP3": 2}
_HIGHEST_RATE = {"WAV": 768_000, "AIFF": 768_000, "OGG": 192_000, "FLAC": 655_350}


@dataclass(frozen=True)
class AudioFormat:
    """How samples are stored: libsndfile's names, such as WAV and PCM_24."""

    container: str
    subtype: str


def is_audio(head: bytes) -> bool:
    """Whether a file that starts with `head` (12 bytes or more) is audio or video, by its content."""
    if has_header(head, (*_MAGIC, _TAGGED, *_MEDIA)):
        return True
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xFE in (*_MPEG_VERSIONS, *_ADTS)


def has_header(head: bytes, known: Iterable[tuple[bytes, int]] = _MAGIC) -> bool:
    """Whether a file that starts with `head` says what it is in one of the `known` ways: without others, that it is a
    kind of sound that libsndfile knows, other than MP3."""
    return any(head[at : at + len(magic)] == magic for magic, at in known)


def is_media(head: bytes) -> bool:
    """Whether a file is one of those that need the extra `media`: m4a, AAC, WMA and video."""
    adts = len(head) > 1 and head[0] == 0xFF and head[1] & 0xFE in _ADTS
    return adts or has_header(head, _MEDIA)


def is_midi(head: bytes) -> bool:
    """Whether a file that starts with `head` is a Standard MIDI File, bare or in RIFF."""
    return head.startswith(b"MThd") or (head.startswith(b"RIFF") and head[8:12] == b"RMID")


def output_format(path: PurePath, rate: int, channels: int, source: AudioFormat, peak: float = 1.0) -> AudioFormat:
    """The format that the name `path` asks for, with the source's bit depth where it has one to keep.

    rate: samples a second. peak: of the samples, as a share of full scale; what goes beyond it, as decoded MP3s and
    mixes in floats do, is stored as floats. Raises `InputError` for a suffix that cannot be written, and for a rate, a
    number of channels or a peak that the format cannot hold.
    """
    container = CONTAINERS.get(path.suffix.lower())
    if container is None:
        raise InputError(
            f"{path}: {path.suffix or 'no suffix'} cannot be written; choose one of {', '.join(CONTAINERS)}"
        )
    if channels > _MOST_CHANNELS[container]:
        raise InputError(
            f"{path}: {container} holds at most {_MOST_CHANNELS[container]} channels, the song has {channels}; "
            "choose a name that ends in .wav"
        )
    if container == "MP3" and rate not in _MP3_RATES:
        rates = ", ".join(str(r) for r in _MP3_RATES)
        raise InputError(f"{path}: MP3 holds {rates} Hz, the song has {rate} Hz; choose a name that ends in .wav")
    if container != "MP3" and rate > _HIGHEST_RATE[container]:
        raise InputError(
            f"{path}: {container} holds at most {_HIGHEST_RATE[container]} Hz, the song has {rate} Hz; "
            "choose a name that ends in .wav"
        )
    known = _SUBTYPES[container]
    if source.subtype in known:
        return AudioFormat(container, source.subtype)
    if source.subtype in ("PCM_S8", "PCM_U8") and container in ("WAV", "FLAC", "AIFF"):
        return AudioFormat(container, "PCM_U8" if container == "WAV" else "PCM_S8")
    if peak > 1.0 and container not in LOSSY:
        if "FLOAT" not in known:
            raise InputError(
                f"{path}: {container} holds nothing beyond full scale, the song goes {20 * math.log10(peak):.2g} dB "
                "beyond it; choose a name that ends in .wav"
            )
        return AudioFormat(container, "FLOAT")
    return AudioFormat(container, "PCM_24" if "PCM_24" in known else known[0])
