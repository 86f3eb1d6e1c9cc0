import { useState } from 'react';
import { t } from '../i18n/translate.ts';
import { isUserId, localpartOf, serverNameOf } from './organisation.ts';
import type { Person } from './person.ts';

/** The field in which people are searched for, as it stands. */
export type TypedPerson = {
  readonly text: string;
  /** Why what is typed cannot be taken; empty as long as nobody tried. */
  readonly fault: string;
  readonly type: (text: string) => void;
  /** Empties the field and returns whom a whole ID in it names, else says below it what is wrong. */
  readonly take: () => Person | 'nothing' | 'fault';
};

/** A whole ID is as good as somebody chosen from the list: who types it and goes on has said whom they mean. */
export function useTypedPerson(refusalOf: (person: Person) => string | undefined): TypedPerson {
  const [text, setText] = useState('');
  const [fault, setFault] = useState('');
  const type = (next: string) => {
    setText(next);
    setFault('');
  };
  return {
    text,
    fault,
    type,
    take() {
      const typed = text.trim();
      if (!typed) return 'nothing';
      const person = personByWholeId(typed);
      const refusal = person ? refusalOf(person) : t('people.typedFault', { typed });
      if (!person || refusal) {
        setFault(refusal ?? '');
        return 'fault';
      }
      type('');
      return person;
    },
  };
}

/** Somebody of whom nothing is known but the ID. */
export const personByWholeId = (typed: string): Person | undefined =>
  isUserId(typed)
    ? {
        userId: typed,
        name: localpartOf(typed),
        avatar: undefined,
        organisation: serverNameOf(typed),
        ambiguous: false,
      }
    : undefined;
