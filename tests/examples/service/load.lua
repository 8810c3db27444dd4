-- Copyright 2026 The Cellblock Authors. SPDX-License-Identifier: Apache-2.0
--
-- For wrk: sends the files good.0 … and hostile.0 … of a folder, one in so many
-- hostile, and compares each picture that comes back with pixels.0 … byte by
-- byte. Ends with a line for each figure.
--
--   wrk … --script load.lua URL -- FOLDER GOOD HOSTILE ONE_IN

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

function init(args)
  local folder = args[1]
  good, hostile, pixels = {}, {}, {}
  for i = 0, tonumber(args[2]) - 1 do
    good[i] = wrk.format("POST", "/decode", nil, read(folder .. "/good." .. i))
    pixels[i] = read(folder .. "/pixels." .. i)
  end
  for i = 0, tonumber(args[3]) - 1 do
    hostile[i] = wrk.format("POST", "/decode", nil,
                            read(folder .. "/hostile." .. i))
  end
  goods, hostiles, one_in = #good + 1, tonumber(args[3]), tonumber(args[4])
  sent, clean, refused, busy, other, wrong = 0, 0, 0, 0, 0, 0
  turn = number
end

function request()
  turn = turn + 1
  if one_in > 0 and turn % one_in == 0 then
    return hostile[turn / one_in % hostiles]
  end
  return good[turn % goods]
end

local function is_one_of_them(body)
  for i = 0, goods - 1 do
    if body == pixels[i] then return true end
  end
  return false
end

function response(status, headers, body)
  sent = sent + 1
  if status == 200 then
    clean = clean + 1
    if not is_one_of_them(body) then wrong = wrong + 1 end
  elseif status == 422 then
    refused = refused + 1
  elseif status == 503 then
    busy = busy + 1
  else
    other = other + 1
  end
end

function done(summary, latency, requests)
  for _, name in ipairs({"sent", "clean", "refused", "busy", "other",
                         "wrong"}) do
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + thread:get(name) end
    print("load", name, sum)
  end
  for name, count in pairs(summary.errors) do
    -- "status" counts what is 400 or more, which is meant.
    if name ~= "status" then print("load", "error_" .. name, count) end
  end
  print("load", "seconds", summary.duration / 1e6)
  print("load", "p50_us", latency:percentile(50))
  print("load", "p99_us", latency:percentile(99))
  print("load", "max_us", latency.max)
end
