-- wrk: POST /payments/create. Arguments: a file with one API key per line, and the run's id, which makes idempotency keys
-- unique. Every second request has an idempotency key.
local keys, heads, count = {}, nil, 0
local run
-- More fields of the body. charges.lua sets them.
extra = ""

function init(args)
  for line in io.lines(args[1]) do keys[#keys + 1] = line end
  run = args[2]
  math.randomseed(tonumber(run))
  heads = "POST /payments/create HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
    "\r\nContent-Type: application/json\r\nx-api-key: "
end

function request()
  count = count + 1
  local order = tostring(1000000 + count)
  local body = '{"amount":' .. math.random(1, 100000) ..
    ',"currency":"EUR","description":"Invoice ' .. order .. '","metadata":{"order":"' .. order .. '"}' .. extra .. "}"
  local idempotency = ""
  if count % 2 == 0 then idempotency = string.format("\r\nIdempotency-Key: %s%09d", run, count) end
  return heads .. keys[math.random(#keys)] .. idempotency ..
    "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency, requests)
  io.write(string.format(
    '\n{"count":%d,"elapsedMs":%.3f,"p50Ms":%.3f,"p99Ms":%.3f,"statusFaults":%d,"socketFaults":%d}\n',
    summary.requests, summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
