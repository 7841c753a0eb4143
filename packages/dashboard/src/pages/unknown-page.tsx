import type { ReactNode } from 'react';
import { Link } from '../app/location.js';
import { useTitle } from '../app/use-title.js';
import { Notice } from '../design/notice.js';

export function UnknownPage(): ReactNode {
  useTitle('No such page');
  return (
    <main className="page" id="main">
      <Notice heading="h1" title="No such page" actions={<Link to="/" className="button">What is wrong now</Link>}>
        <p className="dim">The address names nothing here.</p>
      </Notice>
    </main>
  );
}
