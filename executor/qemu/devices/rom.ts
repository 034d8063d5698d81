interface Rom {
  readonly enabled?: boolean | undefined;
  readonly bar?: boolean | undefined;
  readonly file?: string | undefined;
}

/** Boot code of a PCI device. qemu takes numbers for `rombar`. */
export function romProperties(rom: Rom | undefined): object {
  if (rom?.enabled === false) return { romfile: '' };
  return {
    ...(rom?.bar !== undefined && { rombar: rom.bar ? 1 : 0 }),
    ...(rom?.file !== undefined && { romfile: rom.file }),
  };
}
