import { useEffect, useState } from 'react';
import { request, text } from '../session/matrix-request.ts';
import { describeProblem } from '../session/problem.ts';
import { useWorkspace } from '../session/workspace-session.ts';

export type AcceptedVersion =
  | { readonly kind: 'asking' }
  | { readonly kind: 'found'; readonly version: string }
  /** The servers have no version in common with this one. */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly reason: string };

/** The room version that these servers accept, asked of them. */
export function useAcceptedVersion(roomId: string, servers: readonly string[]): AcceptedVersion {
  const { session } = useWorkspace();
  const query = new URLSearchParams(servers.map((server) => ['server_name', server])).toString();
  const path = `/_causeway/rooms/${encodeURIComponent(roomId)}/accepted-version?${query}`;
  const [state, setState] = useState<AcceptedVersion>({ kind: 'asking' });
  useEffect(() => {
    let current = true;
    setState({ kind: 'asking' });
    request(path, { accessToken: session.accessToken }).then(
      ({ room_version }) => {
        const version = text(room_version);
        if (current) setState(version ? { kind: 'found', version } : { kind: 'none' });
      },
      (problem: unknown) => current && setState({ kind: 'failed', reason: describeProblem(problem) }),
    );
    return () => {
      current = false;
    };
  }, [path, session]);
  return state;
}
