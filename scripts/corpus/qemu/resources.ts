import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Things of this host that stand for those that a command line names. */
export class Resources {
  readonly #folder: string;
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  path(suffix: string): string {
    this.#made += 1;
    return join(this.#folder, `${this.#made}${suffix}`);
  }

  /** An empty image of a format; raw where the format has no empty form of its own. */
  image(format: string): string {
    const path = this.path('.img');
    const known = ['qcow2', 'qcow', 'qed', 'vmdk', 'vdi', 'vhdx', 'vpc', 'parallels'].includes(format) ? format : 'raw';
    execFileSync('qemu-img', ['create', '-q', '-f', known, path, '64M'], { stdio: 'ignore' });
    return path;
  }

  file(content = 'x'): string {
    const path = this.path('.file');
    writeFileSync(path, content);
    return path;
  }

  folder(): string {
    const path = this.path('.folder');
    mkdirSync(path);
    return path;
  }

  /** Code or variables of the UEFI that is installed here. */
  firmware(writable: boolean): string | undefined {
    const source = `/usr/share/OVMF/OVMF_${writable ? 'VARS' : 'CODE'}_4M.fd`;
    if (!existsSync(source)) return undefined;
    if (!writable) return source;
    const path = this.path('.fd');
    copyFileSync(source, path);
    return path;
  }
}
