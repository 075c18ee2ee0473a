"""Every error that the API answers, as an RFC 9457 problem document.

Owns the shape, the register of codes, and how an exception becomes one. A `code` is stable for ever: programs branch
on it. `detail` is one sentence for a person and never holds a secret or a traceback.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.types import ExceptionHandlersMap

from treadle.dsl.diagnostics import Report
from treadle.runtime.access import Forbidden
from treadle.runtime.ports import StoreDown

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 2
"""Seconds after which a sender should try again while the database is away."""

CODES = {
    "key_missing": (401, "A key is needed"),
    "not_verified": (401, "It is not known who this is"),
    "sign_in_refused": (401, "This is not how you sign in"),
    "csrf_failed": (403, "This does not come from a page of ours"),
    "session_needed": (403, "Only somebody who is signed in can do this"),
    "forbidden": (403, "This is not yours to do"),
    "bad_request": (400, "The request makes no sense"),
    "unreadable": (400, "The delivery cannot be read"),
    "no_provider": (404, "There is no identity provider"),
    "plugin_unknown": (404, "There is no such plugin"),
    "not_found": (404, "There is nothing here"),
    "hook_unknown": (404, "There is no such hook"),
    "event_unknown": (404, "There is no such event"),
    "run_unknown": (404, "There is no such run"),
    "backtest_unknown": (404, "There is no such backtest"),
    "rule_unknown": (404, "There is no such rule"),
    "step_unknown": (404, "There is no such step"),
    "agent_unknown": (404, "There is no such agent"),
    "sequence_unknown": (404, "There is no such sequence"),
    "starts_unknown": (404, "There is no such list of starts"),
    "approval_unknown": (404, "There is no such question"),
    "connection_unknown": (404, "There is no such connection"),
    "user_unknown": (404, "There is no such member"),
    "workspace_unknown": (404, "There is no such workspace"),
    "group_unknown": (404, "There is no such group"),
    "invitation_unknown": (404, "There is no such invitation"),
    "key_unknown": (404, "There is no such key"),
    "file_unknown": (404, "There is no such file"),
    "publication_unknown": (404, "There is no such publication"),
    "method_not_allowed": (405, "This address does not take that method"),
    "timeout": (408, "The body took too long"),
    "approval_closed": (409, "The question is closed"),
    "approval_decided": (409, "The question was decided otherwise"),
    "run_over": (409, "The run is over"),
    "backtest_over": (409, "The backtest is over"),
    "backtest_running": (409, "A backtest is at work"),
    "found": (409, "The service has it"),
    "would_repeat": (409, "It would do once more what the run did"),
    "step_passed": (409, "The run has gone on"),
    "step_resolved": (409, "Somebody said something already"),
    "step_settled": (409, "Nothing is unknown about the step"),
    "too_early": (409, "It is too early to send it again"),
    "idempotency_running": (409, "The first request with this key is at work"),
    "name_taken": (409, "The name is taken"),
    "slug_taken": (409, "The slug is taken"),
    "email_taken": (409, "A member has this email"),
    "last_owner": (409, "There must be an owner"),
    "rule_says_otherwise": (409, "The text of the rule says otherwise"),
    "would_overwrite": (409, "Something else is there"),
    "draft_outdated": (409, "The live file changed after the draft was begun"),
    "changed_meanwhile": (412, "Somebody else was first"),
    "base_changed": (412, "The files have changed"),
    "too_large": (413, "The body is too large"),
    "wrong_content_type": (415, "This content type is not taken here"),
    "idempotency_conflict": (422, "The key belongs to another request"),
    "backtest_invalid": (422, "This cannot be replayed"),
    "event_invalid": (422, "The event does not fit its trigger"),
    "not_a_member": (422, "Somebody is not a member"),
    "fields_invalid": (422, "The fields do not fit the connection"),
    "edit_refused": (422, "The edit would do damage"),
    "archive_invalid": (422, "The archive cannot be taken"),
    "path_invalid": (422, "No rule file can be called that"),
    "text_invalid": (422, "The text cannot be kept"),
    "rules_have_faults": (422, "The rule files have faults"),
    "cannot_resolve": (422, "The step cannot be resolved like this"),
    "cannot_retry": (422, "The run cannot be retried like this"),
    "no_look_up": (422, "The action cannot be looked up"),
    "output_invalid": (422, "The output does not fit the step"),
    "run_untold": (422, "The run cannot be told as a test"),
    "rows_invalid": (422, "The rows cannot be taken"),
    "start_invalid": (422, "The rule cannot be started like this"),
    "not_by_consent": (422, "The connection is not made by consent"),
    "consent_refused": (422, "The account was not connected"),
    "test_failed": (422, "The connection does not work"),
    "too_much": (422, "The question takes too much"),
    "too_many_watchers": (429, "There are too many streams"),
    "language_full": (429, "Too many questions about the language wait"),
    "head_too_large": (431, "The headers are too large"),
    "too_many_requests": (429, "Too many requests"),
    "unexpected": (500, "Something unexpected happened"),
    "language_busy": (503, "The language is busy"),
    "database_down": (503, "The database cannot be reached"),
}
"""Each code with its status and its title. `/api/docs` lists them; the `type` of a problem points there."""

BY_STATUS = {
    400: "bad_request", 401: "key_missing", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    408: "timeout", 413: "too_large", 415: "wrong_content_type",
}  # fmt: skip


class FieldError(msgspec.Struct, frozen=True):
    """One field that does not fit: `key` is its path (`data.price`), `source` where it came from (`body`, `query`)."""

    key: str
    message: str
    source: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong. `type` is a relative address of its description, `instance` the path that was asked for."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    errors: tuple[FieldError, ...] = ()
    diagnostics: tuple[Report, ...] = ()


class Refused(Exception):
    """Raised by a handler to answer a problem. `status` is only needed for a code that is not in the register;
    `retry_after` are the seconds after which the same may be asked again.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        diagnostics: tuple[Report, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail, self.status, self.diagnostics = code, detail, status, diagnostics
        self.retry_after = retry_after


def problem(code: str, detail: str, instance: str | None, *, status: int | None = None, **more: Any) -> Problem:
    """The document for a code; a code that a plugin chose gets the standard phrase of its status as title."""
    known = CODES.get(code)
    status = status or (known[0] if known else 400)
    return Problem(
        type=f"/api/docs#{code}" if known else "about:blank",
        title=known[1] if known else HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        instance=instance,
        **more,
    )


def _answer(told: Problem, headers: dict[str, str] | None = None) -> Response[Any]:
    return Response(msgspec.json.encode(told), status_code=told.status, media_type=MEDIA_TYPE, headers=headers)


def _instance(request: Request[Any, Any, Any]) -> str:
    """The path that was asked for; of a hook or a link only its beginning, because the rest is a secret."""
    path = request.url.path
    return next((secret for secret in ("/hooks", "/decide") if path.startswith(f"{secret}/")), path)


def _refused(request: Request[Any, Any, Any], refused: Refused) -> Response[Any]:
    told = problem(
        refused.code, refused.detail, _instance(request), status=refused.status, diagnostics=refused.diagnostics
    )
    headers = {"WWW-Authenticate": "Bearer"} if told.status == 401 else {}
    again = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
    return _answer(told, headers | again)


def _http(request: Request[Any, Any, Any], failure: HTTPException) -> Response[Any]:
    failure = _misread(failure)
    code = BY_STATUS.get(failure.status_code, HTTPStatus(failure.status_code).name.lower())
    errors = tuple(_field_errors(failure.extra))
    detail = _sentence(failure, request.method, bool(errors))
    told = problem(code, detail, _instance(request), status=failure.status_code, errors=errors)
    return _answer(told, {**(failure.headers or {})})


def _misread(failure: HTTPException) -> HTTPException:
    """Litestar takes a wrong field of a body for a fault of ours when it is called as a dependency is (`who`)."""
    cause = failure.__cause__
    if not isinstance(failure, InternalServerException) or not isinstance(cause, msgspec.ValidationError):
        return failure
    message, _, place = str(cause).partition(" - at ")
    key = place.strip("`").removeprefix("$.data.")
    return ValidationException(extra=[{"message": message, "key": key}])


def _sentence(failure: HTTPException, method: str, has_errors: bool) -> str:  # noqa: FBT001 - one caller, one screen up
    if has_errors:
        return "Some values do not fit; `errors` names each."
    match failure.status_code:
        case 404:
            return "There is nothing at this address; /api/docs lists what there is."
        case 405:
            return f"This address does not take {method}."
        case 413:
            return "The body is larger than this address takes."
    return failure.detail


def _field_errors(extra: Any) -> list[FieldError]:
    if not isinstance(extra, list):
        return []
    return [
        FieldError(str(each.get("key", "")), str(each["message"]), getattr(each.get("source"), "value", "") or "body")
        for each in extra
        if isinstance(each, dict) and "message" in each
    ]


def _forbidden(request: Request[Any, Any, Any], forbidden: Forbidden) -> Response[Any]:
    return _answer(problem("forbidden", f"{forbidden}.", _instance(request)))


def _store_down(request: Request[Any, Any, Any], _down: StoreDown) -> Response[Any]:
    detail = "Nothing was stored; the same request may be sent again."
    return _answer(problem("database_down", detail, _instance(request)), {"Retry-After": str(RETRY_AFTER)})


def _unreadable(request: Request[Any, Any, Any], _failure: Exception) -> Response[Any]:
    """Nesting without end and bytes that are no UTF-8: the sender's fault, which msgspec raises as these."""
    return _answer(problem("bad_request", "The body cannot be read as JSON.", _instance(request)))


def _unexpected(request: Request[Any, Any, Any], failure: Exception) -> Response[Any]:
    structlog.get_logger("treadle.api").error("request_failed", path=_instance(request), exc_info=failure)
    return _answer(problem("unexpected", "The fault is ours and lies in the log.", _instance(request)))


HANDLERS: ExceptionHandlersMap = {
    Refused: _refused,
    Forbidden: _forbidden,
    HTTPException: _http,
    StoreDown: _store_down,
    RecursionError: _unreadable,
    UnicodeError: _unreadable,
    Exception: _unexpected,
}
