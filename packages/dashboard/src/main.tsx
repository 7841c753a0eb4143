import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import { ThemeProvider } from './app/theme.js';
import { createApi } from './data/api.js';
import { ApiContext } from './data/queries.js';
import { createQueryClient } from './data/query-client.js';
import '@fontsource-variable/inter';
import './design/base.css';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={createQueryClient()}>
        <ApiContext value={createApi()}>
          <ThemeProvider>
            <App />
          </ThemeProvider>
        </ApiContext>
      </QueryClientProvider>
    </StrictMode>,
  );
}
