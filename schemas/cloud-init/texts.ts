import type { VirtualMachineSpec } from '../kinds/virtual-machine.ts';
import { SeedProblem } from './problem.ts';

export type CloudInit = NonNullable<VirtualMachineSpec['cloudInit']>;
export type SeedSpec = NonNullable<CloudInit['noCloud']>;

export type SourceKind = 'Secret' | 'ConfigMap';
const SLOTS = ['userData', 'vendorData', 'metaData', 'networkData'] as const;
export type Slot = (typeof SLOTS)[number];

/** Finds the data of a Secret (base64) or ConfigMap (text) of the machine's namespace; nothing where it is not there. */
export type DataOf = (kind: SourceKind, name: string) => Readonly<Record<string, string>> | undefined;

export interface Source {
  readonly kind: SourceKind;
  readonly name: string;
}

/** Everything that a seed is made from, as text. */
export interface SeedTexts {
  readonly userData?: string;
  readonly vendorData?: string;
  readonly metaData?: string;
  readonly networkData?: string;
  readonly password?: string;
  readonly sshKeys: readonly string[];
  /** Which of them come from a Secret. */
  readonly secret: ReadonlySet<Slot | 'password'>;
}

/** What a Secret or ConfigMap can hold at most; more than this in a seed is refused as well. */
const LONGEST = 1024 * 1024;
const MOST_KEYS = 256;

/** One variant, whichever it is. */
export const seedSpec = (cloudInit: CloudInit): SeedSpec => cloudInit.noCloud ?? cloudInit.configDrive ?? {};

/** The Secrets and ConfigMaps that a seed is made from, each once. */
export function sourcesOf(cloudInit: CloudInit): Source[] {
  const spec = seedSpec(cloudInit);
  const texts = SLOTS.flatMap((slot): Source[] => {
    const { secretRef, configMapRef } = spec[slot] ?? {};
    if (secretRef) return [{ kind: 'Secret', name: secretRef.name }];
    return configMapRef ? [{ kind: 'ConfigMap', name: configMapRef.name }] : [];
  });
  const keys = (spec.sshAuthorizedKeysRefs ?? []).map(({ name }): Source => ({ kind: 'Secret', name }));
  const password = spec.user?.passwordSecretRef
    ? [{ kind: 'Secret', name: spec.user.passwordSecretRef.name } as const]
    : [];
  const all = [...texts, ...keys, ...password];
  return all.filter((one, i) => all.findIndex(({ kind, name }) => kind === one.kind && name === one.name) === i);
}

const missing = (kind: SourceKind, name: string): never => {
  const reason = kind === 'Secret' ? 'SecretNotFound' : 'ConfigMapNotFound';
  throw new SeedProblem(
    reason,
    `the ${kind} ${name} that cloud-init needs is not in the machine's namespace; create it`,
  );
};

function textOf(bytes: Buffer, where: string): string {
  if (bytes.length > LONGEST)
    throw new SeedProblem('CloudInitTooLarge', `${where} has ${bytes.length} bytes; at most ${LONGEST} are taken`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below, with where it is.
  }
  throw new SeedProblem('CloudInitNotText', `${where} is not text in UTF-8; cloud-init reads nothing else from here`);
}

function keyText(
  kind: SourceKind,
  ref: { name: string; key?: string | undefined },
  usual: string,
  find: DataOf,
): string {
  const key = ref.key ?? usual;
  const data = find(kind, ref.name) ?? missing(kind, ref.name);
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (value === undefined) {
    throw new SeedProblem('KeyNotFound', `the ${kind} ${ref.name} has no key ${key}, which cloud-init needs; add it`);
  }
  const bytes = Buffer.from(value, kind === 'Secret' ? 'base64' : 'utf8');
  return textOf(bytes, `the key ${key} of the ${kind} ${ref.name}`);
}

function slotText(spec: SeedSpec, slot: Slot, find: DataOf): string | undefined {
  const { inline, secretRef, configMapRef } = spec[slot] ?? {};
  if (secretRef) return keyText('Secret', secretRef, slot, find);
  if (configMapRef) return keyText('ConfigMap', configMapRef, slot, find);
  return inline === undefined ? undefined : textOf(Buffer.from(inline), `${slot}.inline`);
}

/** `options type base64 comment`, as sshd(8) has a line of authorized_keys. */
const PUBLIC_KEY =
  /(^|\s)(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com|ssh-rsa-cert\S*)\s+[A-Za-z0-9+/]+={0,3}(\s|$)/;

/** The public keys in a text, one a line. A private key that came here by mistake is not passed on, nor shown. */
function publicKeys(text: string, where: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      if (PUBLIC_KEY.test(line)) return line;
      const what = line.includes('PRIVATE KEY') ? 'holds a private key' : 'has a line that is no SSH public key';
      throw new SeedProblem(
        'KeyInvalid',
        `${where} ${what}; put public keys there, one a line, as in ~/.ssh/id_ed25519.pub`,
      );
    });
}

function allKeys({ sshAuthorizedKeys = [], sshAuthorizedKeysRefs = [] }: SeedSpec, find: DataOf): string[] {
  const own = sshAuthorizedKeys.flatMap((line) => publicKeys(line, 'sshAuthorizedKeys'));
  const referenced = sshAuthorizedKeysRefs.flatMap(({ name }) => {
    const data = find('Secret', name) ?? missing('Secret', name);
    return Object.keys(data)
      .sort()
      .flatMap((key) =>
        publicKeys(keyText('Secret', { name, key }, key, find), `the key ${key} of the Secret ${name}`),
      );
  });
  return [...new Set([...own, ...referenced])].slice(0, MOST_KEYS);
}

function passwordOf({ user }: SeedSpec, find: DataOf): string | undefined {
  if (!user?.passwordSecretRef) return undefined;
  const password = keyText('Secret', user.passwordSecretRef, 'password', find).replace(/\r?\n$/, '');
  if (password !== '' && !/[\r\n]/.test(password)) return password;
  const { name } = user.passwordSecretRef;
  throw new SeedProblem('PasswordInvalid', `the password in the Secret ${name} is empty or has more than one line`);
}

/** Resolves every reference. @throws SeedProblem naming the object, the key and what is wrong; never a value */
export function seedTexts(cloudInit: CloudInit, find: DataOf): SeedTexts {
  const spec = seedSpec(cloudInit);
  const texts = SLOTS.flatMap((slot) => {
    const text = slotText(spec, slot, find);
    return text === undefined ? [] : [[slot, text] as const];
  });
  const password = passwordOf(spec, find);
  return {
    ...Object.fromEntries(texts),
    ...(password !== undefined && { password }),
    sshKeys: allKeys(spec, find),
    secret: new Set([...SLOTS.filter((slot) => spec[slot]?.secretRef), 'password' as const]),
  };
}
