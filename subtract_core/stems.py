"""The vocabulary of parts, shared by both backends."""

from enum import Enum

from subtract_core.choice import shown
from subtract_core.errors import InputError


class Stem(str, Enum):
    """A family of parts that can be taken out of a mix and put back.

    Drums, bass and guitar are their own families; the other families of General MIDI are folded into
    keys (pianos, organs, tuned percussion), strings (bowed, choirs, pads) and lead (brass, reeds, pipes,
    lead synthesizers). The order is part of the checkpoint format: models index stems by it.
    """

    DRUMS = "drums"
    BASS = "bass"
    GUITAR = "guitar"
    KEYS = "keys"
    STRINGS = "strings"
    LEAD = "lead"

    @property
    def number(self) -> int:
        """Position in the fixed order, 0-5."""
        return STEMS.index(self)

    @classmethod
    def parse(cls, value: "str | Stem", field: str = "stem") -> "Stem":
        """Return the stem called `value`; raise `InputError` naming `field` and the valid names."""
        try:
            return cls(value.lower() if isinstance(value, str) else value)
        except ValueError:
            names = ", ".join(s.value for s in cls)
            raise InputError(f"{field}: {shown(value)} is not known; choose one of {names}") from None


def asked_stem(instrument: "str | Stem | None", stem: "str | Stem | None", usual: Stem) -> Stem:
    """What is asked for by an argument that has two names, or the `usual`; raises `InputError` where both are given."""
    if instrument is not None and stem is not None:
        raise InputError("instrument, stem: mean the same; give one of them")
    if stem is not None:
        return Stem.parse(stem, "stem")
    return usual if instrument is None else Stem.parse(instrument, "instrument")


STEMS: tuple[Stem, ...] = tuple(Stem)
PITCHED: tuple[Stem, ...] = tuple(stem for stem in STEMS if stem is not Stem.DRUMS)
