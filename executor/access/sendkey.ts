import { readDocument } from '../apiserver/http/body.ts';
import { send } from '../apiserver/http/respond.ts';
import { badRequest, methodNotAllowed } from '../apiserver/status-error.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import { QmpError } from '../qmp/index.ts';
import { type HostOf, runningMachine } from './host.ts';

/** Keys that are pressed at once and let go together, by their names in qemu's `QKeyCode`. */
interface KeyPress {
  readonly keys: readonly string[];
  readonly holdMilliseconds?: number;
}

const MOST_KEYS = 16;
const LONGEST_HOLD_MS = 10_000;
/** qemu's own default of `send-key`. */
const HOLD_MS = 100;

/** The key press in a body. @throws StatusError 400 */
export function keyPressOf(value: unknown): Required<KeyPress> {
  const { keys, holdMilliseconds = HOLD_MS } = (value ?? {}) as Partial<KeyPress>;
  const isKey = (key: unknown) => typeof key === 'string' && /^[a-z0-9_]{1,32}$/.test(key);
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MOST_KEYS || !keys.every(isKey)) {
    throw badRequest(`keys must be 1 to ${MOST_KEYS} names of keys, such as ["ctrl", "alt", "delete"]`);
  }
  if (!Number.isInteger(holdMilliseconds) || holdMilliseconds < 1 || holdMilliseconds > LONGEST_HOLD_MS) {
    throw badRequest(`holdMilliseconds must be a whole number from 1 to ${LONGEST_HOLD_MS}`);
  }
  return { keys, holdMilliseconds };
}

/** `POST …/virtualmachines/NAME/sendkey` with `{"keys": ["ctrl", "alt", "delete"]}`. */
export const sendKeyHandler = (host: HostOf): SubresourceHandler => ({
  async http(request, response, { namespace, name }) {
    if (request.method !== 'POST') throw methodNotAllowed();
    const { qmp } = runningMachine(host(), namespace, name);
    const { keys, holdMilliseconds } = keyPressOf((await readDocument(request, ['application/json'])).value);
    const codes = keys.map((data) => ({ type: 'qcode', data }) as const);
    try {
      await qmp.execute('send-key', { keys: codes, 'hold-time': holdMilliseconds });
    } catch (error) {
      if (error instanceof QmpError) throw badRequest(`qemu does not know such keys: ${error.message}`);
      throw error;
    }
    await send(request, response, { code: 200, body: JSON.stringify({ keys, holdMilliseconds }) });
  },
});
