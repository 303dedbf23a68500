"""Pure judgement: facts and arguments in, verdicts out.

What is meant for use from Python, loaded when it is first used: `choose` says which checks a
baseline, a profile or a pattern means; `wishes` what a scan must bring for them; `findings` judges.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policies.library import Wishes, findings, wishes
    from policies.model import Check, Finding, Profile, Verdict
    from policies.profiles import Chosen, choose
    from policies.site import use
    from policies.target import TargetContext

__all__ = [
    "Check",
    "Chosen",
    "Finding",
    "Profile",
    "TargetContext",
    "Verdict",
    "Wishes",
    "choose",
    "findings",
    "use",
    "wishes",
]

_PLACES = {
    "Check": "model",
    "Chosen": "profiles",
    "Finding": "model",
    "Profile": "model",
    "TargetContext": "target",
    "Verdict": "model",
    "Wishes": "library",
    "choose": "profiles",
    "findings": "library",
    "use": "site",
    "wishes": "library",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
