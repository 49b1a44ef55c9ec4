-- wrk: GET requests. The argument names a file with an API key, a space and a path a line.
local requests_of, at = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local key, path = line:match("^(%S+) (%S+)$")
    requests_of[#requests_of + 1] = "GET " .. path .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
      "\r\nx-api-key: " .. key .. "\r\n\r\n"
  end
end

function request()
  at = at % #requests_of + 1
  return requests_of[at]
end

function done(summary, latency, requests)
  io.write(string.format(
    '\n{"count":%d,"elapsedMs":%.3f,"p50":%.3f,"p99":%.3f,"statusFaults":%d,"socketFaults":%d}\n',
    summary.requests, summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
