import { SkylarkError } from '@skylark/core';
import { joinTags } from '../../names/tags.js';

/** Makes the name of a line's fields: once for the line's measurement and tags, then for each field. */
export type InfluxNamer = (measurement: string, tags: ReadonlyMap<string, string>) => (field: string) => string;

export const defaultInfluxTemplate = '{measurement}.{field}{tags}';

type Part = { readonly text: string } | { readonly tag: string } | { readonly is: 'measurement' | 'field' | 'tags' };

/**
 * Compiles a template of metric names: `{measurement}`, `{field}`, `{tag:NAME}` (`_` where a line lacks it) and `{tags}`, the tags that are not
 * named otherwise as `;tag=value`, sorted. In each part `;` and a leading `~` become `_`.
 *
 * @throws SkylarkError `bad-config` on an unknown placeholder, or a template without `{field}`
 * @example compileInfluxTemplate('{tag:host}.{measurement}.{field}')('cpu', new Map([['host', 'a']]))('idle') // 'a.cpu.idle'
 */
export function compileInfluxTemplate(template: string): InfluxNamer {
  const parts = template.split(/(\{[^{}]*\})/).filter((part) => part !== '').map((part) => readPart(part, template));
  if (!parts.some((part) => 'is' in part && part.is === 'field')) throw new SkylarkError('bad-config', `the template ${JSON.stringify(template)} has no {field}`);
  const named = new Set(parts.flatMap((part) => ('tag' in part ? [part.tag] : [])));

  return (measurement, tags) => {
    const texts = parts.map((part) => {
      if ('text' in part) return part.text;
      if ('tag' in part) return clean(tags.get(part.tag) ?? '_');
      if (part.is === 'measurement') return clean(measurement);
      return part.is === 'tags' ? joinTags(cleanTags(tags, named)) : null;
    });
    const [before = '', after = '', ...more] = texts.reduce<string[]>(joinUpToField, ['']);
    if (more.length > 0) return (field) => [before, after, ...more].join(clean(field));
    return (field) => before + clean(field) + after;
  };
}

function readPart(part: string, template: string): Part {
  if (!part.startsWith('{')) return { text: part };
  const name = part.slice(1, -1);
  if (name === 'measurement' || name === 'field' || name === 'tags') return { is: name };
  if (name.startsWith('tag:') && name.length > 4) return { tag: name.slice(4) };
  throw new SkylarkError('bad-config', `the template ${JSON.stringify(template)} has ${part}; there are {measurement}, {field}, {tags} and {tag:NAME}`);
}

/** Adjacent texts as one; null, a field's place, starts the next. */
function joinUpToField(texts: string[], text: string | null): string[] {
  if (text === null) return [...texts, ''];
  return [...texts.slice(0, -1), (texts.at(-1) ?? '') + text];
}

/** Two keys that become the same: the last wins. */
function cleanTags(tags: ReadonlyMap<string, string>, without: ReadonlySet<string>): ReadonlyMap<string, string> {
  const cleaned = new Map<string, string>();
  for (const [key, value] of tags) if (!without.has(key)) cleaned.set(clean(key), clean(value));
  return cleaned;
}

function clean(part: string): string {
  const kept = part.includes(';') ? part.replaceAll(';', '_') : part;
  return kept.startsWith('~') ? `_${kept.slice(1)}` : kept;
}
