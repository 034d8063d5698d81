import { askInterfaces, askSystem } from '../../agent/facts.ts';
import { freeze, freezeState, thaw, withAgent } from '../../agent/index.ts';
import { list, member, natural, text } from '../../agent/read.ts';
import type { Ask } from './ask.ts';
import { isTrue, numberOf, oneOf, textOf, textsOf, userOf } from './fields.ts';

const MOST_COMMANDS = 256;
const MOST_KEYS = 256;
const KEY_LENGTH = 16_384;
const FREEZE_MS = 30_000;
const TRIM_MS = 600_000;

export async function ping({ socket }: Ask): Promise<object> {
  const begin = performance.now();
  await withAgent(socket, (agent) => agent.execute('guest-ping'));
  return { milliseconds: Math.round(performance.now() - begin) };
}

export const info = ({ socket }: Ask): Promise<object> =>
  withAgent(socket, async (agent) => {
    const commands = list(member(await agent.execute('guest-info'), 'supported_commands'), MOST_COMMANDS);
    const enabled = commands.filter((command) => member(command, 'enabled') === true);
    return {
      ...(await askSystem(agent)),
      ...(await askInterfaces(agent)),
      commands: enabled.flatMap((command) => text(member(command, 'name'), 64) ?? []).sort(),
    };
  });

export async function setPassword({ socket, body }: Ask): Promise<object> {
  const [username, password] = [userOf(body), textOf(body, 'password', 1024)];
  const crypted = isTrue(body, 'crypted');
  const encoded = Buffer.from(password).toString('base64');
  await withAgent(socket, (agent) =>
    agent.execute('guest-set-user-password', { username, password: encoded, crypted }, { timeoutMs: 20_000 }),
  );
  return { user: username };
}

/** Adds keys, removes others, and says which there are then. */
export async function sshKeys({ socket, body }: Ask): Promise<object> {
  const username = userOf(body);
  const add = textsOf(body, 'add', MOST_KEYS, KEY_LENGTH);
  const remove = textsOf(body, 'remove', MOST_KEYS, KEY_LENGTH);
  return withAgent(socket, async (agent) => {
    if (add.length > 0) await agent.execute('guest-ssh-add-authorized-keys', { username, keys: add });
    if (remove.length > 0) await agent.execute('guest-ssh-remove-authorized-keys', { username, keys: remove });
    const answer = await agent.execute('guest-ssh-get-authorized-keys', { username });
    const keys = list(member(answer, 'keys'), MOST_KEYS).flatMap((key) => text(key, KEY_LENGTH) ?? []);
    return { user: username, keys };
  });
}

/** A guest that takes too long to freeze is thawed: nobody would know that it stands still. */
export async function fsfreeze({ socket, body }: Ask): Promise<object> {
  const action = oneOf(body, 'action', ['status', 'freeze', 'thaw']);
  if (action === 'status') return { state: await freezeState(socket) };
  const filesystems = action === 'freeze' ? await freeze(socket, FREEZE_MS) : await thaw(socket, FREEZE_MS);
  return { filesystems, state: await freezeState(socket) };
}

export async function fstrim({ socket, body }: Ask): Promise<object> {
  const minimum = numberOf(body, 'minimumBytes', 0, [0, 2 ** 40]);
  const answer = await withAgent(socket, (agent) =>
    agent.execute('guest-fstrim', minimum > 0 ? { minimum } : {}, { timeoutMs: TRIM_MS }),
  );
  const paths = list(member(answer, 'paths'), MOST_COMMANDS).map((path) => ({
    path: text(member(path, 'path'), 1024) ?? '?',
    ...(natural(member(path, 'trimmed')) !== undefined && { trimmedBytes: natural(member(path, 'trimmed')) }),
    ...(text(member(path, 'error'), 500) !== undefined && { error: text(member(path, 'error'), 500) }),
  }));
  return { paths };
}
