import type { ReactNode } from 'react';
import { useState } from 'react';
import { ApiError } from '../data/api.js';

/** A page or pane that has nothing to show says why, and what to do next. */
export function Notice({ title, children, actions, heading: Heading = 'h2' }: { title: string; children?: ReactNode; actions?: ReactNode; heading?: 'h1' | 'h2' }): ReactNode {
  return (
    <div className="notice">
      <Heading>{title}</Heading>
      {children}
      {actions !== undefined && <div className="notice-actions">{actions}</div>}
    </div>
  );
}

/** What went wrong, in the server's words, with its id and a way to try again. */
export function ErrorNotice({ error, retry, what }: { error: Error; retry?: () => void; what: string }): ReactNode {
  const away = error instanceof ApiError && error.status === 0;
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div role="alert">
      <Notice title={away ? 'The server cannot be reached' : `${what} could not be read`} actions={retry && <button type="button" className="button" onClick={retry}>Try again</button>}>
        <p className="dim">{away ? 'Is Skylark running? This page tries again by itself.' : error.message}</p>
        {requestId !== null && (
          <p className="faint small">
            Request <code>{requestId}</code>
          </p>
        )}
      </Notice>
    </div>
  );
}

/** A line to paste into a terminal. */
export function CopyLine({ text }: { text: string }): ReactNode {
  return (
    <div className="copy-line">
      <code>{text}</code>
      <CopyButton text={text} />
    </div>
  );
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    // Without HTTPS or loopback there is no clipboard; the text can still be selected.
    navigator.clipboard?.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    }, () => undefined);
  };
  return (
    <button type="button" className="button button-quiet" onClick={copy} aria-label={label}>
      {copied ? 'Copied' : 'Copy'}
    </button>
  );
}
