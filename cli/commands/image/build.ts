import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boolean, string } from '@oclif/core/flags';
import { requiredArg } from '../../args.ts';
import { ApiCommand } from '../../base.ts';
import { usage } from '../../errors.ts';
import { timeoutFlag } from '../../flags.ts';
import { buildSize, checkOptions } from '../../image-build/packages.ts';
import { objectName, quoted } from '../../names.ts';

export default class ImageBuild extends ApiCommand {
  static override summary = 'Make a bootable disk of Debian from its packages.';
  static override description = `${ImageBuild.summary}
It boots by BIOS, by UEFI, with secure boot too, and by its kernel alone, and has cloud-init, an SSH server and the QEMU guest agent. Made here, as root, by mmdebstrap; nothing is mounted.
Without --output it becomes an image of the API.`;
  static override examples = [
    '<%= config.bin %> image build debian --suite bookworm --package nginx --name web-base',
    '<%= config.bin %> image build debian --output debian.qcow2 --compress',
  ];
  static override args = { distribution: requiredArg('what to build: debian') };
  static override flags = {
    suite: string({ default: 'bookworm', helpValue: 'NAME', description: "Debian's code name of the release." }),
    package: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      description: 'A package to install beside those of a server; may be repeated.',
    }),
    mirror: string({ helpValue: 'URL', description: "Mirror of Debian; the host's own where not given." }),
    size: string({ default: '2Gi', helpValue: 'SIZE', description: 'Size of the disk; the system grows with it.' }),
    output: string({ helpValue: 'FILE', description: 'Write the disk to a file.' }),
    format: string({ options: ['qcow2', 'raw'], default: 'qcow2', description: 'Format of the disk.' }),
    compress: boolean({ description: 'Compress a qcow2: half the size, takes longer.' }),
    kernel: string({ helpValue: 'FILE', description: 'Write the kernel to a file too, for booting it directly.' }),
    initrd: string({ helpValue: 'FILE', description: 'Write its initrd to a file too.' }),
    name: string({ helpValue: 'NAME', description: 'Name of the image; debian-SUITE where not given.' }),
    pool: string({ helpValue: 'NAME', description: 'Storage pool of the image.' }),
    timeout: timeoutFlag('5m'),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageBuild);
    if (args.distribution !== 'debian')
      throw usage(`${quoted(args.distribution)} is not a distribution that can be built`, 'vmctl image build debian');
    const { suite, mirror, output, compress, kernel, initrd } = flags;
    const debian = { suite, packages: flags.package ?? [], mirror };
    checkOptions(debian);
    const size = buildSize(flags.size);
    const name = objectName(flags.name ?? `debian-${suite}`);
    // Before the minute that the build takes, not after it.
    if (output === undefined) await this.connect(flags);
    const folder = output === undefined ? await mkdtemp(join(tmpdir(), 'vmctl-image-')) : undefined;
    const file = output ?? join(folder ?? '', `${name}.${flags.format}`);
    try {
      const { buildDebian } = await import('../../chunks/build-image.ts');
      const format = flags.format as 'qcow2' | 'raw';
      const say = (text: string) => this.note(text);
      const built = await buildDebian({ ...debian, size, format, compress, output: file, kernel, initrd, say });
      if (kernel !== undefined) this.note(`boot the kernel with: ${built.commandLine}`);
      if (output !== undefined) return this.say(output);
      await this.config.runCommand('image:import', [file, '--name', name, ...this.importFlags(flags)]);
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }

  /** The file is gone afterwards, so the import is waited for. */
  private importFlags(flags: Readonly<Record<string, unknown>>): string[] {
    const passed = ['format', 'pool', 'timeout', 'namespace', 'context', 'kubeconfig'] as const;
    return ['--wait', ...passed.flatMap((flag) => (flags[flag] === undefined ? [] : [`--${flag}=${flags[flag]}`]))];
  }
}
