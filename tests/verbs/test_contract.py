"""Every command's ``-o json`` is as the published schemas say; a new command needs a line here."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.brokers.hostile import HostileBroker, answer
from tests.cli.test_help import COMMANDS
from tests.cli_updates.svcat import DRAFT_7, Svcat, ToldBroker, plan, schemas
from tests.verbs.contract import SCHEMAS, complaints, validator

PROVISION = "--class thing --plan small"
RULES = {
    "$schema": DRAFT_7,
    "properties": {"size": {"type": "integer", "description": "how large", "minimum": 1}},
}
# One story in which every command shows something: the command line, and the kind that it shows.
STORY = (
    ("version --client", "Version"),
    ("get instances", "InstanceList"),
    ("register b --url {url}", "Broker"),
    ("get brokers", "BrokerList"),
    ("describe broker b", "Broker"),
    ("sync broker b", "Broker"),
    ("marketplace", "ClassList"),
    ("search thing", "PlanList"),
    ("compare thing/small thing/large", "Comparison"),
    ("get classes", "ClassList"),
    ("describe class thing", "Class"),
    ("create class mine --from thing -p size=3", "Class"),
    ("delete class mine", "Class"),
    ("get plans", "PlanList"),
    ("describe plan thing/small", "Plan"),
    ("explain thing/small", "ParameterList"),
    (f"provision db {PROVISION} -p size=2 --label team=web", "Instance"),
    (f"provision db {PROVISION} -p size=2 --label team=web", "Instance"),
    (f"provision x {PROVISION} --dry-run=client", "DryRun"),
    ("get instances", "InstanceList"),
    ("get instance db", "Instance"),
    ("describe instance db", "Instance"),
    ("update db --plan large", "Instance"),
    ("update instance db --plan small", "Instance"),
    ("upgrade db", "Instance"),
    ("touch instance db", "Instance"),
    ("sync instance db", "Instance"),
    ("broker update b --relist-behavior manual", "Broker"),
    ("broker curl b /v2/catalog", "BrokerAnswer"),
    ("bind db --dry-run=client", "DryRun"),
    ("bind db --secret params", "Binding"),
    ("get bindings", "BindingList"),
    ("describe binding db", "Binding"),
    ("describe binding db --show-secrets", "Binding"),
    ("update binding db --provider us", "Binding"),
    ("bind db --repair", "Binding"),
    ("update binding db --map name=user", "Binding"),
    ("rotate db", "Binding"),
    ("export --show-secrets", "List"),
    ("create user-provided own --from-secret params", "Instance"),
    ("deprovision own", "Instance"),
    ("events", "EventList"),
    ("tree", "Tree"),
    ("status", "Overview"),
    ("doctor", "FindingList"),
    ("wait binding/db", "Binding"),
    ("unbind db", "Binding"),
    ("deprovision db --dry-run=client", "DryRun"),
    ("deprovision db", "Instance"),
    (f"provision slow {PROVISION} --no-wait", "Instance"),
    ("status", "Overview"),
    ("resume", "ResumedList"),
    ("abandon instance/slow --yes", "Abandoned"),
    ("orphans list", "OrphanList"),
    ("orphans clean --abandoned --yes", "OrphanList"),
    ("deregister b", "Broker"),
    ("broker check {url}", "ConformanceReport"),
    ("completion bash", "CompletionScript"),
    ("install plugin -p bin", "Plugin"),
    ("help states", "HelpTopic"),
    ("get instance nothing", "Error"),
    ("get instances --nonsense", "Error"),
)
OTHERWISE = {
    ("broker", "serve"): "goes on for ever",
    ("env",): "prints the variables themselves; tests/environment",
    ("run",): "is the program that it runs; tests/environment",
    ("inject",): "needs workloads; test_doctor_on_a_server.py",
    ("eject",): "needs workloads; test_doctor_on_a_server.py",
}


def documents(out: str) -> Iterator[Any]:
    """Every JSON document in ``out``."""
    decoder, position = json.JSONDecoder(), 0
    while out[position:].strip():
        document, end = decoder.raw_decode(out[position:].lstrip())
        yield document
        position += len(out[position:]) - len(out[position:].lstrip()) + end


def told(hostile: HostileBroker) -> ToldBroker:
    small = plan(
        "small",
        free=False,
        binding_rotatable=True,
        schemas=schemas(create=RULES, bind={"$schema": DRAFT_7}),
        maintenance_info={"version": "1.0.0"},
        metadata={"bullets": ["fast"], "costs": [{"amount": {"eur": 5.0}, "unit": "MONTHLY"}]},
    )
    broker = ToldBroker(
        hostile, [small, plan("large", binding_rotatable=True, maximum_polling_duration=60)]
    )
    broker.offering = {
        "instances_retrievable": True,
        "tags": ["sql"],
        "metadata": {"displayName": "Thing"},
    }
    return broker


def test_the_story_tells_of_every_command() -> None:
    told_of = {
        path for path in COMMANDS for line, _ in STORY if line.split()[: len(path)] == [*path]
    }
    aliases = {("get", "instance")}

    assert {*COMMANDS} - {*told_of} - {*OTHERWISE} - aliases == set()
    assert {*OTHERWISE} <= {*COMMANDS}


def test_every_command_keeps_the_contract(svcat: Svcat) -> None:
    svcat.put_secret("params", {"user": '"u"'})
    with HostileBroker() as hostile:
        broker = told(hostile)
        wrong = {}
        for line, kind in STORY:
            if "--no-wait" in line:
                broker.tell("PUT", answer(202, {"operation": "op"}))
                broker.tell("GET", answer(200, {"state": "in progress"}))
                broker.tell("GET", answer(200, {"state": "succeeded"}))
            words = line.format(url=broker.url).split()
            done = svcat.run(*words, "-o", "json", code=None)
            shown = list(documents(done.out))
            problems = [each for document in shown for each in complaints(document)]
            if problems or not shown or shown[0]["kind"] != kind:
                wrong[line] = (problems, [each["kind"] for each in shown], done.err)

    assert not wrong, json.dumps(wrong, indent=1)


def test_schemas_notice_a_member_too_many_and_one_missing() -> None:
    good = {
        "apiVersion": "svcat.dev/v1",
        "kind": "Error",
        "reason": "NotFound",
        "message": "no",
        "exitCode": 5,
    }

    assert complaints(good) == []
    assert complaints(good | {"secret": "x"}) != []
    assert complaints({key: value for key, value in good.items() if key != "exitCode"}) != []


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("[A-Z]*.json")), ids=lambda file: file.stem)
def test_every_schema_is_one_and_is_named_in_the_reference(file: Any) -> None:
    validator(file.stem)

    text = (SCHEMAS.parent / "json.md").read_text(encoding="utf-8")

    kind = file.stem.removesuffix("List")
    assert (f"| {kind} |" if kind else "`List`") in text  # the latter is Kubernetes' own
