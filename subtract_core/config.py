"""Configurations: dataclasses filled from YAML or JSON, where a typo is an error and not a default."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import yaml

from subtract_core.errors import ConfigError, InputError, MsubError
from subtract_core.stems import STEMS, Stem

C = TypeVar("C")


def check_least(config: Any, **least: float) -> None:
    """Raise `ValueError` for the first of the named fields of a dataclass that is less than it may be, or infinite."""
    for name, number in least.items():
        if not number <= getattr(config, name) < math.inf:
            raise ValueError(f"{name} is {getattr(config, name)}; choose {number:g} or more")


def check_shares(config: Any, *names: str) -> None:
    """Raise `ValueError` for the first of the named fields that is no share of 0 to 1."""
    for name in names:
        if not 0 <= getattr(config, name) <= 1:
            raise ValueError(f"{name} is {getattr(config, name)}; choose 0 to 1")


def check_weights(field: str, weights: Mapping[str, float], others: float = 0.0) -> None:
    """Raise `InputError` for a name that is no stem's and `ValueError` for weights that nothing can be drawn by.

    others: the weight of stems that are not named."""
    named = {Stem.parse(name, field): weight for name, weight in weights.items()}
    values = [named.get(stem, others) for stem in STEMS]
    if not all(0 <= value < math.inf for value in values) or not any(values):
        raise ValueError(f"{field} is {dict(weights)}; choose 0 or more for each, and more than 0 for one")


def name_stems(config: Any, *names: str) -> None:
    """Bring the keys of the named fields of a dataclass, mappings by stem, to the names that stems go by: nobody would
    look up `Bass`. Raises `InputError` for a name that is no stem's and `ValueError` for a stem that is there twice.
    """
    for name in names:
        given = getattr(config, name)
        named = {Stem.parse(stem, name).value: value for stem, value in given.items()}
        if len(named) < len(given):
            raise ValueError(f"{name} is {dict(given)}; name each stem once")
        object.__setattr__(config, name, named)  # they are frozen


@contextmanager
def naming(field: str) -> Iterator[None]:
    """Within, what is wrong with the folder or file that a config's `field` names is said with the field."""
    try:
        yield
    except MsubError as error:
        raise InputError(f"{field}: {error}") from None


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key that a mapping holds twice is an error: the first of them would be dropped without a word."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen = set[tuple[str, str]]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if (key.tag, key.value) in seen:
                    raise yaml.MarkedYAMLError(problem=f"{key.value!r} is there twice", problem_mark=key.start_mark)
                seen.add((key.tag, key.value))
        return node


def load_yaml(kind: type[C], path: str | Path) -> C:
    """Read a YAML file as the dataclass `kind`; raise `ConfigError` naming the file and the field."""
    return from_dict(kind, read_yaml(path) or {}, source=str(path))


def read_yaml(path: str | Path) -> Any:
    """What a YAML file holds; raises `ConfigError` naming the file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    try:
        return yaml.load(text, _UniqueKeys)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None


def from_dict(kind: type[C], raw: Any, source: str, prefix: str = "") -> C:
    """Build the dataclass `kind` from a mapping; unknown, missing and ill-typed fields raise `ConfigError`."""
    where = f"{source}: {prefix.rstrip('.') or 'the file'}"
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: a mapping of fields is needed, not {raw!r}")
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(raw) - set(fields), key=str)
    if unknown:
        raise ConfigError(f"{source}: unknown field {prefix}{unknown[0]}; the fields are {', '.join(fields)}")
    values = {name: _convert(hints[name], value, source, prefix + name) for name, value in raw.items()}
    missing = [
        n
        for n, f in fields.items()
        if n not in values and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise ConfigError(f"{source}: field {prefix}{missing[0]} is missing")
    try:
        return kind(**values)
    except (ValueError, MsubError) as error:  # a dataclass's own __post_init__ says which field and why
        raise ConfigError(f"{source}: {prefix}{error}") from None


def _convert(hint: Any, value: Any, source: str, name: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_dict(hint, value, source, prefix=name + ".")
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        return _convert(next(a for a in arguments if a is not type(None)), value, source, name)
    if origin in (list, tuple) and isinstance(value, (list, tuple)):
        return origin(_convert(arguments[0], v, source, f"{name}[{i}]") for i, v in enumerate(value))
    if origin is dict and isinstance(value, dict):
        _check_keys(value, f"{source}: field {name}")
        return {k: _convert(arguments[1], v, source, f"{name}.{k}") for k, v in value.items()}
    if hint is float and isinstance(value, (int, str)) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):  # YAML 1.1 takes 1e-3, which has no point, for a text
            return float(value)
    plain = origin or hint
    if not isinstance(value, plain) or (isinstance(value, bool) and plain is not bool):
        raise ConfigError(f"{source}: field {name} is {value!r}; a value of type {_type_name(hint)} is needed")
    return value


def _check_keys(value: dict[Any, Any], where: str) -> None:
    """Raise `ConfigError` for a key that is no text: to YAML, 2024 is a number and yes a truth."""
    for key in value:
        if not isinstance(key, str):
            raise ConfigError(f"{where} has the key {key!r}, which is no text; put it in quotes")


def _type_name(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint)) if typing.get_origin(hint) is None else str(hint)
