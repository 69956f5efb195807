"""Service interfaces between processes: the same declarations, reached over an association.

An interface of `service` is a Protocol of coroutines over typed values. `operations` reads from it how each
is encoded; `link` carries calls and answers; `far` gives a consumer an object that looks like the producer.

This is our own encoding (msgpack), between processes of one network that is configured as one; it is not the
HTTP/2 and JSON of TS 29.500, whose operations and values the interfaces have.
"""

from pilot5g.service.remote.far import far
from pilot5g.service.remote.link import Link, Offered

__all__ = ["Link", "Offered", "far"]
