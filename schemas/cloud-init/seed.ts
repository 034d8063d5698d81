import { checkNetworkConfig, openStackNetwork } from './network-data.ts';
import { type CloudInit, type SeedSpec, type SeedTexts, seedSpec } from './texts.ts';
import { vendorData } from './vendor.ts';
import { checkUserData, type ParseYaml, parsedMap, type YamlMap } from './yaml.ts';

export interface SeedFile {
  /** Path on the seed, with / between folders. */
  readonly path: string;
  readonly content: string;
  /** Whether something of a Secret is in it. */
  readonly secret: boolean;
}

/** A seed as a file system: what a guest's cloud-init finds. */
export interface Seed {
  /** Label of the file system, by which it is found. */
  readonly label: 'cidata' | 'config-2';
  readonly files: readonly SeedFile[];
}

export interface SeedInput {
  readonly cloudInit: CloudInit;
  readonly machine: { readonly name: string; readonly uid: string };
  readonly texts: SeedTexts;
  readonly parse: ParseYaml;
}

/** Who the guest is: the same at each boot of one machine, unless somebody says otherwise. */
export const instanceIdOf = (cloudInit: CloudInit, uid: string): string => seedSpec(cloudInit).instanceId ?? uid;

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`;

interface Common {
  readonly spec: SeedSpec;
  readonly texts: SeedTexts;
  readonly meta: YamlMap;
  readonly network: YamlMap;
  readonly hostName: string;
  readonly instanceId: string;
  readonly vendor: string | undefined;
  readonly name: string;
}

function noCloud({ texts, meta, network, hostName, instanceId, vendor, spec }: Common): SeedFile[] {
  const keys = texts.sshKeys.length > 0 ? { 'public-keys': texts.sshKeys } : {};
  const all = { 'instance-id': instanceId, 'local-hostname': hostName, ...keys, ...meta };
  if (texts.networkData !== undefined) checkNetworkConfig(network);
  return [
    { path: 'meta-data', content: json(all), secret: texts.secret.has('metaData') },
    // cloud-init takes a seed without this file for none at all.
    { path: 'user-data', content: texts.userData ?? '', secret: texts.secret.has('userData') },
    ...(vendor === undefined ? [] : [{ path: 'vendor-data', content: vendor, secret: hasSecret(spec, texts) }]),
    ...(texts.networkData === undefined
      ? []
      : [{ path: 'network-config', content: texts.networkData, secret: texts.secret.has('networkData') }]),
  ];
}

const hasSecret = (spec: SeedSpec, { secret }: SeedTexts): boolean =>
  secret.has('vendorData') || spec.user?.passwordSecretRef !== undefined;

/** OpenStack's folders: guests look for the newest version that they know, others for `latest`. */
const VERSIONS = ['latest', '2018-08-27'] as const;

function configDrive(common: Common): SeedFile[] {
  const { texts, meta, network, hostName, instanceId, vendor, name, spec } = common;
  const keys = Object.fromEntries(texts.sshKeys.map((key, index) => [`key-${index}`, key]));
  const all = {
    uuid: instanceId,
    hostname: hostName,
    name,
    ...(texts.sshKeys.length > 0 && { public_keys: keys }),
    ...meta,
  };
  const files: SeedFile[] = [
    { path: 'meta_data.json', content: json(all), secret: texts.secret.has('metaData') },
    ...(texts.userData === undefined
      ? []
      : [{ path: 'user_data', content: texts.userData, secret: texts.secret.has('userData') }]),
    ...(vendor === undefined
      ? []
      : [{ path: 'vendor_data.json', content: json({ 'cloud-init': vendor }), secret: hasSecret(spec, texts) }]),
    ...(texts.networkData === undefined
      ? []
      : [
          {
            path: 'network_data.json',
            content: json(openStackNetwork(network)),
            secret: texts.secret.has('networkData'),
          },
        ]),
  ];
  return VERSIONS.flatMap((version) => files.map((file) => ({ ...file, path: `openstack/${version}/${file.path}` })));
}

/**
 * The seed that a spec describes, by cloud-init's documentation of NoCloud and of OpenStack's config drive. Pure: the same
 * input gives the same bytes.
 * @throws SeedProblem
 */
export function renderSeed({ cloudInit, machine, texts, parse }: SeedInput): Seed {
  const spec = seedSpec(cloudInit);
  checkUserData(parse, texts.userData);
  const common: Common = {
    ...{ spec, texts, name: machine.name },
    meta: parsedMap(parse, texts.metaData, 'metaData'),
    network: parsedMap(parse, texts.networkData, 'networkData'),
    hostName: spec.hostName ?? machine.name,
    instanceId: instanceIdOf(cloudInit, machine.uid),
    vendor: vendorData(spec, texts),
  };
  return cloudInit.configDrive
    ? { label: 'config-2', files: configDrive(common) }
    : { label: 'cidata', files: noCloud(common) };
}

/**
 * What the SMBIOS serial number says where the seed is elsewhere: cloud-init's `ds=nocloud-net` with host name, instance id and
 * address. Nothing where there is a seed disk.
 */
export function seedSerial(
  cloudInit: CloudInit,
  machine: { readonly name: string; readonly uid: string },
): string | undefined {
  const { seedFrom, hostName = machine.name } = cloudInit.noCloud ?? {};
  if (seedFrom === undefined) return undefined;
  return `ds=nocloud-net;h=${hostName};i=${instanceIdOf(cloudInit, machine.uid)};s=${seedFrom}`;
}
