"""The network, as an interface of one method, and its implementation on requests."""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import quote

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from django_tim import __version__
from django_tim.exceptions import NotSent, OutcomeUnknown, TransportError
from django_tim.exceptions import said as _

from .config import AppConfig
from .secret import Secret, guard_logs

_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": f"django-tim/{__version__}",
    "Accept": "application/json",
}


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer. Its ``repr`` hides the body: a gateway's page may show the URL."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


class Transport(Protocol):
    """Whatever can carry a call to the service."""

    def post(
        self, url: str, params: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> RawAnswer:
        """Send one POST and return its answer, whatever its status.

        ``params`` holds the signature as a Secret, a text that prints as dots. ``timeout`` is
        (connect, read) in seconds. Raises NotSent if nothing can have reached the service,
        OutcomeUnknown if something may have. Neither may hold the signature.
        """

    def close(self) -> None:
        """Close what is open; a later call opens it again."""


class HTTPTransport:
    """One ``requests.Session`` for a process and app, shared by its threads.

    Certificates are always verified and redirects never followed. After a fork the child
    opens connections of its own. ``adapter`` replaces the network (a simulator's).
    """

    def __init__(self, config: AppConfig, *, adapter: BaseAdapter | None = None) -> None:
        self._config = config
        self._adapter = adapter
        # By process id, and without a lock: a fork would copy one that is held.
        self._sessions: dict[int, _Session] = {}
        guard_logs()

    def post(
        self, url: str, params: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> RawAnswer:
        try:
            return self._session().post(url, params, body, timeout)
        except (OSError, HTTPError) as error:  # requests' exceptions are OSErrors
            failure = _translate(error)
        except BaseException as error:  # noqa: BLE001  (raised again)
            # A task's time limit can strike inside requests, whose frames hold the URL.
            error.__context__ = None
            raise error.with_traceback(None) from None
        # Raised out here, so that it does not drag the original along: that holds the URL.
        raise failure

    def close(self) -> None:
        session = self._sessions.pop(os.getpid(), None)
        if session is not None:
            session.close()

    def _session(self) -> _Session:
        session = self._sessions.get(os.getpid())
        if session is None:
            session = self._sessions.setdefault(os.getpid(), _Session(self._config, self._adapter))
        return session


class _Session:
    """A ``requests.Session`` and what each of its calls has in common.

    The headers are prepared once, and the environment is asked once a URL for proxies and
    certificates (and never for a ~/.netrc): both for each call would double its CPU time.
    """

    def __init__(self, config: AppConfig, adapter: BaseAdapter | None) -> None:
        self._session = session = requests.Session()
        session.trust_env = config.trust_env
        # Named for each call, since the environment's would go before the session's.
        self._verify = config.ca_bundle or None
        session.headers.update(_HEADERS)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = adapter or _Adapter(pool_connections=4, pool_maxsize=config.pool_size)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        self._settings: dict[str, dict[str, Any]] = {}
        self._prepared: dict[str, requests.PreparedRequest] = {}

    def post(
        self, url: str, params: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> RawAnswer:
        request = self._request(url)
        request.url = f"{url}?{_query(params)}"
        request.body = body
        request.headers["Content-Length"] = str(len(body))
        # Neither what follows redirects and keeps cookies, nor a body in pieces of 10 KB.
        adapter = self._session.get_adapter(url)
        response = adapter.send(request, timeout=timeout, **self._settings_for(url))
        answer = response.raw.read(decode_content=True)
        return RawAnswer(response.status_code, answer, response.headers)

    def close(self) -> None:
        self._session.close()

    def _request(self, url: str) -> requests.PreparedRequest:
        prepared = self._prepared.get(url)
        if prepared is None:
            request = requests.Request("POST", url, auth=_no_auth)
            prepared = self._prepared[url] = self._session.prepare_request(request)
        return prepared.copy()

    def _settings_for(self, url: str) -> dict[str, Any]:
        settings = self._settings.get(url)
        if settings is None:
            merged = self._session.merge_environment_settings(url, {}, True, self._verify, None)
            settings = self._settings[url] = dict(merged)
        return settings


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _query(params: Mapping[str, str]) -> str:
    return "&".join(
        f"{name}={quote(value.reveal() if isinstance(value, Secret) else value, safe='*')}"
        for name, value in params.items()
    )


@contextmanager
def _connecting(connection: HTTPConnection) -> Iterator[None]:
    """Give every failure before the request is sent one type: urllib3 mixes it with others."""
    try:
        yield
    except (NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
        raise
    except (OSError, HTTPError, http.client.HTTPException) as error:
        raise NewConnectionError(connection, _cause(error)) from error


class _HTTPConnection(HTTPConnection):
    def connect(self) -> None:
        with _connecting(self):
            super().connect()


class _HTTPSConnection(HTTPSConnection):
    def connect(self) -> None:
        with _connecting(self):
            super().connect()


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    """Its connections tell a failure to connect from one of a request that was sent."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
        return manager


def _translate(error: OSError | HTTPError) -> TransportError:
    """Our exception for one of requests', without its text where that holds the URL."""
    reason = _reason(error)
    if isinstance(reason, urllib3.exceptions.ProxyError):
        return NotSent(_("the proxy could not be used"))
    if isinstance(reason, urllib3.exceptions.ConnectTimeoutError):  # NewConnectionError too
        return NotSent(_("no connection: {cause}", cause=_cause(reason)))
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return NotSent(_("the host is not a usable address"))
    if not isinstance(error, requests.RequestException | HTTPError):
        return NotSent(
            _("the connection could not be prepared: {cause}", cause=str(error))
        )  # no such CA bundle
    if isinstance(error, requests.ReadTimeout):
        return OutcomeUnknown(_("no answer within the time limit"))
    return OutcomeUnknown(_("the connection broke before the whole answer came"))


def _reason(error: BaseException) -> BaseException:
    """The innermost of the exceptions that requests and urllib3 have wrapped."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    return _reason(inner) if isinstance(inner, BaseException) and inner is not error else error


def _cause(error: BaseException) -> str:
    """Why no connection came about, in words that hold no URL."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid ({error.verify_message})"
    if isinstance(error, NewConnectionError):
        return str(error).partition(": ")[2]
    if isinstance(error, TimeoutError | urllib3.exceptions.ConnectTimeoutError):
        return "not within the time limit"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
