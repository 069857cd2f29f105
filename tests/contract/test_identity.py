"""The contract of every object API: who we are, what we may, what time it is."""

from datetime import UTC, timedelta

from svcat.objects import CONFIG_MAP, ObjectApi, UserInfo


def test_whoami_names_the_user_or_nobody(objects: ObjectApi) -> None:
    user = objects.whoami()

    if user is None:
        return  # a server before 1.28 cannot tell
    assert isinstance(user, UserInfo)
    assert user.username
    assert all(isinstance(group, str) for group in user.groups)


def test_who_may_everything_may_create(objects: ObjectApi, namespace: str) -> None:
    assert objects.can_i("create", CONFIG_MAP, namespace) is True
    assert objects.can_i("get", CONFIG_MAP, namespace, "box") is True


def test_now_is_utc_in_whole_seconds(objects: ObjectApi) -> None:
    moment = objects.now()

    assert moment.tzinfo is UTC or moment.utcoffset() == timedelta(0)
    assert moment.microsecond == 0
    assert timedelta(0) <= objects.now() - moment < timedelta(minutes=1)
