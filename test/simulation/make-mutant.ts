import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.js';
import type { Shipped } from './shipped.js';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

/** The shipped code in a folder of its own, with one thing wrong. Throws when a text to replace does not stand there exactly once: then the mutant must follow the code. */
export async function makeMutant({ wrong, file, edits }: Mutant): Promise<Shipped & { remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-mutant-'));
  for (const name of ['analyzer', 'importer']) cpSync(`${packages}${name}/src`, join(folder, name, 'src'), { recursive: true, filter: (source) => !source.endsWith('.test.ts') });
  const path = join(folder, file);
  writeFileSync(path, edits.reduce((text, edit) => replaced(text, edit, `${wrong}: ${file}`), readFileSync(path, 'utf8')));
  const { createAnalyzer } = await import(/* @vite-ignore */ join(folder, 'analyzer/src/index.ts')) as Pick<Shipped, 'createAnalyzer'>;
  const { createImporter } = await import(/* @vite-ignore */ join(folder, 'importer/src/index.ts')) as Pick<Shipped, 'createImporter'>;
  return { createAnalyzer, createImporter, remove: () => rmSync(folder, { recursive: true }) };
}

function replaced(text: string, [before, after]: Mutant['edits'][number], where: string): string {
  const count = text.split(before).length - 1;
  if (count !== 1) throw new Error(`${where} holds ${JSON.stringify(before)} ${count} times, not once`);
  return text.replace(before, () => after);
}
