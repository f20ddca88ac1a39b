-- Sends the requests of a file in turn; each is one line of a path and a token.
local requests, position = {}, 0

function init(args)
  local path = args[1]
  for token in io.lines(args[2]) do
    requests[#requests + 1] = wrk.format("GET", path, { Authorization = "Bearer " .. token })
  end
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\n{"rps":%f,"p50":%f,"p99":%f,"max":%f,"failed":%d}\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
