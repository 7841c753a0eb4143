/**
 * What changes a shard does so as a script: Redis runs it whole, nothing in between, and its order is the order of all processes.
 * All keys of a shard share its hash tag. Numbers that grow over time are microseconds of Redis' own clock, one clock for all.
 *
 * The head `H` is a hash: `era` (when it was made; part of the keys of log, blocks and extents), `version` (of the list of names), `recent` (versions whose ids are
 * still good: a removal leaves only its own, and a failover to a replica that lacks names never holds theirs), `nextId`, `names` (how many there are), `last` (the
 * segment to append to, or beyond it), `segments` (kept ones, ascending, `segment` or, once sealed, `segment:length`), `sealed` (up to which), `dropped` (`segment:length`
 * of the last one that went), `bytes` (unsealed), `extents` (changes when `E` does; 0: nothing was ever sealed), `epoch` (of the sealing that may write), `garbage` (1: blocks of removed metrics are
 * about). A segment is 1024 x minute of arrival + k. The names `N` are a hash, id to name, with the fields `era` and `next` for the day that the head is lost.
 */
const later = `
local function later(than)
  local time = redis.call('TIME')
  return string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), (tonumber(than) or 0) + 1))
end
`;

/** Versions that are kept as good: as many registrations may come between a process' look at the names and its append. */
const recentVersions = 64;

/** KEYS H N; ARGV segments found. Makes a head that is not there; one that was lost is made again from the names. */
export const openShardScript = `${later}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local now = later(0)
local era = redis.call('HGET', KEYS[2], 'era')
local nextId = tonumber(redis.call('HGET', KEYS[2], 'next') or 1)
local names, extents = 0, now
if era then
  for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
    local id = tonumber(field)
    if id then
      names = names + 1
      nextId = math.max(nextId, id + 1)
    end
  end
else
  era, extents = now, '0'
  redis.call('HSET', KEYS[2], 'era', era)
end
local last = string.match(ARGV[1], '(%d+)$') or '0'
redis.call('HSET', KEYS[1], 'era', era, 'version', now, 'recent', now, 'nextId', string.format('%.0f', nextId), 'names', names, 'last', last, 'segments', ARGV[1], 'sealed', 0, 'dropped', '', 'bytes', 0, 'extents', extents, 'epoch', 0, 'garbage', 0)
return 1
`;

/** KEYS H N; ARGV version, nextId, names. Registers all of them under the next ids, if nobody was faster: else 0. */
export const registerScript = `${later}
local head = redis.call('HMGET', KEYS[1], 'version', 'nextId', 'recent')
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] then return 0 end
local id = tonumber(ARGV[2])
for i = 3, #ARGV do
  redis.call('HSET', KEYS[2], string.format('%.0f', id), ARGV[i])
  id = id + 1
end
local version, nextId = later(head[1]), string.format('%.0f', id)
local recent, kept = version, 1
for one in string.gmatch(head[3], '%d+') do
  if kept < ${recentVersions} then recent = recent .. ',' .. one end
  kept = kept + 1
end
redis.call('HSET', KEYS[2], 'next', nextId)
redis.call('HSET', KEYS[1], 'nextId', nextId, 'version', version, 'recent', recent)
redis.call('HINCRBY', KEYS[1], 'names', #ARGV - 2)
return 1
`;

/** KEYS H; ARGV version, before a segment's number in its key, seconds to live (0: for ever), records. 0: ids of that version are void, nothing was written. */
export const appendScript = `
local head = redis.call('HMGET', KEYS[1], 'recent', 'last', 'era')
if not head[1] or not string.find(head[1], ARGV[1], 1, true) then return 0 end
local last = tonumber(head[2])
local segment = math.max(math.floor(tonumber(redis.call('TIME')[1]) / 60) * 1024, last)
local name = string.format('%.0f', segment)
local key = ARGV[2] .. head[3] .. ':' .. name
local bytes = 0
for i = 4, #ARGV do
  bytes = bytes + #ARGV[i]
  redis.call('APPEND', key, ARGV[i])
end
redis.call('HINCRBY', KEYS[1], 'bytes', bytes)
local segments = redis.call('HGET', KEYS[1], 'segments')
if string.match(segments, '(%d+)$') ~= name then
  redis.call('HSET', KEYS[1], 'last', name, 'segments', segments == '' and name or (segments .. ',' .. name))
  if ARGV[3] ~= '0' then redis.call('EXPIRE', key, ARGV[3]) end
end
return 1
`;

/** KEYS H N R; ARGV version, ids. Answers how many names went; -1: the list of names has changed since. */
export const removeScript = `${later}
local head = redis.call('HGET', KEYS[1], 'version')
if head ~= ARGV[1] then return -1 end
local removed = 0
for i = 2, #ARGV do
  removed = removed + redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('SADD', KEYS[3], ARGV[i])
end
local version = later(head)
redis.call('HINCRBY', KEYS[1], 'names', -removed)
redis.call('HSET', KEYS[1], 'version', version, 'recent', version, 'garbage', 1)
return removed
`;

/** As above, for names with nothing left: KEYS H N, the log's last segment; ARGV version, its number, its length, ids. -1 as well when something was appended meanwhile. */
export const forgetScript = `${later}
local head = redis.call('HMGET', KEYS[1], 'version', 'last')
if head[1] ~= ARGV[1] or head[2] ~= ARGV[2] or redis.call('STRLEN', KEYS[3]) ~= tonumber(ARGV[3]) then return -1 end
local removed = 0
for i = 4, #ARGV do removed = removed + redis.call('HDEL', KEYS[2], ARGV[i]) end
local version = later(head[1])
redis.call('HINCRBY', KEYS[1], 'names', -removed)
redis.call('HSET', KEYS[1], 'version', version, 'recent', version)
return removed
`;

/** KEYS H; ARGV the highest segment to seal. Begins a sealing: whoever began one before may write no more. Closes the segment that is being written, if it is to be sealed. */
export const beginSealScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local last = tonumber(redis.call('HGET', KEYS[1], 'last'))
local upTo = tonumber(ARGV[1])
if last <= upTo then redis.call('HSET', KEYS[1], 'last', string.format('%.0f', upTo + 1)) end
return redis.call('HINCRBY', KEYS[1], 'epoch', 1)
`;

/** KEYS H E; ARGV epoch, extents. 0: overtaken. */
export const writeExtentsScript = `${later}
local head = redis.call('HMGET', KEYS[1], 'epoch', 'extents')
if head[1] ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('HSET', KEYS[1], 'extents', later(head[2]))
return 1
`;

/** KEYS H, an hour's blocks; ARGV epoch, seconds to live (0: for ever), chunk, bytes, chunk, bytes ...; no bytes: the chunk goes. 0: overtaken. */
export const writeBlocksScript = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[i]) else redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
end
if ARGV[2] == '0' then redis.call('PERSIST', KEYS[2]) else redis.call('EXPIRE', KEYS[2], ARGV[2]) end
return 1
`;

/**
 * KEYS H; ARGV epoch, the highest segment that is sealed now, before a segment's number in its key, the first segment that followers may still want, how long it stays for them (s).
 * What is sealed is no longer read with the blocks; old segments go, young ones a little later. 0: overtaken.
 */
export const cutLogScript = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'segments', 'sealed', 'dropped')
if head[1] ~= ARGV[1] then return 0 end
local upTo, young = tonumber(ARGV[2]), tonumber(ARGV[4])
local kept, bytes, dropped = {}, 0, head[4]
for entry in string.gmatch(head[2], '[^,]+') do
  local name, length = string.match(entry, '^(%d+):?(%d*)$')
  local segment, key = tonumber(name), ARGV[3] .. name
  if segment > upTo then
    bytes = bytes + redis.call('STRLEN', key)
    kept[#kept + 1] = entry
  else
    if length == '' then length = redis.call('STRLEN', key) end
    if segment < young then
      redis.call('UNLINK', key)
      dropped = name .. ':' .. length
    else
      redis.call('EXPIRE', key, ARGV[5])
      kept[#kept + 1] = name .. ':' .. length
    end
  end
end
redis.call('HSET', KEYS[1], 'segments', table.concat(kept, ','), 'sealed', string.format('%.0f', math.max(upTo, tonumber(head[3]))), 'dropped', dropped, 'bytes', bytes)
return 1
`;

/** KEYS H R; ARGV epoch, ids whose blocks are gone. */
export const purgedScript = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
for i = 2, #ARGV do redis.call('SREM', KEYS[2], ARGV[i]) end
if redis.call('SCARD', KEYS[2]) == 0 then redis.call('HSET', KEYS[1], 'garbage', 0) end
return 1
`;

/** KEYS H N; the names are gone though the head counts some: ids that anybody holds are void. */
export const namesLostScript = `${later}
local head = redis.call('HMGET', KEYS[1], 'version', 'era', 'nextId')
if not head[1] or redis.call('HLEN', KEYS[2]) > 0 then return 0 end
local version = later(head[1])
redis.call('HSET', KEYS[2], 'era', head[2], 'next', head[3])
redis.call('HSET', KEYS[1], 'version', version, 'recent', version, 'names', 0)
return 1
`;

/** KEYS a key, where to put it; ARGV the type it should have ('': none will do), seconds. Takes a key of another type out of the way. */
export const setAsideKeyScript = `
local type = redis.call('TYPE', KEYS[1]).ok
if type == 'none' or type == ARGV[1] then return 0 end
redis.call('RENAME', KEYS[1], KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 1
`;

/** KEYS an hour's blocks, where to put it; ARGV chunk, its bytes, seconds. Takes a damaged chunk out of the way, unless it was written anew. */
export const setAsideChunkScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], KEYS[1] .. ' ' .. ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('HDEL', KEYS[1], ARGV[1])
return 1
`;
