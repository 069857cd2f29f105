"""What the explorer needs of the simulated cluster, on top of the contract."""

from typing import NoReturn

import pytest

from svcat.errors import AlreadyExists, NotFound, Unreachable
from svcat.objects import CONFIG_MAP, SECRET, JsonObject, Resource
from tests.sim.objects import SimulatedObjects, no_effect

Call = tuple[str, str, str, str]


def _box(name: str = "box", **fields: object) -> JsonObject:
    return {"metadata": {"name": name, "namespace": "default"}, **fields}


def _lose(verb: str, resource: Resource, namespace: str, name: str) -> NoReturn:
    raise Unreachable(f"{verb} {name} lost")


def test_a_lost_request_has_no_effect() -> None:
    objects = SimulatedObjects()
    objects.before = _lose
    with pytest.raises(Unreachable):
        objects.create(CONFIG_MAP, _box())
    objects.before = no_effect

    with pytest.raises(NotFound):
        objects.get(CONFIG_MAP, "default", "box")


def test_a_lost_answer_has_its_effect() -> None:
    objects = SimulatedObjects(after=_lose)

    with pytest.raises(Unreachable):
        objects.create(CONFIG_MAP, _box(data={"a": "1"}))

    objects.after = no_effect
    assert objects.get(CONFIG_MAP, "default", "box")["data"] == {"a": "1"}


def test_a_refusal_can_be_lost_too() -> None:
    objects = SimulatedObjects()
    objects.create(CONFIG_MAP, _box())
    objects.after = _lose

    with pytest.raises(Unreachable) as caught:
        objects.create(CONFIG_MAP, _box())

    assert isinstance(caught.value.__context__, AlreadyExists)


def test_every_verb_is_seen_before_and_after() -> None:
    seen: list[tuple[str, Call]] = []
    objects = SimulatedObjects(
        before=lambda verb, resource, *place: seen.append(
            ("before", (verb, resource.kind, *place))
        ),
        after=lambda verb, resource, *place: seen.append(("after", (verb, resource.kind, *place))),
    )

    box = objects.create(CONFIG_MAP, _box())
    objects.replace(CONFIG_MAP, box | {"data": {"a": "1"}})
    objects.get(CONFIG_MAP, "default", "box")
    objects.list_page(CONFIG_MAP, "")
    objects.delete(CONFIG_MAP, "default", "box")
    objects.now()

    calls = [
        ("create", "ConfigMap", "default", "box"),
        ("replace", "ConfigMap", "default", "box"),
        ("get", "ConfigMap", "default", "box"),
        ("list", "ConfigMap", "", ""),
        ("delete", "ConfigMap", "default", "box"),
    ]
    assert seen == [(when, call) for call in calls for when in ("before", "after")]


def test_a_snapshot_can_be_gone_back_to_again_and_again() -> None:
    objects = SimulatedObjects()
    first = objects.create(CONFIG_MAP, _box(data={"a": "1"}))
    objects.advance(10)
    snapshot = objects.snapshot()
    lives = []
    for _ in range(2):
        objects.replace(CONFIG_MAP, objects.get(CONFIG_MAP, "default", "box") | {"data": {}})
        objects.delete(CONFIG_MAP, "default", "box")
        lives.append(objects.create(SECRET, _box()))
        objects.advance(10)
        objects.restore(snapshot)
        assert objects.get(CONFIG_MAP, "default", "box") == first

    assert lives[0] == lives[1]  # uids, versions and times come again, too


@pytest.mark.parametrize("strict", [True, False])
def test_two_runs_are_the_same(strict: bool) -> None:
    def run() -> list[JsonObject]:
        objects = SimulatedObjects(strict=strict)
        made = objects.create(SECRET, _box(stringData={"a": "1"}))
        return [made, objects.replace(SECRET, made | {"data": {"b": "Mg=="}})]

    assert run() == run()


def test_trusting_the_caller_changes_no_answer() -> None:
    answers = []
    for strict in (True, False):
        objects = SimulatedObjects(strict=strict)
        held = _box() | {"data": {"a": "1"}}
        held["metadata"] |= {"finalizers": ["svcat.dev/external"], "labels": {"l": "m"}}
        made = objects.create(CONFIG_MAP, held)
        same = objects.replace(CONFIG_MAP, made)
        objects.delete(CONFIG_MAP, "default", "box", uid=made["metadata"]["uid"])
        marked = objects.get(CONFIG_MAP, "default", "box")
        marked["metadata"]["finalizers"] = []
        answers.append([made, same, marked, objects.replace(CONFIG_MAP, marked)])
        assert objects.list_page(CONFIG_MAP, "").items == ()

    assert answers[0] == answers[1]
