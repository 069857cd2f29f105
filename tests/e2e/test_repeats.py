"""Scripts repeat themselves: the same again is no error, another thing under the name is."""

import json
import shlex
from base64 import b64encode

from svcat.objects import SECRET
from tests.e2e.conftest import Offer
from tests.e2e.place import Place


def test_the_same_again_is_unchanged_and_asks_the_broker_nothing(
    place: Place, offer: Offer
) -> None:
    place.register(offer.broker)
    assert place.register(offer.broker).err == "broker/b unchanged\n"

    words = ["provision", "db", "--class", offer.service, "--plan", offer.sync]
    first = place.run(*words, "-o", "json")
    again = place.run(*words, "-o", "json")
    assert again.err == "instance/db unchanged\n"
    assert again.json == first.json
    assert len(offer.instances()) == 1

    place.run("bind", "db")
    secret = place.secret("db")
    assert place.run("bind", "db").err == "binding/db unchanged\n"
    assert place.secret("db") == secret
    assert len(offer.bindings()) == 1
    place.run("deprovision", "db", "--cascade")


def test_error_unchanged_tells_scripts_by_exit_code(place: Place, bundled: Offer) -> None:
    place.register(bundled.broker)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file", "--error-unchanged"]
    place.run(*words)
    assert place.run(*words, code=3).out == ""
    place.run("deprovision", "db")


def test_another_request_under_the_name_is_a_conflict_that_names_the_difference(
    place: Place, bundled: Offer
) -> None:
    place.register(bundled.broker)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file"]
    place.run(*words, "-p", "page_size=8192")
    done = place.run(*words, "-p", "page_size=1024", "-p", "journal_mode=delete", code=6)
    assert "instance 'db' exists, with other parameters" in done.err
    assert '  parameters.journal_mode: is not set, asked for "delete"\n' in done.err
    assert "  parameters.page_size: is 8192, asked for 1024\n" in done.err
    done = place.run(*words, code=6)
    assert "  parameters.page_size: is 8192, not asked for\n" in done.err
    assert "plan file" in place.run(*words[:-1], "file-async", code=6).err
    assert len(bundled.instances()) == 1

    place.run("bind", "db", "-p", "read_only=true")
    done = place.run("bind", "db", "-p", "read_only=false", code=6)
    assert "binding 'db' exists, with other parameters" in done.err
    assert "  parameters.read_only: is true, asked for false\n" in done.err
    place.run("deprovision", "db", "--cascade")


def test_the_command_that_a_conflict_names_makes_the_repetition_the_same(
    place: Place, bundled: Offer
) -> None:
    place.register(bundled.broker)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file"]
    place.run(*words)
    done = place.run(*words, "-p", "journal_mode=delete", "-o", "json", code=6)
    assert done.json["details"] == ['parameters.journal_mode: is not set, asked for "delete"']
    named = done.json["hint"].removeprefix("change it: ").partition("; or ")[0]
    assert named.startswith("svcat update db ")
    place.run(*shlex.split(named)[1:])
    assert place.run(*words, "-p", "journal_mode=delete").err == "instance/db unchanged\n"
    place.run("deprovision", "db")


def test_labels_and_protection_that_a_repetition_does_not_give_are_said(
    place: Place, bundled: Offer
) -> None:
    place.register(bundled.broker)
    words = ["provision", "db", "--class", "sqlite", "--plan", "file"]
    place.run(*words, "--label", "team=web", "--label", "tier=1")
    assert "warning" not in place.run(*words, "--label", "team=web").err
    done = place.run(*words, "--label", "team=shop", "--label", "new=yes", "--protect")
    assert "warning: instance 'db' has team=web: --label is for a new instance\n" in done.err
    assert "warning: instance 'db' has no label new: --label is for a new instance\n" in done.err
    assert "warning: instance 'db' is not protected: --protect is for a new" in done.err
    place.run("deprovision", "db")


def test_the_order_of_secrets_is_no_difference(place: Place, bundled: Offer) -> None:
    place.register(bundled.broker)
    for name, held in (("one", b'{"read_only": true}'), ("two", b"{}")):
        place.objects.create(
            SECRET,
            {
                "metadata": {"namespace": place.namespace, "name": name},
                "data": {"json": b64encode(held).decode()},
            },
        )
    place.run("provision", "db", "--class", "sqlite", "--plan", "file")
    place.run("bind", "db", "-s", "one[json]", "-s", "two[json]")
    again = place.run("bind", "db", "-s", "two[json]", "-s", "one[json]")
    assert again.err == "binding/db unchanged\n"
    done = place.run("bind", "db", "-s", "one[json]", code=6)
    were = "Secret one[json], Secret two[json]"
    assert f"  parametersFrom: is {were}; asked for Secret one[json]\n" in done.err
    place.run("deprovision", "db", "--cascade")


def test_deleting_twice_is_not_found(place: Place, bundled: Offer) -> None:
    place.register(bundled.broker)
    place.run("provision", "db", "--class", "sqlite", "--plan", "file")
    place.run("bind", "db")
    place.run("unbind", "db")
    place.run("unbind", "--name", "db", code=5)
    place.run("deprovision", "db")
    place.run("deprovision", "db", code=5)
    place.run("deregister", "b")
    place.run("deregister", "b", code=5)


def test_update_if_exists_changes_a_registration_and_its_login(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    place.register(offer.broker, "b", "--update-if-exists")
    other = ["register", "b", "--url", offer.broker.url, "--update-if-exists"]
    login = ["--username", "nobody", "--password-stdin"]
    place.run(*other, *login, code=4, stdin="wrong\n")
    place.run("sync", "broker", "b")  # the old login still stands
    assert "nobody" not in json.dumps(place.run("get", "broker", "b", "-o", "json").json)


def test_the_login_of_a_broker_is_made_kept_and_deleted_with_it(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    login = place.run("get", "broker", "b", "-o", "json").json["spec"]["auth"]
    name = login["secretRef"]["name"]
    assert place.secret(name) == {
        "username": offer.broker.username,
        "password": offer.broker.password,
    }
    place.run("deregister", "b")
    assert place.objects_of_ours() == []


def test_a_login_secret_of_the_users_own_is_used_and_left_alone(place: Place, offer: Offer) -> None:
    from base64 import b64encode

    from svcat.objects import SECRET

    data = {"username": offer.broker.username, "password": offer.broker.password}
    encoded = {key: b64encode(value.encode()).decode() for key, value in data.items()}
    metadata = {"name": "my-login", "namespace": place.namespace}
    place.objects.create(
        SECRET, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": encoded}
    )
    place.run("register", "b", "--url", offer.broker.url, "--basic-secret", "my-login")
    place.run("sync", "broker", "b")
    place.run("deregister", "b")
    assert place.secret("my-login") == data


def test_a_catalog_can_be_fetched_again_by_its_old_name_too(place: Place, offer: Offer) -> None:
    place.register(offer.broker)
    assert "Synchronized broker b" in place.run("sync", "broker", "b").out
    assert "Synchronized broker b" in place.run("relist", "broker", "b").out
