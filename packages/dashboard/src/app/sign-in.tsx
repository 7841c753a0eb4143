import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useContext, useState } from 'react';
import { ApiContext } from '../data/queries.js';

/** Asks for the token when the server wants one; it becomes the page's cookie and is kept nowhere else. */
export function SignIn(): ReactNode {
  const api = useContext(ApiContext);
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const { mutate, error, isPending } = useMutation({ mutationFn: () => api.signIn(token), onSuccess: () => client.invalidateQueries() });
  return (
    <main className="sign-in" id="main">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          mutate();
        }}
      >
        <img src="/skylark.svg" alt="" width="40" height="40" />
        <h1>Skylark</h1>
        <label htmlFor="token">Token</label>
        <input id="token" className="field" type="password" autoComplete="current-password" required value={token} onChange={({ target }) => setToken(target.value)} />
        <button type="submit" className="button button-first" disabled={isPending}>
          Sign in
        </button>
        {error && <p role="alert">{error.message}</p>}
      </form>
    </main>
  );
}
