"""Every text for people stands in both languages, from one source."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from govctl.reports.words import STATUS_WORDS
from govctl.texts import Bilingual, Message, current_language, language_of_locale, msg, use_language
from policies.model import STATUSES

ROOT = Path(__file__).parents[1]


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / "script" / "catalogues.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


catalogues = load_tool()


def test_every_text_has_vietnamese_with_the_same_placeholders_and_none_is_obsolete() -> None:
    source = catalogues.texts_of_source()
    vietnamese, conflicts = catalogues.translations()
    assert len(source) > 100
    assert conflicts + catalogues.problems(source, vietnamese) == []


@pytest.mark.parametrize(
    ("vietnamese", "problem"),
    [
        ({"{count} machines": "{count} máy"}, None),
        ({}, "no Vietnamese for"),
        ({"{count} machines": "{number} máy"}, "other placeholders"),
        ({"{count} machines": "máy"}, "other placeholders"),
        ({"{count} machines": "{count} máy", "gone": "mất"}, "no longer in the source"),
    ],
)
def test_the_tool_finds_what_is_wrong(vietnamese: dict[str, str], problem: str | None) -> None:
    found = catalogues.problems({"{count} machines": ["a.py"]}, vietnamese)
    assert [problem in line for line in found] == ([True] if problem else [])


def test_texts_are_found_in_code_and_in_templates(tmp_path: Path) -> None:
    room = tmp_path / "govctl"
    room.mkdir()
    (room / "code.py").write_text(
        '_("now {x}", x=1)\nmsg("kept" " long")\nMessage("raw")\nf("no")\n'
    )
    (room / "page.html.j2").write_text(
        '<p title="{{ _("in an attribute") }}">{{ _("a {b}", b=1) }}'
    )
    texts = catalogues.texts_of_source(tmp_path)
    assert list(texts) == ["a {b}", "in an attribute", "kept long", "now {x}", "raw"]


def test_a_fragment_counts_before_the_catalogue_and_two_that_differ_are_named(
    tmp_path: Path,
) -> None:
    (tmp_path / "parts").mkdir()
    catalogues.write({"a": [], "b": []}, {"a": "cũ", "b": "giữ"}, tmp_path / "govctl.po")
    catalogues.write({"a": []}, {"a": "mới"}, tmp_path / "parts" / "1.po")
    assert catalogues.translations(tmp_path) == ({"a": "mới", "b": "giữ"}, [])
    catalogues.write({"a": []}, {"a": "khác"}, tmp_path / "parts" / "2.po")
    assert catalogues.translations(tmp_path)[1] == ["2.po: 'a' is 'khác' here and 'mới' in 1.po"]


def test_the_words_of_verdicts_are_fixed() -> None:
    words = {status: STATUS_WORDS[status].text for status in STATUSES}
    assert {status: (word.render("vi"), word.render("en")) for status, word in words.items()} == {
        "pass": ("đạt", "pass"),
        "fail": ("không đạt", "fail"),
        "not-applicable": ("không áp dụng", "not applicable"),
        "not-evaluated": ("chưa đánh giá", "not evaluated"),
        "unreachable": ("không kết nối được", "unreachable"),
    }
    assert msg("accepted risk").render("vi") == "rủi ro được chấp nhận"


def test_a_value_is_not_filled_in_again() -> None:
    text = Message("{one} and {two}", {"one": "{two}", "two": "{one}"})
    assert text.render("en") == "{two} and {one}"


def test_a_hole_without_a_value_stays() -> None:
    assert Message("{one} {two}", {"one": "1"}).render("en") == "1 {two}"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "vi", "LANG": "en_GB"}, "vi"),
        ({"LC_ALL": "", "LANG": "vi"}, "vi"),
    ],
)
def test_the_locale_chooses_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of_locale(environment) == language


def test_the_language_of_the_run_can_be_set() -> None:
    before = current_language()
    try:
        use_language("vi")
        assert msg("pass").render() == "đạt"
        use_language("en")
        assert msg("pass").render() == "pass"
    finally:
        use_language(before)


def test_a_run_in_english_does_not_load_gettext() -> None:
    code = "import sys; from govctl.texts import _; _('x'); sys.exit('gettext' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_a_text_of_data_carries_both_languages_itself() -> None:
    text = Bilingual("{name} answers", {"name": "portal"}, vi="{name} trả lời")
    assert (text.render("en"), text.render("vi")) == ("portal answers", "portal trả lời")


def test_docstrings_of_commands_and_families_are_texts_too(tmp_path: Path) -> None:
    room = tmp_path / "govctl"
    room.mkdir()
    (room / "code.py").write_text(
        '@command("govctl x")\ndef x():\n    """Do x.\n\n    Twice,\n    if asked.\n    """\n'
        '@family("y", needs=())\ndef y():\n    """Ask y.\n\n    Not for people.\n    """\n'
        'def z():\n    """Not for people either."""\n'
    )
    assert list(catalogues.texts_of_source(tmp_path)) == ["Ask y.", "Do x.", "Twice, if asked."]
