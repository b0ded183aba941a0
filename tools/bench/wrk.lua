-- What wrk sends, and what it says of it. Arguments: a folder, how many requests it has, and the digits of a number.
-- Each request is two files, <n>.before and <n>.after: the number between them makes it another one each time.

local before, after, numberFormat = {}, {}, nil
local sender
-- of the thread; not local, so that done can ask for it
sent = 0

local function read(path)
  local file = assert(io.open(path, 'rb'))
  local bytes = file:read('*a')
  file:close()
  return bytes
end

function setup(thread)
  sender = thread
end

function init(args)
  local folder, count, digits = args[1], tonumber(args[2]), args[3]
  for n = 1, count do
    before[n] = read(folder .. '/' .. n .. '.before')
    after[n] = read(folder .. '/' .. n .. '.after')
  end
  numberFormat = '%0' .. digits .. 'd'
end

function request()
  sent = sent + 1
  local n = sent % #before + 1
  return before[n] .. numberFormat:format(sent) .. after[n]
end

-- The last line, as JSON. Times are microseconds. wrk makes one request that it only looks at.
function done(summary, latency)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  local line = '{"sent":%d,"answered":%d,"refused":%d,"broken":%d,"duration":%d,"p50":%d,"p99":%d,"p999":%d}\n'
  local p50, p99, p999 = latency:percentile(50), latency:percentile(99), latency:percentile(99.9)
  local counts = { sender:get('sent') - 1, summary.requests, errors.status, broken }
  io.write(line:format(counts[1], counts[2], counts[3], counts[4], summary.duration, p50, p99, p999))
end
