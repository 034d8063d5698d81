/** One thing that is waited for. */
export interface Item {
  readonly name: string;
  readonly state: 'working' | 'done' | 'failed';
  /** What it does right now, in a few words. */
  readonly detail: string;
  readonly percent?: number;
}

/** Shows how far things are. On standard error, so that results can be piped. */
export interface Progress {
  set(item: Item): void;
  /** Leaves the last picture on the screen. */
  close(): Promise<void>;
}

/** A line for each change, for logs and pipes. */
export function plainProgress(write: (line: string) => void): Progress {
  const last = new Map<string, string>();
  return {
    set: ({ name, detail }) => {
      if (last.get(name) === detail) return;
      last.set(name, detail);
      write(`${name}: ${detail}\n`);
    },
    close: async () => {},
  };
}

/** A live view on a terminal, plain lines elsewhere. React and ink (80 ms) are loaded only for the former. */
export async function openProgress(): Promise<Progress> {
  const live = process.stderr.isTTY && process.env['TERM'] !== 'dumb' && !process.env['CI'];
  if (!live) return plainProgress((line) => process.stderr.write(line));
  const { liveProgress } = await import('../chunks/progress.tsx');
  return liveProgress(process.stderr);
}
