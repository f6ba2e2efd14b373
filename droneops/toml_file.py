"""Reading TOML files into strict models whose errors name the key and the mend."""

from __future__ import annotations

import difflib
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from droneops.errors import ConfigError

MAX_BYTES = 1_000_000
"""A hand-written file is a few kilobytes; anything near this is the wrong file."""

Model = TypeVar("Model", bound="Strict")


class Strict(BaseModel):
    """A section that knows its keys: an unknown one is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def read_toml(path: Path, model: type[Model]) -> tuple[Model, bytes]:
    """The file as a model, and its bytes.

    Raises:
        ConfigError: the file is missing, too large, not TOML, or does not fit the model.
    """
    raw = _read(path)
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        what = f"not UTF-8 text at byte {error.start}"
        raise ConfigError(what, where=str(path), mend="save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not valid TOML: {error}", where=str(path)) from None
    try:
        return model.model_validate(table), raw
    except ValidationError as error:
        raise _config_error(error, path, model) from None


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ConfigError("is not a plain file", where=str(path), mend="give a TOML file")
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"larger than {MAX_BYTES} bytes, so not such a file", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _config_error(error: ValidationError, path: Path, model: type[BaseModel]) -> ConfigError:
    first, *others = error.errors(include_url=False, include_context=False, include_input=True)
    location = first["loc"]
    where = ".".join(str(part) for part in location)
    mend = f"and {len(others)} more" if others else ""
    if first["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(
            str(location[-1]), _keys_at(model, location[:-1]), n=1, cutoff=0.0
        )
        mend = f"did you mean {nearest[0]!r}?" if nearest else mend
        return ConfigError(f"unknown key {where!r}", where=str(path), mend=mend)
    if not location:
        return ConfigError(first["msg"].removeprefix("Value error, "), where=str(path), mend=mend)
    if first["type"] == "missing":
        return ConfigError(f"{where!r} is missing", where=str(path), mend=mend)
    given = "" if isinstance(first["input"], dict) else f", not {_shown(first['input'])}"
    told = first["msg"].removeprefix("Value error, ")
    return ConfigError(f"{where!r}: {told}{given}", where=str(path), mend=mend)


def _shown(value: object) -> str:
    try:
        return repr(value)[:60]
    except ValueError:
        return "a number of thousands of digits"


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys known at a place in the file, by walking the models that describe it."""
    for part in location:
        if isinstance(part, str) and part in model.model_fields:
            inner = _model_in(model.model_fields[part].annotation)
            if inner is None:
                return []
            model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for arg in typing.get_args(annotation) if (found := _model_in(arg))), None)
