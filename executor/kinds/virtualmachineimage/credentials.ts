import { isNotFound } from '../../../schemas/client/errors.ts';
import { core } from '../../../schemas/client/paths.ts';
import type { RegistryPlace } from '../../../schemas/kinds/image.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context } from '../../controller/types.ts';
import { type Credentials, fromDockerConfig } from '../../storage/registry/auth.ts';
import { RegistryError } from '../../storage/registry/errors.ts';
import { parseReference } from '../../storage/registry/reference.ts';
import { Registry } from '../../storage/registry/registry.ts';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** The registry that a spec names, with what its Secret holds for it. @throws RegistryError */
export async function openRegistry(
  context: Context,
  namespace: string,
  { reference: text, secretRef, insecure }: RegistryPlace,
  signal: AbortSignal,
): Promise<Registry> {
  const reference = parseReference(text);
  const secret = secretRef && (await readSecret(context, namespace, secretRef.name));
  const credentials = secret && credentialsIn(secret, text);
  return new Registry({ reference, insecure, signal, ...(credentials && { credentials }) });
}

async function readSecret({ client }: Context, namespace: string, name: string): Promise<Secret> {
  try {
    return await client.get<Secret>(core('secrets'), { namespace, name });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new RegistryError('SecretInvalid', `the Secret ${name} is not there: create it, or name another`);
  }
}

/** @throws RegistryError which says what is missing, and nothing of what is there */
function credentialsIn({ metadata, data = {} }: Secret, reference: string): Credentials {
  const decode = (key: string) =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  const [username, password, token] = [decode('username'), decode('password'), decode('token')];
  if (username !== undefined && password !== undefined) return { username, password };
  if (token !== undefined) return { token: token.trim() };
  const found = fromConfig(decode('.dockerconfigjson') ?? decode('config.json'), reference);
  if (found) return found;
  throw new RegistryError(
    'SecretInvalid',
    `the Secret ${metadata.name} holds nothing for ${reference}: it takes .dockerconfigjson with that registry, or username and password, or token`,
  );
}

function fromConfig(config: string | undefined, reference: string): Credentials | undefined {
  try {
    return config === undefined ? undefined : fromDockerConfig(config, parseReference(reference));
  } catch {
    return undefined;
  }
}
