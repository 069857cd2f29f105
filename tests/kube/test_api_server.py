"""What the cluster's adapter makes of answers, of their absence, and of others that answer."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcat.errors import (
    AlreadyExists,
    AuthFailed,
    Expired,
    Forbidden,
    Invalid,
    NotFound,
    Stale,
    SvcatError,
    Unreachable,
)
from svcat.http import Tls
from svcat.kube.client import KubeObjects
from svcat.kube.config import Cluster, load_cluster
from svcat.objects import CONFIG_MAP, NAMESPACE, SECRET
from tests.controlplane.certificates import Authority
from tests.kube.kubeconfigs import Writer
from tests.kube.servers import (
    Asked,
    ScriptedServer,
    always,
    http,
    in_turn,
    scripted_server,
    status,
)

CANARY = "cAnArY"
BOX = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"namespace": "shop", "name": "box", "uid": "u", "resourceVersion": "7"},
}
Environ = Callable[..., dict[str, str]]


@dataclass
class FakeClock:
    """Time passes only by sleeping."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds
        self.slept.append(seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def api(server: ScriptedServer, authority: Authority, clock: FakeClock) -> Iterator[KubeObjects]:
    cluster = Cluster(
        server=server.url,
        source="~/.kube/config",
        tls=Tls(ca_pem=authority.pem),
        headers={"Authorization": f"Bearer {CANARY}"},
        user_name="ada",
    )
    with KubeObjects(cluster, clock=clock) as objects:
        yield objects


def read(api: KubeObjects) -> object:
    return api.get(CONFIG_MAP, "shop", "box")


def list_(api: KubeObjects) -> object:
    return api.list_page(CONFIG_MAP, "")


def create(api: KubeObjects) -> object:
    return api.create(CONFIG_MAP, {"metadata": {"namespace": "shop", "name": "box"}})


def create_secret(api: KubeObjects) -> object:
    return api.create(SECRET, {"metadata": {"namespace": "shop", "name": "box"}})


def update(api: KubeObjects) -> object:
    return api.replace(CONFIG_MAP, {"metadata": {**BOX["metadata"], "uid": ""}})  # type: ignore[dict-item]


def delete(api: KubeObjects) -> None:
    api.delete(CONFIG_MAP, "shop", "box", uid="u", resource_version="7")


def delete_namespace(api: KubeObjects) -> None:
    api.delete(NAMESPACE, "", "shop")


IN_SHOP = 'configmaps box in namespace "shop"'
TERMINATING = {"causes": [{"reason": "NamespaceTerminating", "message": "x"}]}
NO_SHOP = {"name": "shop", "kind": "namespaces"}
NO_BOX = {"name": "box", "kind": "configmaps"}
EXCERPT = f"bad json, error found in #10 byte of ...|{CANARY}|..."
Call = Callable[[KubeObjects], object]
REFUSALS: list[tuple[str, Call, dict[str, Any], type[SvcatError], str, str]] = [
    ("login", read, status(401, "Unauthorized"), AuthFailed, 'login of user "ada"', "log in"),
    (
        "rights",
        list_,
        status(403, "Forbidden", 'User "ada" cannot list resource "configmaps"'),
        Forbidden,
        'not allowed to list configmaps in all namespaces: User "ada" cannot list',
        "kubectl auth can-i list configmaps --all-namespaces",
    ),
    (
        "rights in a namespace",
        update,
        status(403, "Forbidden", 'User "ada" cannot update resource "configmaps"'),
        Forbidden,
        f"not allowed to update {IN_SHOP}",
        "kubectl auth can-i update configmaps -n shop",
    ),
    ("quota", create, status(403, "Forbidden", "exceeded quota: x"), Forbidden, "quota: x", ""),
    (
        "a namespace on its way out",
        create,
        status(403, "Forbidden", "x", details=TERMINATING),
        Forbidden,
        'namespace "shop" is being deleted (being terminated)',
        "kubectl wait --for=delete namespace/shop",
    ),
    (
        "no namespace",
        create,
        status(404, "NotFound", 'namespaces "shop" not found', details=NO_SHOP),
        NotFound,
        'namespace "shop" does not exist',
        "kubectl create namespace shop",
    ),
    (
        "no object",
        read,
        status(404, "NotFound", 'configmaps "box" not found', details=NO_BOX),
        NotFound,
        f'cannot get {IN_SHOP}: configmaps "box" not found',
        "",
    ),
    (
        "no such namespace to delete",
        delete_namespace,
        status(404, "NotFound", 'namespaces "shop" not found', details=NO_SHOP),
        NotFound,
        "cannot delete namespaces shop",
        "",
    ),
    ("no such kind", read, status(404, "NotFound", "x", details={}), NotFound, "knows no", ""),
    ("taken", create, status(409, "AlreadyExists", "taken"), AlreadyExists, "taken", ""),
    ("changed", update, status(409, "Conflict", "x"), Stale, "changed or replaced meanwhile", ""),
    ("replaced", delete, status(409, "Conflict", "x"), Stale, f"cannot delete {IN_SHOP}", ""),
    ("invalid", create, status(422, "Invalid", "data[x]: bad key"), Invalid, "data[x]: bad", ""),
    ("too large", create, status(413, "RequestEntityTooLarge"), Invalid, "it is too large", ""),
    ("unreadable", create, status(400, "BadRequest", EXCERPT), Invalid, "bad json", ""),
    ("unreadable Secret", create_secret, status(400, "BadRequest", CANARY), Invalid, "read it", ""),
    ("trouble", create, status(500, "InternalError", "etcd"), Unreachable, "answered 500: etc", ""),
    ("not now", create, status(503, "ServiceUnavailable"), Unreachable, "answered 503", ""),
]


@pytest.mark.parametrize(
    ("call", "refusal", "error", "words", "hint"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_a_refusal_says_what_was_refused_and_what_helps(
    api: KubeObjects,
    server: ScriptedServer,
    call: Call,
    refusal: dict[str, Any],
    error: type[SvcatError],
    words: str,
    hint: str,
) -> None:
    server.answer = always(http(refusal["code"], refusal))

    with pytest.raises(SvcatError) as caught:
        call(api)

    assert type(caught.value) is error
    assert words in caught.value.message
    assert hint in (caught.value.hint or "")
    assert CANARY not in f"{caught.value.message}{caught.value.hint}"
    assert len(server.asked) == 1


def test_an_old_token_comes_with_a_fresh_one(api: KubeObjects, server: ScriptedServer) -> None:
    server.answer = always(http(410, status(410, "Expired", metadata={"continue": "fresh"})))

    with pytest.raises(Expired) as caught:
        api.list_page(CONFIG_MAP, "shop", continue_token="old")

    assert caught.value.continue_token == "fresh"
    assert server.asked[0].target.endswith("/namespaces/shop/configmaps?limit=500&continue=old")


STRANGERS = [
    ("a web page", http(200, b"<html>Sign in</html>", Content_Type="text/html"), "200 with text"),
    ("an empty answer", http(200, b""), "200 with nothing readable"),
    ("another API", http(200, {"kind": "Deployment"}), "200 with application/json"),
    ("a JSON list", http(200, [1]), "200 with application/json"),
    ("a deep JSON text", http(200, b"[" * 100_000), "200 with nothing readable"),
    ("a page for 404", http(404, b"404 page not found\n", Content_Type="text/plain"), "404 with"),
    ("a gateway's 403", http(403, b"<html>", Content_Type="text/html"), "403 with text/html"),
    ("JSON of another for 404", http(404, {"error": CANARY}), "404 with application/json"),
    ("a login page", http(302, b"", Location=f"https://sso.example/?t={CANARY}"), "sso.example"),
]


@pytest.mark.parametrize("call", [read, create, update, delete], ids=lambda call: call.__name__)
@pytest.mark.parametrize(
    ("answer", "words"), [row[1:] for row in STRANGERS], ids=[row[0] for row in STRANGERS]
)
def test_another_server_is_not_taken_for_the_kubernetes_api(
    api: KubeObjects, server: ScriptedServer, call: Call, answer: bytes, words: str
) -> None:
    server.answer = always(answer)

    with pytest.raises(Unreachable) as caught:
        call(api)

    assert f"{server.url} gave" in caught.value.message
    assert words in caught.value.message
    assert "not the Kubernetes API" in caught.value.message
    assert CANARY not in caught.value.message
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    api: KubeObjects, server: ScriptedServer, tmp_path: Path, code: int
) -> None:
    with scripted_server(tmp_path, None) as elsewhere:
        server.answer = always(http(code, b"", Location=f"{elsewhere.url}/api"))
        with pytest.raises(Unreachable, match="a redirect"):
            create(api)

    assert elsewhere.asked == []


TROUBLES = [
    ("hung up", None),
    ("cut off", http(200, BOX)[:-9]),
    ("500", http(500, status(500, "InternalError"))),
    ("502 of a gateway", http(502, b"<html>")),
    ("503", http(503, status(503, "ServiceUnavailable"))),
    ("504", http(504, status(504, "Timeout"))),
]


@pytest.mark.parametrize("trouble", [row[1] for row in TROUBLES], ids=[row[0] for row in TROUBLES])
def test_a_read_is_repeated_over_a_restart(
    api: KubeObjects, server: ScriptedServer, clock: FakeClock, trouble: bytes | None
) -> None:
    server.answer = _closing(in_turn(trouble, trouble, http(200, BOX)))

    assert read(api) == BOX
    assert clock.slept == [0.1, 0.2]


@pytest.mark.parametrize("trouble", [row[1] for row in TROUBLES], ids=[row[0] for row in TROUBLES])
def test_a_read_is_given_up_after_five_seconds(
    api: KubeObjects, server: ScriptedServer, clock: FakeClock, trouble: bytes | None
) -> None:
    server.answer = _closing(always(trouble) if trouble else in_turn(None))

    with pytest.raises(Unreachable):
        read(api)

    assert 3 < clock.at <= 5


@pytest.mark.parametrize("call", [create, update, delete], ids=lambda call: call.__name__)
@pytest.mark.parametrize("trouble", [row[1] for row in TROUBLES], ids=[row[0] for row in TROUBLES])
def test_a_write_without_an_answer_is_never_sent_again(
    api: KubeObjects, server: ScriptedServer, call: Call, trouble: bytes | None
) -> None:
    server.answer = _closing(in_turn(trouble, http(200, BOX)))

    with pytest.raises(Unreachable):
        call(api)

    assert len(server.asked) == 1


def test_a_write_without_an_answer_is_said_to_be_in_doubt(
    api: KubeObjects, server: ScriptedServer
) -> None:
    server.answer = in_turn(None)

    with pytest.raises(Unreachable, match=r"cannot create .* it may have happened"):
        create(api)


@pytest.mark.parametrize("call", [read, create, update, delete], ids=lambda call: call.__name__)
def test_a_turn_is_waited_for_when_the_server_asks_for_it(
    api: KubeObjects, server: ScriptedServer, clock: FakeClock, call: Call
) -> None:
    busy = http(429, status(429, "TooManyRequests"), Retry_After="2")
    server.answer = in_turn(busy, busy, http(200, BOX))

    call(api)

    assert clock.slept == [2, 2]


def test_a_server_that_stays_busy_is_given_up(
    api: KubeObjects, server: ScriptedServer, clock: FakeClock
) -> None:
    server.answer = always(http(429, status(429, "TooManyRequests"), Retry_After="1"))

    with pytest.raises(Unreachable, match="answered 429"):
        read(api)

    assert clock.slept == [1, 1, 1]


@pytest.mark.parametrize("retry_after", ["3600", "-1", "soon"])
def test_an_odd_retry_after_does_not_hold_us_long(
    api: KubeObjects, server: ScriptedServer, clock: FakeClock, retry_after: str
) -> None:
    server.answer = always(http(429, status(429, "TooManyRequests"), Retry_After=retry_after))

    with pytest.raises(Unreachable):
        read(api)

    assert clock.at < 1


def test_nobody_there_is_unreachable_after_five_seconds(tmp_path: Path, clock: FakeClock) -> None:
    with scripted_server(tmp_path, None) as gone:
        pass
    with (
        KubeObjects(Cluster(server=gone.url, source="FILE"), clock=clock) as api,
        pytest.raises(Unreachable, match="connection refused") as caught,
    ):
        create(api)

    assert "it may have happened" not in caught.value.message
    assert "kubectl cluster-info" in (caught.value.hint or "")
    assert 3 < clock.at <= 5
    with pytest.raises(Unreachable):
        create(api)
    assert clock.at <= 5, "it was waited for twice"


def test_a_server_waited_for_in_vain_is_not_waited_for_again_until_it_answers(
    api: KubeObjects, server: ScriptedServer, clock: FakeClock
) -> None:
    server.answer = _closing(in_turn(None))
    for _ in range(5):
        with pytest.raises(Unreachable):
            read(api)
    assert 3 < clock.at <= 5

    server.answer = _closing(in_turn(http(200, BOX), None, http(200, BOX)))
    assert read(api) == BOX
    assert read(api) == BOX


def test_a_proxy_of_the_environment_is_not_used_and_named_when_it_may_be_missed(
    kubeconfigs: Writer, environ: Environ, clock: FakeClock
) -> None:
    path = kubeconfigs.write({"token": "t"}, kubeconfigs.cluster(server="https://127.0.0.1:1"))
    proxied = environ(HTTPS_PROXY="http://127.0.0.1:2")
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=proxied)

    with KubeObjects(cluster, clock=clock) as api, pytest.raises(Unreachable) as caught:
        read(api)

    assert "127.0.0.1:1: connection refused" in caught.value.message
    assert "set proxy-url of cluster" in (caught.value.hint or "")


BAD_CERTIFICATES = [
    ("another authority", {"names": ["127.0.0.1"]}, True, "certificate refused"),
    ("another name", {"names": ["elsewhere.example"]}, False, "127.0.0.1"),
    ("expired", {"names": ["127.0.0.1"], "expired": True}, False, "expired"),
]


@pytest.mark.parametrize(
    ("wanted", "foreign", "words"),
    [row[1:] for row in BAD_CERTIFICATES],
    ids=[row[0] for row in BAD_CERTIFICATES],
)
def test_a_server_with_a_bad_certificate_gets_no_byte_and_no_second_try(
    tmp_path: Path,
    authority: Authority,
    clock: FakeClock,
    wanted: dict[str, Any],
    foreign: bool,
    words: str,
) -> None:
    signer = Authority("foreign") if foreign else authority
    with scripted_server(tmp_path, signer.issue("it", **wanted)) as server:
        cluster = Cluster(server=server.url, source="FILE", tls=Tls(ca_pem=authority.pem))
        with (
            KubeObjects(cluster, clock=clock) as api,
            pytest.raises(Unreachable, match=words),
        ):
            read(api)

    assert server.asked == []
    assert clock.slept == []


@pytest.mark.parametrize("pem", ["nonsense", "-----BEGIN CERTIFICATE-----\nx\n"])
def test_credentials_that_are_no_pem_fail_at_once(
    server: ScriptedServer, clock: FakeClock, pem: str
) -> None:
    for tls in (Tls(ca_pem=pem), Tls(insecure=True, client_cert_pem=pem, client_key_pem=CANARY)):
        cluster = Cluster(server=server.url, source="FILE", tls=tls)
        with (
            KubeObjects(cluster, clock=clock) as api,
            pytest.raises(Unreachable, match="certificate") as caught,
        ):
            read(api)
        assert CANARY not in caught.value.message

    assert clock.slept == []


def test_a_refused_login_is_renewed_once(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    plugin = "n=$(cat n 2>/dev/null || echo 0); n=$((n+1)); echo $n > n\n"
    answer = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",'
    plugin += f'printf \'{answer}"status":{{"token":"t%s"}}}}\' $n'
    folder = kubeconfigs.directory
    kubeconfigs.file("plugin", f"#!/bin/sh\ncd {folder}\n{plugin}\n", mode=0o700)
    run = {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin"}
    path = kubeconfigs.write({"exec": run})
    server.answer = lambda asked: (
        http(200, BOX)
        if asked.headers["authorization"] == "Bearer t2"
        else http(401, status(401, "Unauthorized"))
    )
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())

    with KubeObjects(cluster) as api:
        create(api)
        read(api)

    told = [(asked.method, asked.headers["authorization"]) for asked in server.asked]
    assert told == [("POST", "Bearer t1"), ("POST", "Bearer t2"), ("GET", "Bearer t2")]
    assert (folder / "n").read_text() == "2\n"


def test_a_login_that_is_refused_again_is_an_error(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    path = kubeconfigs.write({"tokenFile": "token"})
    server.answer = always(http(401, b"who are you?"))
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())
    kubeconfigs.file("token", "renewed")

    with KubeObjects(cluster) as api, pytest.raises(AuthFailed, match=str(path)):
        read(api)

    assert [asked.headers["authorization"] for asked in server.asked] == [
        "Bearer from-file",
        "Bearer renewed",
    ]


def test_threads_that_are_refused_together_renew_once(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    path = kubeconfigs.write({"tokenFile": "token"})
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())
    kubeconfigs.file("token", "renewed")
    together = threading.Barrier(4)

    def answer(asked: Asked) -> bytes:
        if asked.headers["authorization"] == "Bearer renewed":
            return http(200, BOX)
        together.wait()
        return http(401, status(401, "Unauthorized"))

    server.answer = answer
    with KubeObjects(cluster) as api, ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: read(api), range(4)))

    assert found == [BOX] * 4


def test_a_login_that_did_not_change_is_not_tried_twice(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ
) -> None:
    path = kubeconfigs.write({"token": "t"})
    server.answer = always(http(401, status(401, "Unauthorized")))
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())

    with KubeObjects(cluster) as api, pytest.raises(AuthFailed):
        read(api)

    assert len(server.asked) == 1


def test_a_renewed_login_does_not_go_to_another_server(
    kubeconfigs: Writer, server: ScriptedServer, environ: Environ, tmp_path: Path
) -> None:
    path = kubeconfigs.write({"token": "t"})
    server.answer = always(http(401, status(401, "Unauthorized")))
    cluster = load_cluster(kubeconfig=str(path), context=None, environ=environ())
    with scripted_server(tmp_path, None) as elsewhere, KubeObjects(cluster) as api:
        kubeconfigs.write({"token": "new"}, {"server": elsewhere.url})
        with pytest.raises(AuthFailed):
            read(api)

    assert elsewhere.asked == []


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


def _closing(answer: Callable[[Any], bytes | None]) -> Callable[[Any], bytes | None]:
    """Close the connection after each answer, so that a short one is seen to be cut off."""

    def close(asked: Any) -> bytes | None:
        told = answer(asked)
        return told and told.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    return close
