"""No answer, no turn, nobody there, a bad certificate: what is tried again, and what never is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from svcat.errors import Unreachable
from svcat.http import Tls
from svcat.kube.client import KubeObjects
from svcat.kube.config import Cluster, load_cluster
from tests.controlplane.certificates import Authority
from tests.kube.calls import BOX, CANARY, Call, FakeClock, create, delete, read, update
from tests.kube.kubeconfigs import Environ, Writer
from tests.kube.servers import ScriptedServer, always, http, in_turn, scripted_server, status

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


def _closing(answer: Callable[[Any], bytes | None]) -> Callable[[Any], bytes | None]:
    """Close the connection after each answer, so that a short one is seen to be cut off."""

    def close(asked: Any) -> bytes | None:
        told = answer(asked)
        return told and told.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    return close
