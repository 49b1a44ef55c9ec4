-- wrk: GET requests. Argument: a file with an API key, a space and a path per line.
local prepared, at = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local key, path = line:match("^(%S+) (%S+)$")
    prepared[#prepared + 1] = "GET " .. path .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
      "\r\nx-api-key: " .. key .. "\r\n\r\n"
  end
end

function request()
  at = at % #prepared + 1
  return prepared[at]
end

function done(summary, latency, requests)
  io.write(string.format(
    '\n{"count":%d,"elapsedMs":%.3f,"p50Ms":%.3f,"p99Ms":%.3f,"statusFaults":%d,"socketFaults":%d}\n',
    summary.requests, summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
