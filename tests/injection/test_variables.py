"""Names of variables: what a key becomes, and what no key may ever become."""

import pytest

from svcat.app import variables
from svcat.errors import UsageError

DENIED = (
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "PATH",
    "IFS",
    "ENV",
    "BASH_ENV",
    "BASH_FUNC_ls",
    "SHELLOPTS",
    "PS4",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYOPT",
    "RUBYLIB",
    "NODE_OPTIONS",
    "NODE_PATH",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
    "DOTNET_STARTUP_HOOKS",
    "GIT_SSH_COMMAND",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "https_proxy",
    "KUBERNETES_SERVICE_HOST",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "GCONV_PATH",
    "MALLOC_CHECK_",
    "GLIBC_TUNABLES",
    "TMPDIR",
    "HOME",
    "SERVICE_BINDING_ROOT",
)


@pytest.mark.parametrize("variable", DENIED)
def test_a_variable_that_changes_how_programs_run_is_never_set(variable: str) -> None:
    with pytest.raises(UsageError, match="never set from credentials"):
        variables.require_allowed(variable)

    found, left_out = variables.all_of([variable.lower(), "user"])

    assert found == {"USER": "user"}
    assert left_out == (variable.lower(),)


@pytest.mark.parametrize("variable", ["", "1A", "A-B", "A B", "A=B", "Ä", "A\n", "${A}"])
def test_what_is_no_name_of_a_variable_is_refused(variable: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a variable"):
        variables.require_allowed(variable)


@pytest.mark.parametrize(
    ("key", "prefix", "variable"),
    [
        ("uri", "", "URI"),
        ("db.host", "", "DB_HOST"),
        ("db-host", "PG_", "PG_DB_HOST"),
        ("2fa", "", "_2FA"),
        ("a_x2f_b", "", "A_X2F_B"),
    ],
)
def test_a_key_becomes_a_variable(key: str, prefix: str, variable: str) -> None:
    assert variables.variable_of(key, prefix) == variable


def test_a_prefix_makes_harmless_what_would_be_left_out() -> None:
    assert variables.all_of(["path"], "DB_") == ({"DB_PATH": "path"}, ())


def test_keys_that_would_be_the_same_variable_are_refused_with_both_named() -> None:
    with pytest.raises(UsageError, match=r"'a-b' and 'a\.b' would both be variable A_B"):
        variables.all_of(["a-b", "a.b"])


def test_facts_about_the_binding_are_no_variables() -> None:
    assert variables.all_of(["type", "provider", "credentials.json", "uri"])[0] == {"URI": "uri"}
