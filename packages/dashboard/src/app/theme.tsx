import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';

export type ThemeChoice = 'system' | 'dark' | 'light';

interface Theme {
  readonly choice: ThemeChoice;
  readonly choose: (choice: ThemeChoice) => void;
  /** Changes whenever the colours do: what draws on canvas reads them anew. */
  readonly version: number;
}

const ThemeContext = createContext<Theme>({ choice: 'system', choose: () => undefined, version: 0 });
const storageKey = 'skylark.theme';

/** Keeps the chosen theme in the browser; `public/theme.js` applies it before the first paint. */
export function ThemeProvider({ children }: { children: ReactNode }): ReactNode {
  const [choice, setChoice] = useState<ThemeChoice>(currentChoice);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const bump = (): void => setVersion((before) => before + 1);
    system.addEventListener('change', bump);
    return () => system.removeEventListener('change', bump);
  }, []);
  const theme = useMemo<Theme>(() => ({
    choice,
    version,
    choose: (next) => {
      apply(next);
      setChoice(next);
      setVersion((before) => before + 1);
    },
  }), [choice, version]);
  return <ThemeContext value={theme}>{children}</ThemeContext>;
}

export function useTheme(): Theme {
  return useContext(ThemeContext);
}

function currentChoice(): ThemeChoice {
  const applied = document.documentElement.dataset['theme'];
  return applied === 'dark' || applied === 'light' ? applied : 'system';
}

function apply(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = choice;
  try {
    if (choice === 'system') localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, choice);
  } catch {
    // Storage is refused: the choice holds until the page is left.
  }
}
