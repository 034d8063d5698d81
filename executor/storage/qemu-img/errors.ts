/** What the program said, what that means, and what a person can do about it. The first row that matches counts. */
const MEANINGS = [
  {
    pattern: /No space left on device/i,
    code: 'NoSpace',
    advice: 'free space in the pool or grow its file system',
  },
  {
    pattern: /Failed to get (?:shared )?"?\w+"? lock|Failed to lock/i,
    code: 'InUse',
    advice: 'another process has the volume open; stop it first',
  },
  { pattern: /Permission denied/i, code: 'Permission', advice: 'make the folder and the file readable and writable' },
  { pattern: /Read-only file system/i, code: 'Permission', advice: 'mount the file system writable' },
  { pattern: /No such file or directory/i, code: 'Missing', advice: 'put the file back, or delete the object' },
  { pattern: /does not exist|Could not (?:find|open) snapshot|snapshot .* not found/i, code: 'Missing', advice: '' },
  {
    pattern: /Invalid password, cannot unlock any keyslot/,
    code: 'WrongKey',
    advice: 'the Secret does not hold the passphrase that the volume was encrypted with; put it back',
  },
  { pattern: /Cannot allocate memory/i, code: 'Memory', advice: 'the image asks for more memory than one may' },
] as const;

export type QemuImgErrorCode = (typeof MEANINGS)[number]['code'] | 'TimedOut' | 'TooLarge' | 'Other';

/** `qemu-img` failed. The message is a sentence with its own words, the file, and what to do. */
export class QemuImgError extends Error {
  override readonly name = 'QemuImgError';
  readonly code: QemuImgErrorCode;
  readonly stderr: string;

  constructor(message: string, code: QemuImgErrorCode, stderr = '') {
    super(message);
    this.code = code;
    this.stderr = stderr;
  }
}

/** Makes a sentence of how the program ended. `what` says what it was doing, such as `create /pool/a.qcow2`. */
export function explain(
  what: string,
  how: { code: number | null; signal: string | null; stderr: string },
): QemuImgError {
  const words = how.stderr
    .split('\n')
    .map((line) => line.replace(/^qemu-img: /, '').trim())
    .filter((line) => line !== '')
    .join('; ');
  if (how.signal === 'SIGXFSZ' || /File too large/.test(words)) return tooLarge(what, how.stderr);
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(words));
  const said = words || (how.signal ? `it was killed by ${how.signal}` : `it exited with code ${how.code}`);
  const advice = meaning?.advice ? `: ${meaning.advice}` : '';
  return new QemuImgError(`qemu-img could not ${what}: ${said}${advice}`, meaning?.code ?? 'Other', how.stderr);
}

/** The bound that the program was started with, for content that unpacks without end. */
const tooLarge = (what: string, stderr: string): QemuImgError =>
  new QemuImgError(
    `qemu-img could not ${what}: the result is larger than what is free in the pool: make room in it`,
    'TooLarge',
    stderr,
  );
