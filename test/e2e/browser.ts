import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { requireProgram, type Skippable } from '../requirements.js';

const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A page with all that went wrong in it: uncaught errors, and what the Content-Security-Policy refused. */
export interface WatchedPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

/** One browser for a file of tests, started by the first that needs it. */
export interface TestBrowser {
  open(test: Skippable, url: string, options?: BrowserContextOptions): Promise<WatchedPage>;
  close(): Promise<void>;
}

export function testBrowser(): TestBrowser {
  let started: Promise<Browser> | null = null;
  return {
    async open(test, url, options = {}) {
      const executablePath = requireProgram('chromium', 'chromium', test);
      started ??= chromium.launch({ executablePath, args: quiet });
      const context = await (await started).newContext({ viewport: { width: 1440, height: 900 }, ...options });
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => /content security policy|refused to/i.test(message.text()) && problems.push(message.text()));
      await page.goto(url);
      return { page, problems };
    },
    async close() {
      await (await started)?.close();
    },
  };
}
