"""What is kept of a run reads back as it was, in either language."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from govctl.evidence.encode import info_document, read_info, to_bytes
from govctl.evidence.model import Probe, RunInfo, Versions
from govctl.texts import Bilingual, msg


def test_a_probes_question_keeps_both_languages() -> None:
    question = Bilingual("The page answers", vi="Trang chủ trả lời")
    probe = Probe("portal.web", "portal-web-1", question, "pass", msg("in {ms} ms", ms=3), ("200",))
    call = Probe("bp-1", "bp-1", msg("{caller} calls", caller="bp-1"), "fail", msg("no answer"))
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    info = RunInfo(
        id="20261122T000000.000Z-000000",
        estate="phu-tho",
        estate_digest="0" * 64,
        started=moment,
        finished=moment,
        versions=Versions("0.1.0", "0" * 64, {}),
        who="officer@desk",
        command=("scan",),
        language="vi",
        targets=("portal-web-1",),
        probes=(probe, call),
    )
    read = read_info(json.loads(to_bytes(info_document(info))))
    assert read == info
    assert read.probes[0].question.render("vi") == "Trang chủ trả lời"
