/** A process that asks Synapse's own functions; see oracle.py. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Pdu,
  parseJson,
} from '@causeway/protocol';

const SCRIPT = fileURLToPath(new URL('./oracle.py', import.meta.url));

/** A state: type, state key, event ID. */
export type StateEntries = readonly (readonly [string, string, string])[];

export type Question =
  | {
      readonly ask: 'resolve';
      readonly version: string;
      readonly room_id: string;
      readonly events: readonly Pdu[];
      readonly states: readonly StateEntries[];
    }
  | {
      readonly ask: 'authorize';
      readonly version: string;
      readonly create: Pdu;
      readonly event: Pdu;
      readonly auth_events: readonly { readonly pdu: Pdu; readonly rejected: boolean }[];
    }
  | { readonly ask: 'redact'; readonly version: string; readonly event: Pdu };

/** Fields by the kind of question; `error` when the oracle itself failed. */
export type Answer = {
  readonly error?: string;
  /** The IDs of the events, in their order. */
  readonly ids?: readonly string[];
  readonly state?: StateEntries;
  readonly allowed?: boolean;
  /** Instead of a verdict, Synapse failed with an error that it did not foresee. */
  readonly failed?: boolean;
  readonly reason?: string;
  readonly id?: string;
  readonly redacted?: JsonObject;
  /** In hexadecimal. */
  readonly content_hash?: string;
  readonly reference_hash?: string;
};

export class Oracle implements AsyncDisposable {
  readonly #process;
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  #errors = '';

  constructor(python: string) {
    this.#process = spawn(python, ['-u', SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr.on('data', (bytes: Buffer) => {
      this.#errors = (this.#errors + bytes.toString()).slice(-4_000);
    });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.#waiting.shift()?.resolve(readAnswer(line));
    });
    this.#process.on('close', () => {
      for (const { reject } of this.#waiting.splice(0))
        reject(new Error(`the oracle ended: ${this.#errors}`));
    });
    // What can't be written is reported when the process closes.
    this.#process.stdin.on('error', () => {});
  }

  /** Questions are answered in their order. */
  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.stdin.end();
    await closed;
  }
}

/** With our own reader, which keeps numbers that are not in a double. */
const readAnswer = (line: string): Answer => {
  const parsed = parseJson(line);
  if (!parsed.ok || !isJsonObject(parsed.value)) return { error: `the oracle wrote ${line}` };
  const { error, ids, state, allowed, failed, reason, id, redacted, content_hash, reference_hash } =
    parsed.value;
  return {
    ...(typeof error === 'string' ? { error } : {}),
    ...(isJsonArray(ids) ? { ids: ids.map(String) } : {}),
    ...(isJsonArray(state) ? { state: state.map(readEntry) } : {}),
    ...(typeof allowed === 'boolean' ? { allowed } : {}),
    ...(typeof failed === 'boolean' ? { failed } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(isJsonObject(redacted) ? { redacted } : {}),
    ...(typeof content_hash === 'string' ? { content_hash } : {}),
    ...(typeof reference_hash === 'string' ? { reference_hash } : {}),
  };
};

const readEntry = (value: JsonValue): readonly [string, string, string] => {
  const [type, key, id] = isJsonArray(value) ? value : [];
  return [String(type), String(key), String(id)];
};
