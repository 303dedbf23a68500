"""One self-contained page for a run: both languages, no outside resource, readable without scripts.

The texts and names in it may come from hostile machines: everything is escaped, hidden characters
are made visible, and the page's own policy lets only its own script run.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from govctl.evidence.model import Run
from govctl.reports import bilingual
from govctl.reports.context import Context
from govctl.reports.decisions import when
from govctl.reports.hardening import WITHHELD_WORDS
from govctl.reports.map import draw
from govctl.reports.material import Material
from govctl.reports.outside import material_outside
from govctl.reports.page_view import PageView
from govctl.reports.words import GROUP_WORDS, KIND_WORDS, SEVERITY_WORDS, STATUS_WORDS, TIER_WORDS
from govctl.texts import msg

_PAGE = Path(__file__).parent / "page"


def render(run: Run, context: Context) -> bytes:
    """The page of a run; the context's language is shown first."""
    material = context.material() if context.material else material_outside(run, context)
    spoken = replace(material.run, language=context.language)
    return render_html(replace(material, run=spoken)).encode("utf-8", "replace")


def render_html(material: Material) -> str:
    """The page as text, to be written in UTF-8; the same material gives the same bytes."""
    style = (_PAGE / "style.css").read_text(encoding="utf-8")
    script = (_PAGE / "script.js").read_text(encoding="utf-8")
    view = PageView(material)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            view=view,
            run=material.run,
            estate=material.estate,
            tree=view.tree,
            map=draw(view.tree),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            style_hash=_digest(style),
            script_hash=_digest(script),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        finalize=bilingual.shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=bilingual.translated,
        say=bilingual.say,
        named=bilingual.named,
        moment=bilingual.moment,
        when=when,
        statuses=STATUS_WORDS,
        severities=SEVERITY_WORDS,
        tiers=TIER_WORDS,
        kinds=KIND_WORDS,
        fields=GROUP_WORDS,
        withheld=WITHHELD_WORDS,
        accepted=msg("accepted risk"),
    )
    return environment


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
