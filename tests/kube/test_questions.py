"""What only the API server knows (the time, who we are, our rights), and what it never hears."""

import json
from datetime import UTC, datetime

import pytest

from svcat.errors import AuthFailed, Forbidden, Invalid, SvcatError, Unreachable
from svcat.kube.client import KubeObjects
from svcat.objects import CONFIG_MAP
from tests.kube.calls import BOX, FakeClock
from tests.kube.servers import ScriptedServer, always, http, status


def test_the_time_is_the_servers_and_goes_on(
    api: KubeObjects, server: ScriptedServer, clock: FakeClock
) -> None:
    first = api.now()
    clock.at += 90.7

    assert first == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert api.now() == datetime(1994, 11, 6, 8, 51, 7, tzinfo=UTC)
    assert [asked.target for asked in server.asked] == ["/version"]


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 1994 08:49:37 GMT"])
def test_a_server_without_the_time_is_said_to_be_odd(
    api: KubeObjects, server: ScriptedServer, date: str
) -> None:
    server.answer = always(http(200, {"major": "1"}, Date=date))

    with pytest.raises(Unreachable, match="without a date"):
        api.now()


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (http(401, status(401, "Unauthorized")), AuthFailed, "does not accept"),
        (http(403, status(403, "Forbidden")), Forbidden, "not allowed"),
        (http(401, b"who are you?"), AuthFailed, "does not accept"),
        (http(404, b"404 page not found"), Unreachable, "not the Kubernetes API"),
        (http(200, {"major": "1"}), Unreachable, "not the Kubernetes API"),
    ],
)
def test_a_version_that_is_not_told_is_refused_for_what_it_is(
    api: KubeObjects, server: ScriptedServer, answer: bytes, kind: type[SvcatError], words: str
) -> None:
    server.answer = always(answer)

    with pytest.raises(kind, match=words):
        api.server_version()


REVIEW = {
    "kind": "SelfSubjectReview",
    "status": {"userInfo": {"username": "ada", "groups": ["dev"], "extra": {"k": ["v"]}}},
}


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_who_we_are_is_asked_in_every_version(
    api: KubeObjects, server: ScriptedServer, version: str
) -> None:
    path = f"/apis/authentication.k8s.io/{version}/selfsubjectreviews"
    server.answer = lambda asked: (
        http(201, REVIEW) if asked.target == path else http(404, b"404 page not found")
    )

    user = api.whoami()

    assert user is not None
    assert (user.username, user.groups, user.extra) == ("ada", ("dev",), (("k", ("v",)),))


@pytest.mark.parametrize(
    "answer", [http(404, b"404 page not found"), http(403, status(403, "Forbidden"))]
)
def test_a_server_that_cannot_or_will_not_tell_who_we_are(
    api: KubeObjects, server: ScriptedServer, answer: bytes
) -> None:
    server.answer = always(answer)

    assert api.whoami() is None


def test_a_right_is_asked_for_in_full(api: KubeObjects, server: ScriptedServer) -> None:
    server.answer = always(
        http(201, {"kind": "SelfSubjectAccessReview", "status": {"allowed": True}})
    )

    assert api.can_i("create", CONFIG_MAP, "shop", "box")
    assert json.loads(server.asked[0].body)["spec"]["resourceAttributes"] == {
        "verb": "create",
        "group": "",
        "resource": "configmaps",
        "namespace": "shop",
        "name": "box",
    }


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a%2fb"])
def test_a_name_that_would_change_the_url_is_never_sent(
    api: KubeObjects, server: ScriptedServer, name: str
) -> None:
    for call in (
        lambda: api.get(CONFIG_MAP, "shop", name),
        lambda: api.delete(CONFIG_MAP, "shop", name),
        lambda: api.get(CONFIG_MAP, name, "box"),
        lambda: api.create(CONFIG_MAP, {"metadata": {"namespace": "shop", "name": name}}),
        lambda: api.create(CONFIG_MAP, {"metadata": {"namespace": name, "name": "box"}}),
    ):
        with pytest.raises(Invalid):
            call()

    assert server.asked == []


def test_a_name_with_odd_characters_stays_one_segment(
    api: KubeObjects, server: ScriptedServer
) -> None:
    server.answer = always(http(200, BOX))

    api.get(CONFIG_MAP, "shop", "a?b#c d:é")

    assert server.asked[0].target == "/api/v1/namespaces/shop/configmaps/a%3Fb%23c%20d%3A%C3%A9"


def test_a_text_that_is_not_unicode_is_never_sent(api: KubeObjects, server: ScriptedServer) -> None:
    with pytest.raises(Invalid, match="not Unicode"):
        api.create(
            CONFIG_MAP, {"metadata": {"namespace": "shop", "name": "x"}, "data": {"a": "\udcff"}}
        )

    assert server.asked == []


def test_a_blind_replace_is_never_sent(api: KubeObjects, server: ScriptedServer) -> None:
    with pytest.raises(ValueError, match="resourceVersion"):
        api.replace(CONFIG_MAP, {"metadata": {"namespace": "shop", "name": "box"}})

    assert server.asked == []
