import { Component, type ReactNode, useRef, useState } from 'react';
import { ApiError } from '../data/api.js';
import { useStatus } from '../data/queries.js';
import { useLiveEvents } from '../data/use-live-events.js';
import { Notice } from '../design/notice.js';
import { severityWord } from '../design/severity-mark.js';
import { CollectionsPage } from '../pages/collections-page.js';
import { DrawPage } from '../pages/draw-page.js';
import { IncidentsPage } from '../pages/incidents-page.js';
import { MetricPage } from '../pages/metric-page.js';
import { NamesPage } from '../pages/names-page.js';
import { NowPage } from '../pages/now-page.js';
import { PipelinePage } from '../pages/pipeline-page.js';
import { SettingsPage } from '../pages/settings-page.js';
import { SimilarPage } from '../pages/similar-page.js';
import { UnknownPage } from '../pages/unknown-page.js';
import { DemoBanner } from './demo-banner.js';
import { HelpDialog } from './help-dialog.js';
import { useRoute } from './location.js';
import { Rail } from './rail.js';
import type { Route } from './routes.js';
import { SignIn } from './sign-in.js';
import { StaleBanner } from './stale-banner.js';
import { TopBar } from './top-bar.js';
import { useKeyboard } from './use-keyboard.js';
import './app.css';

/** The shell: rail, bar, banners, and the page the address names. */
export function App(): ReactNode {
  const route = useRoute();
  const { error } = useStatus();
  const { state, lastOpened } = useLiveEvents();
  const search = useRef<HTMLInputElement>(null);
  const [help, setHelp] = useState(false);
  useKeyboard({
    search: () => (search.current?.focus(), search.current?.select()),
    help: () => setHelp(true),
  });
  if (error instanceof ApiError && error.status === 401) return <SignIn />;
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <Rail page={route.page} onHelp={() => setHelp(true)} />
      <TopBar search={search} stream={state} page={route.page} />
      <div className="banners">
        <StaleBanner stream={state} />
        <DemoBanner />
      </div>
      <div className="content" data-page={route.page}>
        <PageBoundary key={route.page === 'metric' ? route.metric : route.page}>
          <Page route={route} />
        </PageBoundary>
      </div>
      <p className="hidden-visually" role="status" aria-live="polite">
        {lastOpened && `New anomaly: ${severityWord(lastOpened.severity)}, ${lastOpened.metric}`}
      </p>
      <HelpDialog open={help} onClose={() => setHelp(false)} />
    </div>
  );
}

function Page({ route }: { route: Route }): ReactNode {
  switch (route.page) {
    case 'now':
      return <NowPage />;
    case 'metric':
      return <MetricPage metric={route.metric} />;
    case 'similar':
      return <SimilarPage />;
    case 'names':
      return <NamesPage />;
    case 'draw':
      return <DrawPage />;
    case 'collections':
      return <CollectionsPage id={route.id} />;
    case 'incidents':
      return <IncidentsPage />;
    case 'pipeline':
      return <PipelinePage />;
    case 'settings':
      return <SettingsPage />;
    case 'unknown':
      return <UnknownPage />;
  }
}

/** A page that fails leaves the shell standing. A class, because React has it no other way. */
class PageBoundary extends Component<{ children: ReactNode }, { failure: string | null }> {
  override state: { failure: string | null } = { failure: null };

  static getDerivedStateFromError(error: unknown): { failure: string } {
    return { failure: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.failure === null) return this.props.children;
    return (
      <main className="page" id="main">
        <Notice heading="h1" title="This page failed" actions={<button type="button" className="button" onClick={() => this.setState({ failure: null })}>Show it again</button>}>
          <p className="dim">{this.state.failure}</p>
        </Notice>
      </main>
    );
  }
}
