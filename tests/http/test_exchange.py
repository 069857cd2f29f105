"""One request, one answer: what goes over the wire, and over which connection."""

import pytest

from svcat.http import Exchange, HttpClient, NotSent, Request
from tests.brokers.hostile import HostileBroker, answer, raw
from tests.http.conftest import Send


def test_an_answer_comes_back_whole_with_its_header_names_in_lower_case(
    server: HostileBroker, send: Send
) -> None:
    server.script(answer(201, {"a": 1}, {"ETag": 'W/"x"', "X-Many": "1", "x-MANY": "2"}))

    got = send(body=b"{}")

    assert got.status == 201
    assert got.body == b'{"a": 1}'
    assert got.headers["etag"] == 'W/"x"'


def test_a_header_that_comes_twice_is_joined(server: HostileBroker, send: Send) -> None:
    server.script(raw(b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n"))

    assert send().headers["a"] == "1, 2"


def test_the_request_is_written_as_given(server: HostileBroker, http: HttpClient) -> None:
    server.script(answer(200))
    headers = {"X-Broker-API-Version": "2.17", "If-None-Match": 'W/"\xe9"'}
    target = "/base/../v2/x%2Fy/.?operation=a%2Fb%20c"

    http.send(
        Request(method="PATCH", url=server.url + target, headers=headers, body=b"{}"),
        deadline_s=5,
        body_cap=10,
    )

    seen = server.requests[0]
    assert (seen.method, seen.target, seen.body) == ("PATCH", target, b"{}")
    assert seen.header_list == (
        ("Host", f"127.0.0.1:{server.port}"),
        ("X-Broker-API-Version", "2.17"),
        ("If-None-Match", 'W/"\xe9"'),
        ("Accept-Encoding", "identity"),
        ("Content-Length", "2"),
    )


def test_a_request_without_body_has_no_content_headers(server: HostileBroker, send: Send) -> None:
    server.script(answer(200))

    send()

    assert [name for name, _ in server.requests[0].header_list] == ["Host", "Accept-Encoding"]


def test_the_host_header_has_no_port_that_goes_without_saying() -> None:
    from svcat.http.connection import Origin

    assert Origin("https", "db.example", 443).host_header == "db.example"
    assert Origin("http", "db.example", 443).host_header == "db.example:443"
    assert Origin("http", "::1", 80).host_header == "[::1]"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_its_target_hears_nothing(
    server: HostileBroker, send: Send, status: int
) -> None:
    with HostileBroker() as other:
        server.script(answer(status, b"", {"Location": f"{other.url}/v2/catalog"}))

        got = send(body=b"secret")

        assert got.status == status
        assert other.connections == 0
        assert len(server.requests) == 1


def test_requests_of_one_command_share_a_connection(server: HostileBroker, send: Send) -> None:
    server.always(answer(200, {}))

    for _ in range(5):
        send()

    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_that_the_server_dropped_while_idle_is_not_used_again(
    server: HostileBroker, send: Send
) -> None:
    server.always(answer(200, {}))
    send()
    server.drop_connections()

    assert send(body=b"{}").status == 200
    assert server.connections == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["says close", "HTTP 1.0", "answers more than was asked"],
)
def test_a_connection_that_has_served_is_closed(
    server: HostileBroker, send: Send, head: bytes
) -> None:
    server.always(raw(head, ending="keep"))

    assert send().body == b"{}"
    assert send().body == b"{}"
    assert server.connections == 2


def test_a_body_that_ends_with_the_connection_is_whole(server: HostileBroker, send: Send) -> None:
    server.script(raw(b"HTTP/1.1 200\r\n\r\n{}"))

    assert send().body == b"{}"


def test_interim_answers_are_skipped(server: HostileBroker, send: Send) -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    server.script(raw(interim * 3 + b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"))

    assert send(body=b"{}").status == 201


def test_an_answer_that_comes_before_the_whole_request_was_read_counts(send: Send) -> None:
    with HostileBroker(reads_bodies=False) as hasty, HttpClient() as http:
        hasty.script(raw(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"))
        request = Request(method="PUT", url=hasty.url, headers={}, body=b" " * 100_000)

        assert http.send(request, deadline_s=5, body_cap=10).status == 413


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "127.0.0.1:80",
        "http:///x",
        "http://h:99999/",
        "http://a..b/",
        "http://[::1",
        "",
    ],
)
def test_what_is_no_http_url_is_not_sent(http: HttpClient, url: str) -> None:
    with pytest.raises(NotSent, match="URL"):
        http.send(Request(method="GET", url=url, headers={}), deadline_s=1, body_cap=1)


def test_a_header_that_could_smuggle_is_not_sent_and_not_told(
    server: HostileBroker, http: HttpClient
) -> None:
    headers = {"Authorization": "Bearer canary\r\nX-Evil: 1"}

    with pytest.raises(NotSent) as caught:
        http.send(Request(method="GET", url=server.url, headers=headers), deadline_s=1, body_cap=1)

    assert "canary" not in str(caught.value) + repr(caught.value.__cause__)
    assert server.connections == 0


def test_what_is_observed_holds_no_secret(server: HostileBroker) -> None:
    seen: list[Exchange] = []
    server.script(answer(202, b"canary"))
    url = f"http://user:canary@127.0.0.1:{server.port}/v2/x?plan_id=p&operation=canary"
    with HttpClient(observe=seen.append) as http:
        http.send(
            Request(method="PUT", url=url, headers={"Authorization": "canary"}, body=b"canary"),
            deadline_s=5,
            body_cap=100,
        )

    [exchange] = seen
    assert exchange.url == f"http://127.0.0.1:{server.port}/v2/x?plan_id=p&operation=***"
    assert (exchange.method, exchange.status) == ("PUT", 202)
    assert (exchange.sent_bytes, exchange.received_bytes) == (6, 6)
    assert "canary" not in repr(exchange)


def test_a_failure_is_observed_too(http: HttpClient) -> None:
    seen: list[Exchange] = []
    with HttpClient(observe=seen.append) as http, pytest.raises(NotSent):
        http.send(
            Request(method="GET", url="http://127.0.0.1:1/", headers={}), deadline_s=5, body_cap=1
        )

    assert (seen[0].status, seen[0].problem) == (None, "127.0.0.1:1: connection refused")


def test_reprs_hold_no_secrets() -> None:
    from svcat.http import Response, Tls

    shown = repr(
        [
            Request(method="GET", url="http://h", headers={"A": "canary"}, body=b"canary"),
            Response(status=200, headers={"a": "canary"}, body=b"canary"),
            Tls(client_key_pem="canary"),
        ]
    )

    assert "canary" not in shown
