"""What a baseline is: title, act, since when, for whom; data beside its table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from govctl.errors import InputError, Problem
from govctl.texts import _
from policies.requirements import path_of

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class About(BaseModel):
    """A file `<baseline>.yaml`; texts by language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Mapping[str, str]
    act: Mapping[str, str] = {}
    """What makes it binding."""
    in_force: str = ""
    """Since when, YYYY-MM-DD."""
    due_for: Mapping[str, str] = {}
    """To whom it applies, and by when."""
    replaces: tuple[str, ...] = ()
    replaced_by: str = ""
    wording: Mapping[str, str] = {}
    """Whose words its rows are in."""


def about(name: str) -> About:
    """What is said of a baseline; of an organisation's own without such a file, its name.

    InputError for a file that cannot be read.
    """
    path = path_of(name).with_suffix(".yaml")
    if not path.is_file():
        return About(title={"en": name, "vi": name})
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - safe
        return About.model_validate(_plain(data))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise _wrong(path, error.problem or _("this is not YAML"), line, column) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise _wrong(path, _("this is not YAML")) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _wrong(path, f"{where}: {first['msg']}") from None


def _plain(data: object) -> object:
    """Dates as they were written."""
    if isinstance(data, dict):
        return {str(key): str(value) if key == "in_force" else value
                for key, value in data.items()}  # fmt: skip
    return data


def _wrong(path: Path, message: str, line: int = 0, column: int = 0) -> InputError:
    return InputError([Problem(path, line, column, message)])
