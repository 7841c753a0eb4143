import { isSkylarkError } from '@skylark/core';
import type { Client } from '../cli/client.js';
import type { CommandContext } from '../cli/command-context.js';
import type { Finding } from './finding.js';

const limitMs = 5000;

/** A running Skylark, and each line of its /readyz that is not well. Where none runs, that is no fault. */
export async function checkRunning(context: CommandContext, client: Client): Promise<Finding[]> {
  try {
    const { status, text } = await readiness(context, client.url);
    const lines = text.split('\n').flatMap((line) => {
      const [, name, reason] = /^\[-\](\S+) (.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [{ check: `running ${name}`, ok: false, message: reason ?? '' }];
    });
    return [{ check: 'running', ok: true, message: `${client.url} answers${status === 200 ? ' and is ready' : ''}${await versionOf(client)}` }, ...lines];
  } catch (error) {
    return [{ check: 'running', ok: false, message: error instanceof Error ? error.message : String(error) }];
  }
}

async function readiness({ signal }: CommandContext, url: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${url}/readyz?verbose`, { signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]) });
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw new Error(`nothing answers at ${url} (start it with skylark up, or give --url)`, { cause });
  }
}

/** Roles other than the API have no status; without the token it is not told. */
async function versionOf(client: Client): Promise<string> {
  try {
    const { version, metrics } = (await client.get('/api/v1/status')) as { version: string; metrics: number };
    return `: version ${version}, ${metrics} metrics`;
  } catch (error) {
    return isSkylarkError(error, 'unauthorized') ? ': give --token for more' : '';
  }
}
