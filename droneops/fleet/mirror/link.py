"""One connection to the store. It is used once: after a loss a new one is made. The only user of redis-py.

redis-py connects and retries by itself; both are off here, because whoever does not hear of a lost store does
not write again what it has forgotten.
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from droneops.errors import ConfigError
from droneops.fleet.mirror.address import StoreAddress

if TYPE_CHECKING:
    from redis import Redis

ANSWER_WITHIN_S = 1.0
"""A store answers within milliseconds; a stop of the service, promised within 2 s, must not wait for it."""

MOST_REASON = 120
"""Characters of a store's own words that are handed on."""

Command = tuple[str | int | float | bytes, ...]


class StoreLostError(Exception):
    """No connection, no answer in time; trying again soon may help."""


class StoreRefusedError(Exception):
    """The store answers and does not want what is said: a wrong password, no memory left."""


class StoreLink:
    """A connection that runs commands, all of a batch or none; used by one thread."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    @classmethod
    def open(cls, address: StoreAddress) -> Self:
        """Connect and be let in.

        Raises:
            StoreLostError: no connection, or no answer in time.
            StoreRefusedError: a wrong password, a file that cannot be read.
        """
        try:
            address.check_files()
            link = cls(_client(address))
        except ConfigError as error:
            raise StoreRefusedError(error.one_line()) from None
        try:
            link.run([("PING",)])
        except BaseException:
            link.close()
            raise
        return link

    def run(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to commands that are run as one transaction.

        Raises:
            StoreLostError: the connection is gone or too slow; whether they were run is not known.
            StoreRefusedError: the store refuses one; which others were run is not known.
        """
        from redis.exceptions import AuthenticationError, ConnectionError, RedisError, TimeoutError

        try:
            with self._client.pipeline(transaction=len(commands) > 1) as batch:
                for command in commands:
                    batch.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py's own gap
                return list(batch.execute())
        except AuthenticationError as error:
            raise StoreRefusedError(_reason(error)) from None
        except TimeoutError:
            raise StoreLostError(f"no answer within {ANSWER_WITHIN_S:.0f} s") from None
        except (ConnectionError, OSError) as error:
            raise StoreLostError(_reason(error)) from None
        except RedisError as error:
            raise StoreRefusedError(_reason(error)) from None

    def close(self) -> None:
        """Close the connection; a store that hangs is not waited for."""
        self._client.connection_pool.disconnect()


def _client(address: StoreAddress) -> Redis:
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis(
        **address.endpoint(),
        username=address.username,
        password=address.password(),
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=ANSWER_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # what Redis 5 speaks too
        max_connections=1,
    )


def _reason(error: Exception) -> str:
    """Why, in one short line; a certificate's fault is named by OpenSSL in the cause.

    redis-py puts the whole command before what the store said of it.
    """
    cause = error.__cause__ or error.__context__
    text = cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else str(error)
    return " ".join(text.rpartition("of pipeline caused error: ")[2].split())[:MOST_REASON]
