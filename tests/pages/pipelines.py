"""The commands of CI pipelines, as their runners would run them."""

import re
import shlex
from typing import Any

import yaml

_SECRET = re.compile(r"\$\{\{\s*secrets\.(\w+)\s*\}\}")
_RUN_ID = re.compile(r"\$\{\{\s*github\.\w+\s*\}\}")
_PINNED = re.compile(r"^[\w.-]+/[\w./-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$")


def pipeline_steps(kind: str, text: str) -> list[str]:
    """Each step of each job as shell commands."""
    document = yaml.safe_load(text)
    return {"github": _github, "gitlab": _gitlab}[kind](document)


def _github(workflow: dict[str, Any]) -> list[str]:
    found = []
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if uses := step.get("uses"):
                assert _PINNED.match(uses), f"{uses} says no version"
                continue
            environment = {**workflow.get("env", {}), **job.get("env", {}), **step.get("env", {})}
            found.append(_with(environment) + _filled_in(step["run"]))
    return found


def _gitlab(pipeline: dict[str, Any]) -> list[str]:
    common = pipeline.get("variables", {})
    jobs = [job for job in pipeline.values() if isinstance(job, dict) and "script" in job]
    found = []
    for job in jobs:
        variables = {**common, **job.get("variables", {})}
        environment = "".join(f'export {name}="{value}"\n' for name, value in variables.items())
        # One shell for both, another one afterwards, as GitLab has it.
        main = [*job.get("before_script", []), *job["script"]]
        found.append(environment + "\n".join(main))
        if after := job.get("after_script"):
            found.append(environment + "\n".join(after))
    return found


def _with(environment: dict[str, Any]) -> str:
    lines = ["unset KUBECONFIG\n"]  # there is no login but the one that the workflow brings
    for name, value in environment.items():
        secret = _SECRET.fullmatch(str(value))
        shown = f'"${secret[1]}"' if secret else shlex.quote(_filled_in(str(value)))
        lines.append(f"export {name}={shown}\n")
    return "".join(lines)


def _filled_in(text: str) -> str:
    assert not _SECRET.search(text), "a secret in a command would stand in the log"
    return _RUN_ID.sub("1", text)
