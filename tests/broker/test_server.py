"""Starting and stopping: logins from files, TLS, one broker a directory, a graceful end."""

import signal
import socket
import sqlite3
import ssl
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.broker.platform_client import Lost, Platform, instance_path, new_id
from tests.brokers.bundled import start_bundled
from tests.brokers.process import BrokerDidNotStart
from tests.controlplane.certificates import Authority


def test_a_token_file_lets_in_who_has_the_token(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text("long-lived\n")
    with start_bundled(tmp_path, token_file=str(token_file)) as broker:
        platform = Platform(broker.url)

        def status(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return platform.send("GET", "/v2/catalog", headers=headers).status

        assert (status("long-lived"), status("other")) == (200, 401)
        challenge = platform.send("GET", "/v2/catalog").headers["www-authenticate"]
        assert challenge.startswith("Bearer ")
        token_file.write_text("rotated")
        assert (status("long-lived"), status("rotated")) == (401, 200)
        token_file.unlink()
        assert (status("rotated"), status("")) == (401, 401)


def test_tls_is_served_with_the_given_certificate(tmp_path: Path) -> None:
    authority = Authority("broker CA")
    pair = authority.issue("broker", names=("127.0.0.1",))
    for name, text in (
        ("ca", authority.pem),
        ("crt", pair.certificate_pem),
        ("key", pair.key_pem),
    ):
        (tmp_path / name).write_text(text)
    files: dict[str, Any] = {
        "tls_cert_file": str(tmp_path / "crt"),
        "tls_key_file": str(tmp_path / "key"),
    }
    with start_bundled(tmp_path, **files) as broker:
        assert broker.url.startswith("https://")
        trusting = Platform(broker.url, tls=ssl.create_default_context(cafile=tmp_path / "ca"))
        assert trusting.send("GET", "/v2/catalog").status == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            Platform(broker.url, tls=ssl.create_default_context()).send("GET", "/v2/catalog")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"host": "0.0.0.0"}, "refusing to listen on 0.0.0.0 without a login"),
        ({"token_file": "/no/such/file"}, "cannot be read or is empty"),
        ({"tls_cert_file": "/no", "tls_key_file": "/no"}, "TLS"),
        (
            {"offerings": {"x": {"driver": "no-such"}}},
            "no driver 'no-such' installed; there are: postgresql, sqlite",
        ),
        ({"offerings": {"x": {"driver": "sqlite", "colour": "red"}}}, "unknown option 'colour'"),
        ({"offerings": {"../x": {"driver": "sqlite"}}}, "CLI-friendly"),
    ],
)
def test_a_broker_that_cannot_start_says_why_in_one_line(
    tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with (
        pytest.raises(BrokerDidNotStart, match=words) as caught,
        start_bundled(tmp_path, **settings),
    ):
        pass

    assert "Traceback" not in str(caught.value)


def test_a_login_in_clear_over_the_network_is_warned_of(tmp_path: Path) -> None:
    with start_bundled(tmp_path, host="0.0.0.0", username="u", password="p") as broker:
        assert "go in clear over the network" in broker.log()
        local = Platform(f"http://127.0.0.1:{broker.port}", "u", "p")
        assert local.send("GET", "/v2/catalog").status == 200


def test_one_state_directory_has_one_broker(tmp_path: Path) -> None:
    with (
        start_bundled(tmp_path),
        pytest.raises(BrokerDidNotStart, match=r"another broker runs .*--state-dir"),
        start_bundled(tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("PRAGMA user_version = 99", "of a newer broker"),
        ("", "file is not a database"),
    ],
)
def test_a_state_that_cannot_be_read_is_left_alone(tmp_path: Path, spoil: str, words: str) -> None:
    file = tmp_path / "state" / "broker.db"
    file.parent.mkdir()
    if spoil:
        with closing(sqlite3.connect(file)) as database:
            database.execute(spoil)
    else:
        file.write_bytes(b"something else, of some length" * 100)
    before = file.read_bytes()

    with pytest.raises(BrokerDidNotStart, match=words), start_bundled(tmp_path):
        pass

    assert file.read_bytes() == before


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = f"cannot listen on 127.0.0.1:{port}: Address already in use"
        with pytest.raises(BrokerDidNotStart, match=words), start_bundled(tmp_path, port=port):
            pass


def test_state_and_files_are_private(tmp_path: Path) -> None:
    with start_bundled(tmp_path) as broker:
        platform = Platform.of(broker)
        platform.provision(new_id(), platform.target("file"))

        modes = {path: path.stat().st_mode & 0o077 for path in broker.state_dir.rglob("*.db*")}
        assert broker.state_dir.stat().st_mode & 0o777 == 0o700
        assert modes
        assert set(modes.values()) == {0}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_requests_under_way_finish(tmp_path: Path, number: signal.Signals) -> None:
    with start_bundled(tmp_path) as broker:
        platform = Platform.of(broker)
        target = platform.target("file")
        answers: list[int] = []
        lost: list[str] = []

        def provision_on() -> None:
            while True:
                name = new_id()
                try:
                    answers.append(platform.provision(name, target).status)
                except Lost:
                    lost.append(name)
                    return

        thread = threading.Thread(target=provision_on)
        thread.start()
        while len(answers) < 5:
            thread.join(0.01)
        broker.popen.send_signal(number)
        thread.join()

        assert broker.stop() == 0
        assert set(answers) == {201}
        # The refused one never reached the broker: everything there was answered.
        assert len(broker.contents()[0]) == len(answers)


def test_quotas_are_refusals_that_change_nothing(tmp_path: Path) -> None:
    with start_bundled(tmp_path) as broker:
        platform, instance_id = Platform.of(broker), new_id()
        target = platform.target("file")
        platform.provision(instance_id, target)
        for number in range(100):
            assert platform.bind(instance_id, f"b{number}", target).status == 201

        got = platform.bind(instance_id, "one-too-many", target)

        assert got.status == 403
        assert "limit of 100 bindings" in got.body["description"]
        assert platform.fetch_binding(instance_id, "one-too-many").status == 404
        assert platform.send("GET", instance_path(instance_id)).status == 200
