"""Load from a process of its own: wrk, with a script of single events or of batches, each event with its own id."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

BATCH = 100

_SCRIPT = """
local ffi = require("ffi")
ffi.cdef[[ typedef struct { long s; long ns; } moment; int clock_gettime(int clock, moment *at); ]]
local at = ffi.new("moment")
local function now() ffi.C.clock_gettime(1, at); return tonumber(at.s) + tonumber(at.ns) / 1e9 end

local batch, rate, run, path = %(batch)d, %(rate)f, "%(run)s", "%(path)s"
local headers = {["Authorization"] = "%(authorization)s", ["Content-Type"] = "application/json"}
local number, due = 0, nil

local function event(parts)
  number = number + 1
  local who = (number * 7919) %% %(customers)d
  parts[#parts + 1] = '{"type":"track","event":"Product Viewed","messageId":"' .. run .. number
  parts[#parts + 1] = '","userId":"u' .. who .. '","anonymousId":"a' .. who .. '","properties":{"product_id":"p'
  parts[#parts + 1] = number %% 500 .. '","name":"A thing to have","price":' .. (number %% 90) .. '.50,'
  parts[#parts + 1] = '"currency":"EUR","category":"things","position":3},"context":{'
  parts[#parts + 1] = '"library":{"name":"bench","version":"1.0.0"},"page":{"path":"/things/1","url":"https://shop.example/things/1"},"locale":"en-GB"}}'
end

request = function()
  local parts = {}
  if batch == 1 then
    event(parts)
  else
    parts[1] = '{"batch":['
    for place = 1, batch do
      if place > 1 then parts[#parts + 1] = ',' end
      event(parts)
    end
    parts[#parts + 1] = ']}'
  end
  return wrk.format("POST", path, headers, table.concat(parts))
end

if rate > 0 then
  delay = function()
    local moment = now()
    if due == nil or due < moment - 1 then due = moment end
    due = due + batch / rate
    return math.max(0, (due - moment) * 1000)
  end
end

done = function(summary, latency, requests)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\\n{"requests": %%d, "seconds": %%f, "refused": %%d, "broken": %%d, "p50": %%f, "p99": %%f, "longest": %%f}\\n',
    summary.requests, summary.duration / 1e6, errors.status, broken,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""


@dataclass(frozen=True)
class Load:
    """What is sent: events in one request, connections that send at one time, and events a second (0: all it takes)."""

    name: str
    batch: int
    connections: int
    rate: int = 0


SINGLE = Load("single events", 1, 64)
BATCHES = Load("batches of 100", BATCH, 16)
STEADY = Load("30,000 events a second", BATCH, 32, 30_000)


@dataclass(frozen=True)
class Sent:
    """What became of it: answered requests, seconds, and the waiting times of answers in milliseconds."""

    requests: int
    batch: int
    seconds: float
    refused: int
    broken: int
    p50: float
    p99: float
    longest: float

    @property
    def events(self) -> int:
        """How many events were acknowledged."""
        return (self.requests - self.refused) * self.batch

    @property
    def rate(self) -> float:
        """Acknowledged events a second."""
        return self.events / self.seconds


def installed() -> bool:
    """Whether there is something to send with."""
    return shutil.which("wrk") is not None


def send(load: Load, port: int, key: str, seconds: int, folder: Path, run: str, customers: int = 20_000) -> Sent:
    """Send for so many seconds; the ids of events begin with `run`."""
    script = folder / f"{run}.lua"
    path = "/v1/track" if load.batch == 1 else "/v1/batch"
    authorization = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    given = {"batch": load.batch, "rate": load.rate, "run": run, "path": path, "customers": customers}
    script.write_text(_SCRIPT % {**given, "authorization": authorization})
    words = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}", "--timeout", "10", "-s", str(script)]
    done = subprocess.run([*words, f"http://127.0.0.1:{port}"], stdout=subprocess.PIPE, text=True, check=True)
    return Sent(batch=load.batch, **json.loads(done.stdout.splitlines()[-1]))
