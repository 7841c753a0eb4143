import { isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import type { Written, WrittenValue } from './written.js';
import { settingNames } from './settings.js';

/** The settings of a YAML file by dotted name, each with its place. Sections nest; a dotted key (`api.port: 80`) is fine too. */
export function readYaml(file: { readonly name: string; readonly text: string }, errors: string[]): Written {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file.name}:${line}:${col}`;
  };
  for (const error of document.errors) errors.push(`${place(error.pos[0])} ${error.message}`);
  const written = new Map<string, WrittenValue>();
  if (document.errors.length > 0 || document.contents === null) return written;
  if (!isMap(document.contents)) {
    errors.push(`${place(document.contents.range?.[0] ?? 0)} a file of settings holds sections such as "api:", not a list or a single value`);
    return written;
  }
  walk(document.contents, '');
  return written;

  function walk(map: YAMLMap, prefix: string): void {
    for (const { key, value } of map.items) {
      const keyText = isScalar(key) ? String(key.value) : String(key);
      const name = prefix + keyText;
      const isSection = settingNames.some((setting) => setting.startsWith(`${name}.`));
      if (isSection && isMap(value)) walk(value, `${name}.`);
      else if (isSection && (value === null || (isScalar(value) && value.value === null))) continue;
      else written.set(name, writtenValue(key, value));
    }
  }

  function writtenValue(key: unknown, value: unknown): WrittenValue {
    const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0;
    const plain: unknown = isNode(value) ? value.toJS(document) : value;
    const originOf = (path: readonly PropertyKey[]): string => {
      for (let length = path.length; isMapOrSeq(value) && length > 0; length--) {
        const node: unknown = value.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return place(node.range[0]);
      }
      return place(isNode(value) && value.range ? value.range[0] : offset);
    };
    return { value: plain === null ? undefined : plain, origin: place(offset), originOf };
  }
}

function isMapOrSeq(value: unknown): value is YAMLMap {
  return isNode(value) && 'getIn' in value;
}
