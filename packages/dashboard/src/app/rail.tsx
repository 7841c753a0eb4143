import type { ReactNode } from 'react';
import { Link } from './location.js';
import type { Route } from './routes.js';
import { type ThemeChoice, useTheme } from './theme.js';

interface Destination {
  readonly page: Route['page'];
  readonly to: string;
  readonly label: string;
  readonly icon: string;
}

const destinations: readonly Destination[] = [
  { page: 'now', to: '/', label: 'Now', icon: 'M2 11h3.500l2-6 3.5 10 2.5-7 1.5 3H18' },
  { page: 'incidents', to: '/incidents', label: 'Incidents', icon: 'M10 2.500 18 16.500H2ZM10 8v4M10 14.200v.1' },
  { page: 'names', to: '/names', label: 'Names', icon: 'M3 5h14M3 10h10M3 15h12' },
  { page: 'similar', to: '/similar', label: 'Similar', icon: 'M2 8c2.5 0 3-5 5.5-5s2.5 5 5 5 2-2.5 5.5-2.500M2 16c2.5 0 3-5 5.5-5s2.5 5 5 5 2-2.5 5.5-2.5' },
  { page: 'draw', to: '/draw', label: 'Draw', icon: 'M3 17l1-4L14 3l3 3L7 16ZM12 5l3 3' },
  { page: 'collections', to: '/collections', label: 'Saved', icon: 'M5 3h10v14l-5-3.500L5 17Z' },
  { page: 'pipeline', to: '/pipeline', label: 'Pipeline', icon: 'M2 10h4M14 10h4M6 6h8v8H6Z' },
  { page: 'settings', to: '/settings', label: 'Settings', icon: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4' },
];

const themeOrder: readonly ThemeChoice[] = ['system', 'dark', 'light'];
const themeIcons: Readonly<Record<ThemeChoice, string>> = {
  system: 'M3 4h14v9H3zM7 17h6M10 13v4',
  dark: 'M16 12.500A7 7 0 0 1 7.5 4a7 7 0 1 0 8.5 8.500Z',
  light: 'M10 6.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10 1.500v2M10 16.500v2M1.5 10h2M16.5 10h2M4 4l1.4 1.400M14.6 14.6 16 16M16 4l-1.4 1.400M5.4 14.6 4 16',
};

/** The narrow rail at the left; on a phone the bar at the bottom. */
export function Rail({ page, onHelp }: { page: Route['page']; onHelp: () => void }): ReactNode {
  const { choice, choose } = useTheme();
  const next = themeOrder[(themeOrder.indexOf(choice) + 1) % themeOrder.length] ?? 'system';
  return (
    <nav className="rail" aria-label="Pages">
      <img className="rail-mark" src="/skylark.svg" alt="Skylark" width="28" height="28" />
      {destinations.map(({ page: target, to, label, icon }) => (
        <Link key={to} to={to} className="rail-entry" aria-current={page === target ? 'page' : undefined}>
          <Icon path={icon} />
          {label}
        </Link>
      ))}
      <span className="rail-space" />
      <button type="button" className="rail-entry" onClick={() => choose(next)} aria-label={`Theme: ${choice}. Change to ${next}`}>
        <Icon path={themeIcons[choice]} />
        {choice.charAt(0).toUpperCase() + choice.slice(1)}
      </button>
      <button type="button" className="rail-entry rail-help" onClick={onHelp}>
        <kbd aria-hidden="true">?</kbd>
        Keys
      </button>
    </nav>
  );
}

function Icon({ path }: { path: string }): ReactNode {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
