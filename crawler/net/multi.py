"""libcurl's transfers on the asyncio loop, its sockets watched by an epoll of their own.

libcurl begins and ends to watch a socket with every transfer. To tell the event loop each time costs a handle, a key
and a dozen calls; here the kernel is told at once, and the loop watches the one file that stands for all sockets.
There is one timer: a later one waits behind it. Where there is no epoll, pycurl's own driver does the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
from typing import Any

import pycurl

# What the kernel says of a socket that broke is read by libcurl from the socket itself.
_READ = getattr(select, "EPOLLIN", 1) | getattr(select, "EPOLLHUP", 16) | getattr(select, "EPOLLERR", 8)
_WRITE = getattr(select, "EPOLLOUT", 4)


class EpollMulti:
    """Transfers over one multi handle. Bound to the loop it is made in; close it there."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._futures: dict[Any, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None  # when libcurl wants to be called
        self._watched: set[int] = set()
        self._epoll = select.epoll()
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._remind)
        self._loop.add_reader(self._epoll.fileno(), self._ready)

    def setopt(self, option: int, value: Any) -> None:
        """Sets an option of the multi handle."""
        self._multi.setopt(option, value)

    async def perform(self, handle: Any) -> None:
        """Returns when a transfer has ended. Raises pycurl.error where it failed; cancelled, it is broken off."""
        future = self._futures[handle] = self._loop.create_future()
        try:
            self._multi.add_handle(handle)
            await future
        finally:
            if self._futures.pop(handle, None) is not None:  # it did not end by itself
                with contextlib.suppress(pycurl.error):
                    self._multi.remove_handle(handle)

    async def aclose(self) -> None:
        """Breaks off what is under way and closes all connections. May be called twice."""
        if self._epoll.closed:
            return
        self._loop.remove_reader(self._epoll.fileno())
        if self._timer is not None:
            self._timer.cancel()
        for handle, future in self._futures.items():
            with contextlib.suppress(pycurl.error):
                self._multi.remove_handle(handle)
            future.cancel()
        self._futures.clear()
        self._multi.close()
        self._epoll.close()

    # what libcurl asks for

    def _watch(self, what: int, socket: int, multi: object, data: object) -> None:
        if what == pycurl.POLL_REMOVE:
            self._watched.discard(socket)
            try:
                self._epoll.unregister(socket)
            except OSError:
                return  # it is closed already
            return
        mask = (select.EPOLLIN if what & pycurl.POLL_IN else 0) | (select.EPOLLOUT if what & pycurl.POLL_OUT else 0)
        if socket in self._watched:
            with contextlib.suppress(FileNotFoundError):  # it is another one under the same number
                self._epoll.modify(socket, mask)
                return
        self._watched.add(socket)
        try:
            self._epoll.register(socket, mask)
        except FileExistsError:
            self._epoll.modify(socket, mask)

    def _remind(self, milliseconds: int) -> None:
        if milliseconds < 0:
            self._due = None  # the timer will find nothing to do
            return
        self._due = self._loop.time() + milliseconds / 1000
        if self._timer is None:
            self._timer = self._loop.call_at(self._due, self._late)
        elif self._timer.when() > self._due:
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._late)

    # what the loop calls

    def _late(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._due > self._loop.time():
            self._timer = self._loop.call_at(self._due, self._late)
            return
        self._due = None
        self._act(pycurl.SOCKET_TIMEOUT, 0)
        self._settle()

    def _ready(self) -> None:
        for socket, event in self._epoll.poll(0):
            read = pycurl.CSELECT_IN if event & _READ else 0
            self._act(socket, read | (pycurl.CSELECT_OUT if event & _WRITE else 0))
        self._settle()

    def _act(self, socket: int, mask: int) -> None:
        try:
            self._multi.socket_action(socket, mask)
        except pycurl.error as error:  # of the multi handle itself: no transfer will end any more
            for handle in list(self._futures):
                self._end(handle, error)

    def _settle(self) -> None:
        _, ended, failed = self._multi.info_read()
        for handle in ended:
            self._end(handle, None)
        for handle, code, message in failed:
            self._end(handle, pycurl.error(code, message))

    def _end(self, handle: Any, error: Exception | None) -> None:
        future = self._futures.pop(handle, None)
        if future is None:
            return
        try:
            self._multi.remove_handle(handle)
        except pycurl.error as refused:
            error = error or refused
        if future.done():  # cancelled in the same turn of the loop
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


def multi() -> Any:
    """Returns a driver for the running loop: `perform`, `setopt`, `aclose`."""
    return EpollMulti() if hasattr(select, "epoll") else pycurl.AsyncCurlMulti()
