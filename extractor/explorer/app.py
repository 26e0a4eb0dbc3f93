"""The application: routes, and what holds for every answer: its policy, its host, its language, one state of the tables."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from extractor.errors import ExtractorError, InputError, StoreError
from extractor.explorer import views
from extractor.explorer.site import Visit
from extractor.query import one_state
from extractor.report.pages import policy

LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_TRIES = 5
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def create_app(data: Path, *, hosts: tuple[str, ...] = LOCAL_HOSTS) -> Starlette:
    """Return the explorer of a data folder, which answers requests for these hosts alone (a name rebound to here is none)."""
    routes = [Route(path, _served(view, data), methods=[method]) for method, path, view in views.ROUTES]
    return Starlette(routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))])


def _served(view: Callable[[Visit], Response], data: Path) -> Callable[[Request], Any]:
    """Return an endpoint: the view, over tables of one state, with our errors as pages."""

    @functools.wraps(view)
    async def endpoint(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        form = dict(await request.form()) if request.method == "POST" else {}
        response = await run_in_threadpool(_answer, view, data, request, form)
        response.headers.update(_HEADERS)
        response.headers.setdefault("Content-Security-Policy", policy(forms=True))
        return response

    return endpoint


def _answer(view: Callable[[Visit], Response], data: Path, request: Request, form: dict[str, Any]) -> Response:
    visit = Visit(request=request, data=data, form={k: v for k, v in form.items() if isinstance(v, str)}, ask=None)
    try:
        if request.method == "POST" and not _from_here(request):
            raise InputError("a mark is set from the explorer's own pages alone")
        return _over_one_state(view, data, visit)
    except InputError as error:
        return HTMLResponse(visit.page("error.html", message=str(error)), status_code=403 if "own pages" in str(error) else 404)
    except ExtractorError as error:
        return HTMLResponse(visit.page("error.html", message=str(error)), status_code=503)


def _over_one_state(view: Callable[[Visit], Response], data: Path, visit: Visit) -> Response:
    """Answer from one state of the tables; where a writer came in between, from the next."""
    for attempt in range(1, _TRIES + 1):
        try:
            with one_state(data) as ask:
                response = view(visit.asking(ask))
        except StoreError:
            if attempt == _TRIES or visit.request.method == "POST":
                raise
        else:
            break
    return response


def _from_here(request: Request) -> bool:
    """Tell whether a form was sent by a page of ours: browsers say where it comes from."""
    origin = request.headers.get("origin")
    return origin is not None and origin == f"{request.url.scheme}://{request.headers.get('host')}"


def serve(data: Path, *, host: str = "127.0.0.1", port: int = 8765) -> None:
    """Serve until interrupted. On another address than loopback everybody who reaches it may read and review."""
    import uvicorn

    hosts = LOCAL_HOSTS if host in LOCAL_HOSTS else ("*",)
    uvicorn.run(create_app(data, hosts=hosts), host=host, port=port, log_level="warning", server_header=False)
