"""What one would write in an afternoon: Starlette, a row for each event in SQLite, committed before the answer.

`python serving_plain.py FOLDER PORT`, by an interpreter that has Starlette and uvicorn; nothing of ours is imported.
"""

import base64
import json
import sqlite3
import sys
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

KEY = "c000000000000000000000000"
INSERT = "INSERT OR IGNORE INTO events (message_id, source, body) VALUES (?, ?, ?)"


def application(file):
    """The collector: the same durability as ours (a write-ahead log, each commit on the disk)."""
    connection = sqlite3.connect(file, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE events (message_id TEXT PRIMARY KEY, source TEXT, body TEXT) WITHOUT ROWID")
    lock = threading.Lock()

    def keep(rows):
        with lock, connection:
            connection.executemany(INSERT, rows)

    async def collect(request):
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or base64.b64decode(given).decode().rstrip(":") != KEY:
            return JSONResponse({"success": False}, status_code=401)
        body = json.loads(await request.body())
        events = body.get("batch", [body])
        await run_in_threadpool(keep, [(each["messageId"], "site", json.dumps(each)) for each in events])
        return JSONResponse({"success": True})

    paths = ("/v1/batch", "/v1/track")
    return Starlette(routes=[Route(path, collect, methods=["POST"]) for path in paths])


if __name__ == "__main__":
    print(KEY, flush=True)
    served = application(Path(sys.argv[1]) / "plain.sqlite")
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
