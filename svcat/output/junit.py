"""A conformance report as JUnit's XML, which CI systems read. Pure.

Only what breaks a MUST is a failure there, so that the colour agrees with the exit code; other
failures are skipped tests whose message says so.
"""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from svcat.output.conformance import left_behind_lines, received
from svcat.output.safe import safe
from svcat.output.view import JsonObject, Text, View

_SUITE = "svcat.broker.check"
_LIMIT = 4096


def junit_view(facts: JsonObject) -> View:
    """Return the View of a report (``conformance.Report.facts``) whose text is the XML."""
    return View({}, (Text(_xml(facts)),))


def _xml(facts: JsonObject) -> str:
    cases = [*map(_case, facts["checks"]), *_cleaning(facts)]
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
    }
    suites = ET.Element("testsuites", {"name": _SUITE, **counts})
    suite = ET.SubElement(suites, "testsuite", {"name": _text(facts["url"]), **counts})
    suite.extend(cases)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}'


def _case(check: JsonObject) -> ET.Element:
    theme = check["id"].partition(".")[0]
    case = ET.Element("testcase", {"name": check["id"], "classname": f"{_SUITE}.{theme}"})
    reason = _text(check.get("reason", ""))
    if check["result"] == "skip":
        ET.SubElement(case, "skipped", {"message": reason})
    elif check["result"] == "fail" and check["level"] == "MUST":
        failure = ET.SubElement(case, "failure", {"message": reason, "type": check["level"]})
        failure.text = _text("\n".join(_details(check)))
    elif check["result"] == "fail":
        ET.SubElement(case, "skipped", {"message": f"{check['level']} not met: {reason}"})
    return case


def _cleaning(facts: JsonObject) -> Iterator[ET.Element]:
    """Give a failed test if something could not be deleted."""
    lines = list(left_behind_lines(facts))
    if lines:
        case = ET.Element("testcase", {"name": "cleaning", "classname": _SUITE})
        failure = ET.SubElement(case, "failure", {"message": "not deleted", "type": "left behind"})
        failure.text = _text("\n".join(lines))
        yield case


def _details(check: JsonObject) -> Iterator[str]:
    yield f"Section: {check['section']}"
    yield f"Expected: {check['title']}"
    if "sent" in check:
        yield f"Sent: {check['sent']}"
        yield f"Received: {received(check)}"


def _text(text: str) -> str:
    return safe(text, limit=_LIMIT)  # XML knows no control characters, not even escaped
