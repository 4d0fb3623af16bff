# SPDX-License-Identifier: Apache-2.0
"""A path with a delay and a rate: a TCP proxy that holds every piece back.

usage: slowpath.py LISTEN:PORT TARGET:PORT DELAY_MS [BYTES_PER_SECOND]

The delay is one way; the rate (0: none) holds for each direction of each
connection. What has been read and not passed on is bounded by the rate's
worth of a second, so TCP holds the sender back as a slow line would.
"""

import asyncio
import sys


async def pump(reader, writer, delay, rate):
    """Passes pieces on when their time has come, in order."""
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue(maxsize=1024)

    async def take():
        size = min(65536, max(256, rate // 20)) if rate else 65536
        while piece := await reader.read(size):
            await queue.put((loop.time() + delay, piece))
        await queue.put((loop.time() + delay, b""))

    async def give():
        free_at = 0.0
        while True:
            due, piece = await queue.get()
            due = max(due, free_at)
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not piece:
                break
            if rate:
                free_at = max(free_at, loop.time()) + len(piece) / rate
            writer.write(piece)
            await writer.drain()

    taker = asyncio.create_task(take())
    try:
        await give()
    except OSError:
        pass
    finally:
        taker.cancel()
        writer.close()


async def serve(listen, target, delay, rate):
    async def connected(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(*target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, far_writer, delay, rate),
                             pump(far_reader, writer, delay, rate),
                             return_exceptions=True)

    # A small buffer here: the slow line's own is what counts.
    server = await asyncio.start_server(connected, *listen, limit=65536)
    print("ready", flush=True)
    await server.serve_forever()


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def main():
    listen, target = map(address, sys.argv[1:3])
    delay = float(sys.argv[3]) / 1000
    rate = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    asyncio.run(serve(listen, target, delay, rate))


main()
