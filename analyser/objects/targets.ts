const TARGET = /^(fd|hd|sd|vd|xvd|ubd)[a-z]+$/;

const PREFIXES: Readonly<Record<string, string>> = { virtio: 'vd', ide: 'hd', fdc: 'fd' };

const LETTERS = 26;
const A = 97;

/** `a` … `z`, `aa` …: how libvirt counts disks. */
const letters = (index: number): string =>
  index < LETTERS
    ? String.fromCharCode(A + index)
    : letters(Math.floor(index / LETTERS) - 1) + letters(index % LETTERS);

/** Hands out names that no disk has yet. */
export function deviceNames(taken: readonly string[]): (prefix: string) => string {
  const used = new Set(taken);
  return (prefix) => {
    let index = 0;
    while (used.has(prefix + letters(index))) index += 1;
    const name = prefix + letters(index);
    used.add(name);
    return name;
  };
}

/** The target of a disk: its name where libvirt can read it, else the next free one of its bus. */
export const deviceName = (name: string, bus: string, next: (prefix: string) => string): string =>
  TARGET.test(name) ? name : next(PREFIXES[bus] ?? 'sd');

/** Place of a target among those of its prefix: `vda` is 0, `sdaa` 26. Source: virDiskNameToIndex */
export function targetIndex(dev: string): number {
  const own = dev.replace(/^(fd|hd|sd|xvd|vd|ubd)/, '');
  return [...own].reduce((index, letter) => (index + 1) * LETTERS + letter.charCodeAt(0) - A, -1);
}
