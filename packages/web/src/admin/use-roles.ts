import { useMemo } from 'react';
import { fetchRoles } from './admin-api.ts';
import { useAnswer } from './use-answer.ts';

/** The roles that can be given; until they are known, the one that is chosen. */
export function useRoles(chosen: string, without?: string): readonly { value: string; label: string }[] {
  const { value } = useAnswer(fetchRoles);
  return useMemo(() => {
    const known = value?.roles.map(({ role }) => role) ?? [];
    return [...new Set([...known, chosen])]
      .filter((role) => role !== without)
      .map((role) => ({ value: role, label: role }));
  }, [value, chosen, without]);
}
