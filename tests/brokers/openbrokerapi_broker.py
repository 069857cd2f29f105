"""A broker that we did not write: openbrokerapi (Flask), over a real socket.

``with start_openbrokerapi(directory) as broker:`` one service ``postbox`` with the plans below.
Also its own launcher (``python -m tests.brokers.openbrokerapi_broker``). State lives in memory.
"""

import json
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openbrokerapi import api, errors
from openbrokerapi import catalog as ob_catalog
from openbrokerapi import service_broker as ob

from tests.brokers.process import BrokerProcess, die_with_parent, launch

SERVICE_ID = "7c2f9a34-4d3e-4c5e-9a53-0b8f2f5b2a01"
SERVICE = "postbox"
SYNC = "sync"
ASYNC = "async"
ASYNC_FAILING = "async-failing"  # provisioning ends in failure
ASYNC_BIND = "async-bind"  # provisioned at once, bound asynchronously
PLANS = {
    name: f"7c2f9a34-4d3e-4c5e-9a53-0b8f2f5b2b{number:02}"
    for number, name in enumerate((SYNC, ASYNC, ASYNC_FAILING, ASYNC_BIND))
}


@dataclass(slots=True, kw_only=True)
class OpenBrokerApiBroker(BrokerProcess):
    """The running broker."""

    def contents(self) -> tuple[set[str], set[str]]:
        """Ids of the instances and of the bindings that it has, by a side door without login."""
        with urllib.request.urlopen(f"{self.url}/contents") as answer:
            found = json.load(answer)
        return set(found["instances"]), set(found["bindings"])


@contextmanager
def start_openbrokerapi(
    directory: Path,
    *,
    username: str = "postmaster",
    password: str = "stamp:duty",
    async_delay_s: float = 0.2,
) -> Iterator[OpenBrokerApiBroker]:
    """Start the broker on a free port; SIGKILL it at the end."""
    settings = {"username": username, "password": password, "async_delay_s": async_delay_s}
    log_file = directory / "openbrokerapi.log"
    popen, url = launch("tests.brokers.openbrokerapi_broker", settings, log_file)
    broker = OpenBrokerApiBroker(
        popen=popen, url=url, log_file=log_file, username=username, password=password
    )
    try:
        yield broker
    finally:
        broker.kill()


@dataclass
class Job:
    """Something asynchronous: it ends when its time has come."""

    ends_at: float
    fails: bool = False
    deletes: bool = False

    def state(self) -> ob.OperationState:
        if time.monotonic() < self.ends_at:
            return ob.OperationState.IN_PROGRESS
        return ob.OperationState.FAILED if self.fails else ob.OperationState.SUCCEEDED


@dataclass
class Box:
    """An instance or a binding."""

    plan_id: str
    parameters: dict[str, Any]
    jobs: dict[str, Job] = field(default_factory=dict)
    bindings: dict[str, "Box"] = field(default_factory=dict)

    def add_job(self, name: str, job: Job) -> str:
        self.jobs[name] = job
        return name

    def is_ready(self) -> bool:
        return all(job.state() is ob.OperationState.SUCCEEDED for job in self.jobs.values())

    def is_made(self) -> bool:
        made = self.jobs.get("make")
        return made is None or made.state() is ob.OperationState.SUCCEEDED


class Postbox(ob.ServiceBroker):  # type: ignore[misc] # untyped library
    """Keeps boxes in memory, as the library's documentation shows it."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s
        self._boxes: dict[str, Box] = {}
        self._lock = threading.RLock()

    def contents(self) -> dict[str, list[str]]:
        with self._lock:
            self._sweep()
            bindings = [name for box in self._boxes.values() for name in box.bindings]
            return {"instances": list(self._boxes), "bindings": bindings}

    def catalog(self) -> Any:
        plans = [
            ob_catalog.ServicePlan(
                id=PLANS[name], name=name, description=f"A box, {name}", free=True
            )
            for name in PLANS
        ]
        return ob.Service(
            id=SERVICE_ID,
            name=SERVICE,
            description="Boxes for letters",
            bindable=True,
            plan_updateable=True,
            instances_retrievable=True,
            bindings_retrievable=True,
            plans=plans,
        )

    def provision(self, instance_id: str, details: Any, async_allowed: bool, **kwargs: Any) -> Any:
        with self._lock:
            self._sweep()
            box = self._boxes.get(instance_id)
            wanted = Box(details.plan_id, details.parameters or {})
            if box is not None:
                return self._provisioned_again(box, wanted)
            if details.plan_id in {PLANS[ASYNC], PLANS[ASYNC_FAILING]}:
                self._require(async_allowed)
                fails = details.plan_id == PLANS[ASYNC_FAILING]
                operation = wanted.add_job("make", self._job(fails=fails))
                self._boxes[instance_id] = wanted
                return ob.ProvisionedServiceSpec(ob.ProvisionState.IS_ASYNC, operation=operation)
            self._boxes[instance_id] = wanted
            return ob.ProvisionedServiceSpec()

    def _provisioned_again(self, box: Box, wanted: Box) -> Any:
        if (box.plan_id, box.parameters) != (wanted.plan_id, wanted.parameters):
            raise errors.ErrInstanceAlreadyExists
        if not box.is_made():
            return ob.ProvisionedServiceSpec(ob.ProvisionState.IS_ASYNC, operation="make")
        return ob.ProvisionedServiceSpec(ob.ProvisionState.IDENTICAL_ALREADY_EXISTS)

    def update(self, instance_id: str, details: Any, async_allowed: bool, **kwargs: Any) -> Any:
        with self._lock:
            box = self._boxes.get(instance_id)
            if box is None:
                raise errors.ErrInvalidParameters("no such box")
            if not box.is_ready():
                raise errors.ErrConcurrentInstanceAccess
            is_async = box.plan_id == PLANS[ASYNC]
            if is_async:
                self._require(async_allowed)
            box.plan_id = details.plan_id or box.plan_id
            box.parameters |= details.parameters or {}
            operation = box.add_job("change", self._job()) if is_async else None
            return ob.UpdateServiceSpec(is_async, operation)

    def deprovision(
        self, instance_id: str, details: Any, async_allowed: bool, **kwargs: Any
    ) -> Any:
        with self._lock:
            self._sweep()
            box = self._boxes.get(instance_id)
            if box is None:
                raise errors.ErrInstanceDoesNotExist
            if box.plan_id not in {PLANS[ASYNC], PLANS[ASYNC_FAILING]}:
                del self._boxes[instance_id]
                return ob.DeprovisionServiceSpec(False)
            self._require(async_allowed)
            if "delete" not in box.jobs:
                box.add_job("delete", self._job(deletes=True))
            return ob.DeprovisionServiceSpec(True, "delete")

    def bind(
        self,
        instance_id: str,
        binding_id: str,
        details: Any,
        async_allowed: bool,
        **kwargs: Any,
    ) -> Any:
        with self._lock:
            self._sweep()
            box = self._boxes.get(instance_id)
            if box is None:
                raise errors.ErrBadRequest("no such box")
            if not box.is_ready():
                raise errors.ErrConcurrentInstanceAccess
            wanted = Box(details.plan_id, details.parameters or {})
            existing = box.bindings.get(binding_id)
            if existing is not None:
                return self._bound_again(binding_id, existing, wanted)
            if box.plan_id == PLANS[ASYNC_BIND]:
                self._require(async_allowed)
                operation = wanted.add_job("make", self._job())
                box.bindings[binding_id] = wanted
                return ob.Binding(ob.BindState.IS_ASYNC, operation=operation)
            box.bindings[binding_id] = wanted
            return ob.Binding(credentials=_credentials(binding_id))

    def _bound_again(self, binding_id: str, existing: Box, wanted: Box) -> Any:
        if existing.parameters != wanted.parameters:
            raise errors.ErrBindingAlreadyExists
        if not existing.is_made():
            return ob.Binding(ob.BindState.IS_ASYNC, operation="make")
        credentials = _credentials(binding_id)
        return ob.Binding(ob.BindState.IDENTICAL_ALREADY_EXISTS, credentials=credentials)

    def unbind(
        self,
        instance_id: str,
        binding_id: str,
        details: Any,
        async_allowed: bool,
        **kwargs: Any,
    ) -> Any:
        with self._lock:
            self._sweep()
            box = self._boxes.get(instance_id)
            if box is None or binding_id not in box.bindings:
                raise errors.ErrBindingDoesNotExist
            if box.plan_id != PLANS[ASYNC_BIND]:
                del box.bindings[binding_id]
                return ob.UnbindSpec(False)
            self._require(async_allowed)
            binding = box.bindings[binding_id]
            if "delete" not in binding.jobs:
                binding.add_job("delete", self._job(deletes=True))
            return ob.UnbindSpec(True, "delete")

    def last_operation(self, instance_id: str, operation_data: str | None, **kwargs: Any) -> Any:
        with self._lock:
            self._sweep()
            if instance_id not in self._boxes:
                raise errors.ErrInstanceDoesNotExist
            return self._poll(self._boxes[instance_id], operation_data)

    def last_binding_operation(
        self, instance_id: str, binding_id: str, operation_data: str | None, **kwargs: Any
    ) -> Any:
        with self._lock:
            self._sweep()
            box = self._boxes.get(instance_id)
            if box is None or binding_id not in box.bindings:
                # The library knows no 410 here; a deleted binding's job has succeeded.
                return ob.LastOperation(ob.OperationState.SUCCEEDED, "")
            return self._poll(box.bindings[binding_id], operation_data)

    def _poll(self, box: Box, operation: str | None) -> Any:
        jobs = list(box.jobs.values())
        job = box.jobs.get(operation or "") or (jobs[-1] if jobs else None)
        state = job.state() if job else ob.OperationState.SUCCEEDED
        description = "the box fell apart" if state is ob.OperationState.FAILED else ""
        return ob.LastOperation(state, description)

    def get_instance(self, instance_id: str, **kwargs: Any) -> Any:
        with self._lock:
            self._sweep()
            box = self._boxes.get(instance_id)
            if box is None or not box.is_made():
                raise errors.ErrInstanceDoesNotExist
            return ob.GetInstanceDetailsSpec(SERVICE_ID, box.plan_id, None, box.parameters)

    def get_binding(self, instance_id: str, binding_id: str, **kwargs: Any) -> Any:
        with self._lock:
            self._sweep()
            box = self._boxes.get(instance_id)
            binding = box.bindings.get(binding_id) if box else None
            if binding is None or not binding.is_made():
                raise errors.ErrBindingDoesNotExist
            return ob.GetBindingSpec(_credentials(binding_id), parameters=binding.parameters)

    def _job(self, *, fails: bool = False, deletes: bool = False) -> Job:
        return Job(time.monotonic() + self._delay_s, fails=fails, deletes=deletes)

    def _sweep(self) -> None:
        for boxes in [self._boxes, *(box.bindings for box in self._boxes.values())]:
            for name in [name for name, box in boxes.items() if _is_deleted(box)]:
                del boxes[name]

    @staticmethod
    def _require(async_allowed: bool) -> None:
        if not async_allowed:
            raise errors.ErrAsyncRequired


def _is_deleted(box: Box) -> bool:
    return any(
        job.deletes and job.state() is ob.OperationState.SUCCEEDED for job in box.jobs.values()
    )


def _credentials(binding_id: str) -> dict[str, str]:
    return {
        "uri": f"post://box.example:25/{binding_id}",
        "username": f"user-{binding_id[:8]}",
        "password": f"secret-{binding_id}",
    }


def main() -> None:
    die_with_parent()
    import logging

    from flask import Flask, jsonify
    from werkzeug.serving import make_server

    settings = json.load(sys.stdin)
    postbox = Postbox(settings["async_delay_s"])
    app = Flask(__name__)
    credentials = api.BrokerCredentials(settings["username"], settings["password"])
    logger = logging.getLogger("openbrokerapi")
    app.register_blueprint(api.get_blueprint(postbox, credentials, logger))
    app.add_url_rule("/contents", view_func=lambda: jsonify(postbox.contents()))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"listening on http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
