import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The API a development page talks to: `npm run dev -w @skylark/dashboard` beside `skylark up` or `node dev/fake-server.mjs`. */
const api = 'http://127.0.0.1:1500';

export default defineConfig({
  plugins: [react()],
  build: {
    // Where light-dark(), @property and OKLCH on canvas all work.
    target: ['chrome123', 'firefox128', 'safari17.5'],
    // The CSP has no data: for fonts, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: api } } },
});
