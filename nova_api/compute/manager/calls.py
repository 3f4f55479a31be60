"""The host's end of calls: questions answered by the manager, work items done while somebody waits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from nova_api import exception
from nova_api.compute.host_calls import DO
from nova_api.context import RequestContext
from nova_api.db.silent import SILENT_ERRORS
from nova_api.work.worker import Task

LOG = logging.getLogger(__name__)

#: Answers ``(context, **arguments)``, among them ``server_uuid`` where it is about one; the answer is JSON.
Question = Callable[..., Any]


class Calls:
    """Answers the calls to one host; ``do`` handles a work item (``Worker.do``)."""

    def __init__(
        self, host: str, questions: Mapping[str, Question], do: Callable[[str], Task | None]
    ) -> None:
        self._host = host
        self._questions = questions
        self._do = do

    def answer(self, method: str, arguments: dict[str, Any]) -> Any:
        """Raises what the question or the work raises, where the database does not answer DatabaseSilent."""
        try:
            return self._answer(method, arguments)
        except SILENT_ERRORS as error:
            LOG.warning("The database does not answer: %s", str(error).splitlines()[0])
            raise exception.DatabaseSilent from error

    def _answer(self, method: str, arguments: dict[str, Any]) -> Any:
        if method == DO:
            return self._done(arguments["item"])
        question = self._questions.get(method)
        if question is None:
            raise exception.HostCallFailed(f"Compute host {self._host} does not answer {method}.")
        given = dict(arguments)
        return question(RequestContext(**given.pop("context")), **given)

    def _done(self, item: str) -> Any:
        task = self._do(item)
        if task is None:
            # The sweep was quicker than the call.  What came of it is in the database only.
            raise exception.HostSilent(host=self._host)
        if task.error is not None:
            raise task.error
        return task.answer
