"""What the cluster's adapter makes of refusals, and of answers of others than a Kubernetes API."""

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
from svcat.kube.client import KubeObjects
from svcat.objects import CONFIG_MAP
from tests.kube.calls import (
    CANARY,
    Call,
    create,
    create_secret,
    delete,
    delete_namespace,
    list_,
    read,
    update,
)
from tests.kube.servers import ScriptedServer, always, http, scripted_server, status

IN_SHOP = 'configmaps box in namespace "shop"'
TERMINATING = {"causes": [{"reason": "NamespaceTerminating", "message": "x"}]}
NO_SHOP = {"name": "shop", "kind": "namespaces"}
NO_BOX = {"name": "box", "kind": "configmaps"}
EXCERPT = f"bad json, error found in #10 byte of ...|{CANARY}|..."
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
