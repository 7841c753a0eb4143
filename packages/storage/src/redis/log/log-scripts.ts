import { fenceLua } from '../state/state-keys.js';
import { digestBytes } from './packed-text.js';

/** Lua: adds an event and answers nothing; reads `events` and `sequence`. */
const emitLua = `
local function emit(kind, finding, remarks)
  local number = redis.call('INCR', sequence)
  redis.call('XADD', events, string.format('%.0f-0', number), 'type', kind, 'finding', finding, 'remarks', remarks)
end
`;

/**
 * KEYS tokens, findings, remarks, heads, scores, open, closed, ends, metrics, events, sequence; ARGV lease or '', token, events to keep, then for each finding:
 * id, finding, head, state, score below zero, end or '', metric NUL id.
 *
 * Answers `{'recorded'}` or `{'stale', token}`. The type of an event is `eventType` of rules/anomaly-rules.ts.
 */
export const recordLua = `
local tokens, lease, token = KEYS[1], ARGV[1], ARGV[2]
${fenceLua}
local findings, remarks, heads, scores, open, closed, ends, metrics, events, sequence = KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
${emitLua}
for i = 4, #ARGV, 7 do
  local id, finding = ARGV[i], ARGV[i + 1]
  local before = redis.call('HGET', findings, id)
  if not before or string.sub(before, 1, ${digestBytes}) ~= string.sub(finding, 1, ${digestBytes}) then
    local wasOpen = before and redis.call('ZSCORE', open, id)
    local kind = 'updated'
    redis.call('HSET', findings, id, finding)
    redis.call('HSET', heads, id, ARGV[i + 2])
    redis.call('ZADD', scores, ARGV[i + 4], id)
    redis.call('ZADD', metrics, 0, ARGV[i + 6])
    if ARGV[i + 3] == 'open' then
      redis.call('ZADD', open, ARGV[i + 4], id)
      redis.call('ZREM', closed, id)
      redis.call('ZREM', ends, id)
      if not wasOpen then kind = 'opened' end
    else
      redis.call('ZREM', open, id)
      redis.call('ZADD', closed, ARGV[i + 4], id)
      redis.call('ZADD', ends, ARGV[i + 5], id)
      if not before then kind = 'opened' elseif wasOpen then kind = 'closed' end
    end
    emit(kind, finding, redis.call('HGET', remarks, id) or '')
  end
end
redis.call('XTRIM', events, 'MAXLEN', '~', ARGV[3])
return {'recorded'}
`;

/** KEYS findings, remarks, events, sequence; ARGV id, remarks as they were read or '', new remarks. Answers 1, 0 when somebody else was quicker, -1 when there is no such anomaly. */
export const annotateLua = `
local events, sequence = KEYS[3], KEYS[4]
${emitLua}
local finding = redis.call('HGET', KEYS[1], ARGV[1])
if not finding then return -1 end
if (redis.call('HGET', KEYS[2], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
emit('annotated', finding, ARGV[3])
return 1
`;

/** KEYS findings, remarks, heads, scores, open, closed, ends, metrics, events, sequence; ARGV time or '', then id, metric NUL id. With a time only what is closed and ended before it. Answers how many. */
export const removeLua = `
local findings, remarks, heads, scores, open, closed, ends, metrics, events, sequence = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
${emitLua}
local removed = 0
for i = 2, #ARGV, 2 do
  local id = ARGV[i]
  local finding = redis.call('HGET', findings, id)
  local ended = ARGV[1] ~= '' and redis.call('ZSCORE', ends, id)
  if finding and (ARGV[1] == '' or (ended and tonumber(ended) < tonumber(ARGV[1]))) then
    emit('removed', finding, redis.call('HGET', remarks, id) or '')
    for _, hash in ipairs({findings, remarks, heads}) do redis.call('HDEL', hash, id) end
    for _, set in ipairs({scores, open, closed, ends}) do redis.call('ZREM', set, id) end
    redis.call('ZREM', metrics, ARGV[i + 1])
    removed = removed + 1
  end
end
return removed
`;

/** KEYS events, sequence; ARGV number of the first event wanted or '' for the next one, most. Answers the last sequence, the oldest event's id or false, and the events. */
export const followLua = `
local last = tonumber(redis.call('GET', KEYS[2]) or 0)
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local first = oldest and tonumber(string.match(oldest[1], '^%d+')) or last + 1
local from = ARGV[1] == '' and last + 1 or tonumber(ARGV[1])
local missed = 0
if from < first or from > last + 1 then
  missed = 1
  from = first
end
local found = {}
if from <= last and tonumber(ARGV[2]) > 0 then found = redis.call('XRANGE', KEYS[1], string.format('%.0f-0', from), '+', 'COUNT', ARGV[2]) end
return {string.format('%.0f', from), missed, found}
`;

/**
 * KEYS set by score below zero; ARGV the largest or '+inf', score below zero and id of the last one before the page or '', most. Answers how many there are in all,
 * how many were before the page, and the page's ids; false when the last one before is where it was no more.
 */
export const pageLua = `
local total = redis.call('ZCOUNT', KEYS[1], '-inf', ARGV[1])
local start = 0
if ARGV[2] ~= '' then
  local score = redis.call('ZSCORE', KEYS[1], ARGV[3])
  if not score or tonumber(score) ~= tonumber(ARGV[2]) then return false end
  start = redis.call('ZRANK', KEYS[1], ARGV[3]) + 1
end
local most = math.min(tonumber(ARGV[4]), total - start)
local page = {}
if most > 0 then page = redis.call('ZRANGE', KEYS[1], start, start + most - 1) end
return {total, start, page}
`;
