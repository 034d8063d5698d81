import { boolean, string } from '@oclif/core/flags';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Session } from '../../api/connect.ts';
import { OURS } from '../../api/resources.ts';
import { draft, type MakeOptions, make } from '../../apply/make.ts';
import type { Draft } from '../../apply/manifests.ts';
import type { DryRun } from '../../apply/report.ts';
import { optionalArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { dryRun, objectOutput, timeoutMs, waiting } from '../../flags.ts';
import { readSource } from '../../image/source.ts';
import { imageName } from '../../machine/image-source.ts';
import { localFile } from '../../machine/local-file.ts';
import { objectName } from '../../names.ts';
import { settled } from '../../wait/settled.ts';

export default class ImageImport extends ApiCommand {
  static override summary = 'Make an image from a URL, a file, a registry or a disk.';
  static override description = `${ImageImport.summary}
A file of this machine is sent to the executor; what was interrupted goes on with the same command. Formats are qcow2, raw, monolithic VMDK and VHDX, each also packed with gzip, xz or zstd: both are read from the content.`;
  static override examples = [
    '<%= config.bin %> image import https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2 --name debian-12 --wait',
    '<%= config.bin %> image import ./server.vmdk --wait',
    '<%= config.bin %> image import ./vmlinuz --name demo-kernel --format raw',
    '<%= config.bin %> image import oci://quay.io/containerdisks/fedora:42 --name fedora-42 --wait',
    '<%= config.bin %> image import --disk web-root --name golden --wait',
  ];
  static override args = { source: optionalArg('http or https URL, file, or oci://registry/name:tag') };
  static override flags = {
    name: string({ helpValue: 'NAME', description: "Name of the image; the file's where not given." }),
    checksum: string({ helpValue: 'DIGEST', description: 'sha256:… or sha512:… that the content must have.' }),
    'checksum-url': string({ helpValue: 'URL', description: "The publisher's file of checksums." }),
    format: string({
      options: ['qcow2', 'raw', 'vmdk', 'vhdx'],
      description: 'Format; read from the content where not given. Raw is taken byte for byte.',
    }),
    compression: string({
      options: ['none', 'gzip', 'xz', 'zstd'],
      description: 'How it is packed; read from the content where not given.',
    }),
    disk: string({ helpValue: 'NAME', description: 'Disk that becomes the image, as it is at one moment.' }),
    path: string({ helpValue: 'PATH', description: 'File inside an image of a registry.' }),
    secret: string({ helpValue: 'NAME', description: 'Secret with what the registry asks for.' }),
    insecure: boolean({ description: 'The registry speaks plain http.' }),
    'on-node': boolean({ description: 'The file is on the node, in a folder from which its executor may import.' }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool; default where not given.' }),
    'dry-run': dryRun,
    output: objectOutput,
    ...waiting,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageImport);
    const { source, from, file } = readSource(args.source, flags);
    const name = objectName(flags.name ?? imageName(from));
    const path = file === undefined ? undefined : await localFile(file);
    const spec = {
      source,
      ...(flags.format && { format: flags.format }),
      ...(flags.compression && { compression: flags.compression }),
      ...(flags.pool !== undefined && { pool: objectName(flags.pool) }),
    };
    const session = await this.connect(flags);
    const options = {
      mode: flags['dry-run'] as DryRun,
      format: flags.output,
      wait: flags.wait,
      timeoutMs: timeoutMs(flags.timeout),
    };
    const object = draft(OURS.VirtualMachineImage, { name }, spec);
    const say = (text: string) => this.say(text);
    if (path === undefined || options.mode !== 'none')
      return make(session, OURS.VirtualMachineImage, object, options, say);
    await this.send(session, object, { file: path, name }, options);
  }

  private async send(session: Session, object: Draft, what: { file: string; name: string }, options: MakeOptions) {
    const resource = OURS.VirtualMachineImage;
    if (!(await this.isUnderWay(session, what.name))) {
      await make(session, resource, object, { ...options, wait: false }, (text) => this.say(text));
    }
    const { upload } = await import('../../image/upload.ts');
    await upload(session, what);
    const made = { resource, namespace: session.namespace, object: { metadata: { name: what.name } } };
    if (options.wait) await settled(session, [made], options.timeoutMs ?? Number.POSITIVE_INFINITY);
  }

  /** An upload that was interrupted has its object already. */
  private async isUnderWay({ client, namespace }: Session, name: string): Promise<boolean> {
    const query = { fieldSelector: `metadata.name=${name}` };
    const { items } = await client.list<VirtualMachineImage>(OURS.VirtualMachineImage, namespace, { query });
    const [image] = items;
    if (!image?.spec.source.upload || image.status?.path !== undefined) return false;
    return image.metadata.deletionTimestamp === undefined && image.status?.phase !== 'Failed';
  }
}
