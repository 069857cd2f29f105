"""A user-provided instance on both stores, beside one of a broker."""

import json

from tests.e2e.place import Place


def test_a_user_provided_instance_lives_as_others_do(place: Place) -> None:
    text = json.dumps({"host": "h", "password": "canary"})
    made = place.run("create", "user-provided", "db", "--credentials-file", "-", stdin=text)
    assert "Ready" in made.out
    place.run("bind", "db")
    assert place.secret("db") == {
        "host": "h",
        "password": "canary",
        "type": "user-provided",
        "provider": "user-provided",
    }
    assert place.run("run", "db", "--", "printenv", "PASSWORD").out == "canary\n"
    place.run("deprovision", "db", "--cascade")
    assert place.objects_of_ours() == []
