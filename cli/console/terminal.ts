/** Ctrl-], as telnet, virsh and virtctl leave a console. */
export const LEAVE = 0x1d;

/** Puts the terminal into raw mode; what it returns puts it back, and is called at any end of the process as well. */
export function rawMode(input: NodeJS.ReadStream): () => void {
  if (!input.isTTY) return () => {};
  input.setRawMode(true);
  let isRaw = true;
  const restore = () => {
    if (!isRaw) return;
    isRaw = false;
    input.setRawMode(false);
  };
  process.once('exit', restore);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      restore();
      process.exit(1);
    });
  }
  return restore;
}

/** The part of the input that is for the guest, and whether the person leaves after it. */
export function untilLeave(input: Buffer): { readonly guest: Buffer; readonly leaves: boolean } {
  const at = input.indexOf(LEAVE);
  return at === -1 ? { guest: input, leaves: false } : { guest: input.subarray(0, at), leaves: true };
}
