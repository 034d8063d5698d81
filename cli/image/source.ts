import { usage } from '../errors.ts';
import { checkedSum, importedFile } from '../machine/image-source.ts';
import { objectName } from '../names.ts';

/** What `vmctl image import` was told of where the content is. */
export interface SourceFlags {
  readonly checksum?: string | undefined;
  readonly 'checksum-url'?: string | undefined;
  readonly disk?: string | undefined;
  readonly path?: string | undefined;
  readonly secret?: string | undefined;
  readonly insecure?: boolean;
  readonly 'on-node'?: boolean;
}

/** Where an image comes from: spec.source, what it may be named after, and the file to send where it is one of this machine. */
export interface ImageSource {
  readonly source: object;
  readonly from: string;
  readonly file?: string;
}

/** As skopeo and its like write what is in a registry. */
const REGISTRY = /^(?:oci|docker):\/\//;

function fromRegistry(text: string, { path, secret, insecure }: SourceFlags): ImageSource {
  const reference = text.replace(REGISTRY, '');
  const oci = {
    reference,
    ...(path !== undefined && { path }),
    ...(secret !== undefined && { secretRef: { name: objectName(secret, 'secret name') } }),
    ...(insecure && { insecure }),
  };
  return { source: { oci }, from: reference.replace(/[:@][^/]*$/, '') };
}

/** @throws Failure (usage) */
export function readSource(text: string | undefined, flags: SourceFlags): ImageSource {
  const { disk } = flags;
  if (disk !== undefined) {
    if (text !== undefined) throw usage('an image has one source', 'give a URL, a file, or --disk');
    return { source: { disk: { name: objectName(disk) } }, from: disk };
  }
  if (text === undefined)
    throw usage('where is the image?', 'give a URL, a file, oci://registry/name:tag, or --disk NAME');
  if (REGISTRY.test(text)) return fromRegistry(text, flags);
  const registryFlag = (['path', 'secret', 'insecure'] as const).find((name) => flags[name]);
  if (registryFlag) throw usage(`--${registryFlag} is for registries`, 'write the source as oci://registry/name:tag');
  const checksum = checkedSum(flags.checksum);
  const file = importedFile(text);
  const checksumUrl = flags['checksum-url'];
  if (file === undefined) {
    return {
      source: { http: { url: text, ...checksum, ...(checksumUrl !== undefined && { checksumUrl }) } },
      from: text,
    };
  }
  if (checksumUrl !== undefined) throw usage('--checksum-url is for URLs', 'give --checksum');
  if (flags['on-node']) return { source: { file: { path: file, ...checksum } }, from: text };
  return { source: { upload: checksum }, from: text, file };
}
