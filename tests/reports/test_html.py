"""The page is one file, whole, harmless and readable in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from govctl.estate.frozen import Text
from govctl.estate.model import Estate
from govctl.estate.tailored import Addition, Change, Tailoring
from govctl.evidence.hardening import Change as Changed
from govctl.evidence.hardening import Due, FileDiff, Hardened
from govctl.reports import html, page_view
from govctl.reports.html import render_html
from govctl.reports.material import Material, Observation
from govctl.texts import msg
from policies.model import Profile
from policies.profiles import named_by
from policies.requirements import load
from tests.reports import contexts, examples

ESTATE = examples.estate()
CHECKS = examples.checks(20)
RUN = examples.run(ESTATE, CHECKS, silent=["server-dns-1"], left_out=["hall-07894"])
VOID = {"meta", "input", "br", "link", "img"}
EVIL = "</pre><script>alert(1)</script>\x1b[31m\u202e\x00\"'&"


class Page(HTMLParser):
    """Elements, ids, links, and the text of each language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[tuple[str, str | None]] = []
        self.words: dict[str | None, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            above = self.stack[-1][1] if self.stack else None
            own = dict(attrs).get("lang") if tag != "html" else None
            self.stack.append((tag, own or above))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        opened, _language = self.stack.pop()
        assert opened == tag, f"</{tag}> closes <{opened}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if self.stack:
            self.words.setdefault(self.stack[-1][1], []).append(data)

    def of(self, name: str) -> list[str]:
        return [value for _tag, attrs in self.tags if (value := attrs.get(name))]

    def text(self, language: str | None) -> str:
        return " ".join(self.words.get(language, ()))


def material(estate: Estate = ESTATE) -> Material:
    return Material(
        RUN,
        estate,
        CHECKS,
        (examples.baseline(),),
        dict.fromkeys(CHECKS, ("sshd", "login.defs")),
        examples.observe,
    )


@pytest.fixture(scope="module")
def text() -> str:
    return render_html(material())


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_every_element_is_closed_and_every_id_is_unique(page: Page) -> None:
    assert page.stack == []
    ids = page.of("id")
    assert len(ids) == len(set(ids))


def test_nothing_is_fetched_from_outside(text: str, page: Page) -> None:
    assert not {tag for tag, _attrs in page.tags} & {"link", "img", "iframe", "object", "base"}
    assert all(href.startswith("#") for href in page.of("href"))
    assert not page.of("src")
    assert "://" not in text
    assert "@import" not in text
    assert "url(" not in text


def test_the_page_lets_only_its_own_script_run(text: str, page: Page) -> None:
    (policy,) = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv")]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert text.count("<script>") == 1
    assert not [name for _tag, attrs in page.tags for name in attrs if name.startswith("on")]
    assert not page.of("style")


def test_every_link_leads_to_a_place_on_the_page(page: Page) -> None:
    assert {href[1:] for href in page.of("href")} <= set(page.of("id"))


def test_every_machine_unit_and_check_is_there(page: Page) -> None:
    shown = page.text(None)
    for machine in ESTATE.machines:
        assert machine.id in shown
    for check in CHECKS:
        assert check in shown
    for unit in ESTATE.units:
        assert unit.name.vi in shown + page.text("vi")


def test_both_languages_say_the_same_things(page: Page) -> None:
    vietnamese, english = page.text("vi"), page.text("en")
    for vi, en in (
        ("không đạt", "fail"),
        ("không kết nối được", "unreachable"),
        ("chưa đánh giá", "not evaluated"),
        ("Những gì chưa được xem xét", "What was not looked at"),
        (examples.ROOTS["vi"], examples.ROOTS["en"]),
    ):
        assert vi in vietnamese
        assert en in english
    counted = [sum(attrs.get("lang") == each for _tag, attrs in page.tags) for each in ("vi", "en")]
    assert counted[0] - 1 == counted[1]  # the page itself is in Vietnamese


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_language_of_the_run_is_shown_first(language: str) -> None:
    run = replace(RUN, language="vi" if language == "vi" else "en")
    page = Page(render_html(replace(material(), run=run)))
    (checked,) = [attrs["id"] for tag, attrs in page.tags if tag == "input" and "checked" in attrs]
    assert checked == language
    assert dict(page.tags)["html"]["lang"] == language


def test_what_was_not_looked_at_is_named(text: str) -> None:
    unseen = text[text.index('id="unseen"') : text.index('id="requirements"')]
    assert "server-dns-1" in unseen
    assert "hall-07894" in unseen


def test_a_failure_leads_to_its_raw_line_in_three_openings(text: str) -> None:
    unit = text.index('<details class="unit"')
    machine = text.index('<details class="machine"', unit)
    failure = text.index('<details class="f"', machine)
    between = text[failure : text.index("</details>", failure)]
    assert text[unit:failure].count("<details") == 2
    assert "<mark>permitrootlogin yes</mark>" in between
    assert "sshd -T" in between
    assert "2026-11-22T04:42:15Z" in between


def test_hostile_names_and_output_are_shown_and_harmless() -> None:
    machines = (ESTATE.machines[0].model_copy(update={"id": EVIL}), *ESTATE.machines[1:])
    units = (
        ESTATE.units[0].model_copy(update={"name": Text(vi=EVIL, en=EVIL)}),
        *ESTATE.units[1:],
    )
    estate = examples.changed(ESTATE, machines=machines, units=units)
    first = replace(
        RUN.findings[0], target=EVIL, status="fail", evidence=(EVIL,), reason=msg("{x}", x=EVIL)
    )
    hostile = replace(
        material(estate),
        run=replace(RUN, who=EVIL, targets=(EVIL,), findings=(first,), command=(EVIL,)),
        observe=lambda _target: {"sshd": Observation(EVIL, EVIL, EVIL, 1)},
    )
    text = render_html(hostile)
    page = Page(text)
    assert page.stack == []
    assert text.count("<script") == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", text)
    assert "␛[31m⟨202E⟩␀" in page.text(None)


def test_a_machine_outside_the_estate_is_shown(text: str) -> None:
    ghost = replace(RUN.findings[0], target="ghost-1")
    run = replace(RUN, targets=(*RUN.targets, "ghost-1"), findings=(*RUN.findings, ghost))
    page = Page(render_html(replace(material(), run=run)))
    assert "ghost-1" in page.text(None)
    assert "targets that the estate does not know" in page.text("en")


def test_no_percentage_is_shown(page: Page) -> None:
    assert not re.search(r"\d\s*%", page.text("vi") + page.text("en") + page.text("vi-VN"))


def test_the_same_material_gives_the_same_page(text: str) -> None:
    assert render_html(material()) == text


def test_what_an_estate_asks_for_itself_is_shown_with_whose_it_is() -> None:
    own = Addition(key="own.guests", clause="QĐ 15", text=Text(vi="Khách", en="Guests"), levels=(),
                   threshold="", period="", evidence="document", group="own")  # fmt: skip
    change = Change(key="log.retention", threshold="log_retention>=24 months")
    said = {"dhcp": "addresses are fixed"}
    entry = Tailoring(unit=None, system=None, changes=(change,), additions=(own,), has_no=said)
    estate = examples.changed(ESTATE, tailoring=(entry,), baselines=("tcvn14423-2026",))
    page = Page(render_html(replace(material(estate), baselines=(load("tcvn14423-2026"),))))
    assert page.stack == []
    assert len(page.of("id")) == len(set(page.of("id")))
    everything = " ".join(page.text(language) for language in (None, "en"))
    for text in (f"{ESTATE.id}:QĐ 15", "Guests", "log_retention>=24 months (estate)",
                 "the estate says so: estate: addresses are fixed"):  # fmt: skip
        assert text in everything, text


def test_an_empty_run_is_no_success() -> None:
    run = replace(RUN, targets=(), findings=(), probes=())
    page = Page(render_html(replace(material(), run=run, baselines=())))
    assert "Not everything was looked at." in page.text("en")
    assert "No service was asked for an answer in this run." in page.text("en")


def test_a_large_run_stays_small() -> None:
    communes = [(f"{n:05d}", f"Xã {n}", 21 + n / 300, 105 + (n * 7 % 50) / 50) for n in range(146)]
    estate, checks = examples.estate(communes), examples.checks(70)
    run = examples.run(estate, checks, silent=["r-00003"])
    assert len(estate.machines) > 300
    sources = {check: (f"source-{n % 25}", f"source-{n % 24}") for n, check in enumerate(checks)}
    output = Observation("cat x", "2026-11-22T04:42:15Z", "a line of some length\n" * 300, 0)
    seen = {f"source-{n}": output for n in range(25)}
    large = Material(run, estate, checks, (examples.baseline(),), sources, lambda _target: seen)
    assert len(render_html(large).encode()) < 15_000_000


def test_a_profile_is_shown_by_section_with_what_was_not_looked_at() -> None:
    sections = {"cis": frozenset({"5.1.0", "5.1.99"})}
    profile = Profile("cis-debian12:l1-server", {"en": "CIS", "vi": "CIS"}, sections)
    page = Page(render_html(replace(material(), profiles=(profile,))))
    assert "profiles" in page.of("id")
    assert page.stack == []
    assert {href[1:] for href in page.of("href")} <= set(page.of("id"))
    assert "Profiles by section" in page.text("en")
    assert "Hồ sơ theo từng mục" in page.text("vi")
    assert "5.1.99" in page.text(None)


def test_what_hardening_changed_stands_under_its_machine_and_is_harmless() -> None:
    target = ESTATE.machines[0].id
    check = next(iter(CHECKS))
    change = Changed("sshd", f"Write {EVIL}", "changed",
                    (FileDiff("/etc/x", f"-a\n+{EVIL}"), FileDiff("/etc/shadow", "", "secret")),
                    (EVIL,))  # fmt: skip
    host = Hardened(target, (Due(check, "sshd", msg("{found} seen", found=EVIL)),), (change,),
                    (EVIL,))  # fmt: skip
    text = render_html(replace(material(), hardened={target: host}))
    page = Page(text)
    assert "<script>alert" not in text and "\x1b" not in text
    assert text.count("changed by hardening before this scan") == 1
    assert "-a\n+</pre>" in page.text(None)
    assert "may hold secrets" in page.text("en") or "may hold secrets" in page.text(None)
    assert render_html(material()).count("changed by hardening") == 0


def test_a_large_run_names_what_holds_and_says_where_its_reasons_are(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_view, "_MANY", 10)
    brief = render_html(material())
    page = Page(brief)
    assert page.stack == []
    assert "So many results do not fit on a page" in brief
    assert "So many results do not fit on a page" not in text
    assert len(brief) < len(text)
    for finding in RUN.findings:
        assert f'">{finding.check}</a>' in brief
    failing = [one for one in RUN.findings if one.status == "fail"]
    assert brief.count('<p class="why">') == text.count('<p class="why">') >= len(failing)


def test_a_page_without_an_estate_has_its_targets_and_every_link_on_it() -> None:
    outside = contexts.outside()
    run = replace(RUN, estate=None, estate_digest=None, probes=())
    page = Page(html.render(run, outside).decode())
    assert page.stack == []
    assert {href[1:] for href in page.of("href")} <= set(page.of("id"))
    assert "Machines outside any estate" in page.text("en") + page.text(None)
    assert "h-map" not in page.of("id")
    assert "standing" not in page.of("id")
    assert not any("the estate" in words for words in page.words["en"])


@pytest.mark.parametrize("named", [("cis-debian12:l1-server",), ()])
def test_requirements_stand_on_a_page_unless_profiles_alone_judge(named: tuple[str, ...]) -> None:
    run = replace(RUN, estate=None, estate_digest=None, probes=())
    asked = contexts.outside(baselines=(), profiles=named_by(named))
    page = Page(html.render(run, asked).decode())
    assert ("requirements" in page.of("id")) is not bool(named)
    assert {href[1:] for href in page.of("href")} <= set(page.of("id"))
