import type { Recorded, Refused } from './recording-sink.js';

const pythonWhiteSpace = /[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
const number = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Carbon plaintext the obvious way: the whole stream at once, split into lines, each line split into words. */
export function carbonBySplitting(stream: Uint8Array, maxLineBytes: number): (Recorded | Refused)[] {
  const items: (Recorded | Refused)[] = [];
  let offset = 0;
  const lines = Buffer.from(stream).toString('latin1').split('\n');
  lines.forEach((latin1, index) => {
    const line = Buffer.from(latin1, 'latin1');
    const last = index === lines.length - 1;
    const item = readLine(line, { last, maxLineBytes });
    if (item !== null) items.push(typeof item === 'string' ? { rejected: item, offset, bytes: line.length } : item);
    offset += line.length + 1;
  });
  return items;
}

function readLine(line: Buffer, { last, maxLineBytes }: { last: boolean; maxLineBytes: number }): Recorded | Refused['rejected'] | null {
  if (line.length > maxLineBytes) return 'too-long';
  if (last) return /^[\0\s]*$/.test(line.toString('ascii')) && !line.some((byte) => byte > 127) ? null : 'incomplete';
  if (!Buffer.from(line.toString('utf8')).equals(line)) return 'not-utf8';
  const words = line.toString('utf8').split('\0').join('').split(pythonWhiteSpace).filter(Boolean);
  if (words.length === 0) return null;
  const [name, value, time] = words;
  if (words.length !== 3 || name === undefined || value === undefined || time === undefined) return 'syntax';
  const metric = sortTags(name);
  if (metric === null) return 'bad-name';
  if (/^[+-]?nan$/i.test(value)) return 'nan';
  if (!number.test(value) || !Number.isFinite(Number(value))) return 'bad-value';
  if (!number.test(time) || !Number.isFinite(Number(time))) return 'bad-timestamp';
  return { metric, timestamp: Number(time) === -1 ? null : Number(time), value: Number(value) };
}

function sortTags(name: string): string | null {
  const [metric, ...tags] = name.split(';');
  if (tags.length === 0) return name;
  if (!metric || tags.some((tag) => !/^[^!^=]+=[^~]/.test(tag))) return null;
  const last = new Map(tags.map((tag) => [tag.split('=')[0], tag]));
  return [metric, ...[...last.values()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))].join(';');
}
