"""Who may talk to the studio: whoever has its token, from its own address, on this machine.

The token comes once in the address that `neocog studio` prints and then lives in a cookie that no script can read and
no other site can send. A request under another host name (DNS rebinding) or from another origin is refused before
anything is looked at, and so is a large body. Every answer carries a policy under which a page can load nothing from
elsewhere and run no script but the studio's own.
"""

import hmac
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY = 1_000_000
"""The largest request, in bytes."""
MOST_IMAGE = 20_000_000
"""The largest request that hands in an image."""
IMAGES = ("/api/see/images", "/api/see/look")
"""Where images are handed in."""

CHART_STYLE = "sha256-zrfVyvY1E/5V+DXZunsRZW8XTqTsuIZzp8dBDThhSn8="
"""The hash of the style sheet that Observable Plot puts into each chart."""


def cookie_name(port: int) -> str:
    """The cookie's name; cookies do not know ports, and two studios may run side by side."""
    return f"neocog-studio-{port}"


def policy(chart_style: str = CHART_STYLE) -> str:
    """The content security policy of every page."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            f"style-src 'self' '{chart_style}'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


_HEADERS = {
    "content-security-policy": policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class _TooLarge(Exception):  # noqa: N818  (it ends the reading of a body)
    pass


@final
class Guard:
    """An application that lets through what may come to another one."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self.app, self.token, self.cookie = app, token, cookie_name(port)
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.origins = {f"http://{host}" for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, _headed(send))
            return
        taken, most = 0, _most(scope)

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _TooLarge
            return message

        async def unless_large(message: Message) -> None:
            if taken <= most:  # else the application answers that it could not read it
                await send(message)

        with suppress(_TooLarge):
            await self.app(scope, bounded, _headed(unless_large))
        if taken > most:
            await _too_large(most)(scope, receive, _headed(send))

    def _refused(self, scope: Scope) -> Response | None:
        """The answer to who may not come in; None for who may."""
        headers = Headers(scope=scope)
        if headers.get("host") not in self.hosts:
            return _told(421, "the studio answers under 127.0.0.1 and localhost only")
        if "origin" in headers and headers["origin"] not in self.origins:
            return _told(403, "another site may not talk to the studio")
        if int(headers.get("content-length", "0") or 0) > _most(scope):
            return _too_large(_most(scope))
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = next((value for name, value in asked if name == "token"), None)
        if given is not None and scope["method"] == "GET" and not scope["path"].startswith("/api/"):
            return self._let_in(scope["path"], asked) if self._is_right(given) else _stranger()
        return None if self._is_right(_cookie(headers, self.cookie)) else _stranger()

    def _let_in(self, path: str, asked: list[tuple[str, str]]) -> Response:
        """Move the token from the address into a cookie."""
        rest = urlencode([pair for pair in asked if pair[0] != "token"])
        target = "/" + path.lstrip("/\\")  # two slashes would lead to another host
        answer = RedirectResponse(f"{target}?{rest}" if rest else target, status_code=303)
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return answer

    def _is_right(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.token.encode())


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _most(scope: Scope) -> int:
    """The bytes that a request may hold."""
    return MOST_IMAGE if scope["path"] in IMAGES else MOST_BODY


def _too_large(most: int) -> Response:
    return _told(413, f"a request must hold at most {most:,} bytes")


def _stranger() -> Response:
    return _told(401, "this is not your studio, or it was started anew: open the address that `neocog studio` printed")


def _told(status: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", status_code=status)


def _headed(send: Send) -> Send:
    """Send with the headers that every answer has."""

    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return headed


def problem(request: Request, status: int, message: str) -> JSONResponse:
    """What went wrong and how to mend it, as every error of the interface says it.

    A browser writes each answer of the four hundreds into its console as an error, but a page that shows a deleted run
    as deleted has none. So what a page of the studio fetches or draws is answered with 200, and the header `problem`
    holds the status; a program is answered with the status itself.
    """
    wrong, _, mend = message.partition("; ")
    told = JSONResponse({"wrong": wrong, "mend": mend}, status_code=status)
    asked = {name: request.headers.get(f"sec-fetch-{name}") for name in ("site", "mode", "dest")}
    if asked["site"] == "same-origin" and (asked["mode"] == "cors" or asked["dest"] == "image"):
        told.headers["problem"] = str(status)
        told.status_code = 200
    return told
