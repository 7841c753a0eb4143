import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shapeMapping } from './index-template.js';

interface SavedObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly { readonly type: string; readonly id: string; readonly name: string }[];
}

const file = new URL('../../../../docker/kibana/skylark.ndjson', import.meta.url);
const objects = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as SavedObject);
const fields = shapeMapping(true)['properties'] as Readonly<Record<string, { type: string }>>;
const chartable = ['date', 'keyword', 'double'];

it('the Kibana dashboard refers to nothing that the file does not bring', () => {
  const brought = new Set(objects.map(({ type, id }) => `${type}/${id}`));
  const wanted = objects.flatMap(({ references }) => references.map(({ type, id }) => `${type}/${id}`));
  expect(wanted.length).toBeGreaterThan(5);
  expect(wanted.filter((one) => !brought.has(one))).toEqual([]);
  const dashboard = objects.find(({ type }) => type === 'dashboard')!;
  const panels = JSON.parse(String(dashboard.attributes['panelsJSON'])) as { panelRefName: string }[];
  expect(panels.map(({ panelRefName }) => panelRefName)).toEqual(dashboard.references.map(({ name }) => name));
});

it('every field that a chart or list asks for is in the mapping, and of a kind that can be charted', () => {
  const charted = objects.filter(({ type }) => type === 'visualization').flatMap(({ attributes }) => {
    const { aggs } = JSON.parse(String(attributes['visState'])) as { aggs: { params: { field?: string } }[] };
    return aggs.flatMap(({ params }) => params.field ?? []);
  });
  expect(charted.length).toBeGreaterThan(5);
  expect(charted.filter((field) => !chartable.includes(fields[field]?.type ?? ''))).toEqual([]);
  const listed = objects.filter(({ type }) => type === 'search').flatMap(({ attributes }) => attributes['columns'] as string[]);
  expect(listed.filter((field) => !(field in fields))).toEqual([]);
});

it('the data view covers the indices of anomalies, by a time field that is a date', () => {
  const view = objects.find(({ type }) => type === 'index-pattern')!;
  expect(view.attributes['title']).toBe('skylark-anomalies-*');
  expect(fields[String(view.attributes['timeFieldName'])]).toEqual({ type: 'date' });
});
