import { readFile, rm, stat } from 'node:fs/promises';
import { writeFileAtomic } from '../../host/atomic.ts';
import { bootId } from '../../host/proc.ts';

/** What is known of a download that was interrupted: only a strong validator makes its bytes worth anything. */
interface PartRecord {
  readonly url: string;
  readonly validator: string;
  /** Bytes of the whole, where the server has said it. */
  readonly total?: number | undefined;
  /** After a power cut a file can have its length and not its content. */
  readonly bootId: string;
}

export interface Resume {
  readonly offset: number;
  readonly validator: string;
  readonly total?: number | undefined;
}

const recordPath = (part: string): string => `${part}.json`;

/** Where a download of this URL can go on, if it can. */
export async function findResume(part: string, url: string): Promise<Resume | undefined> {
  try {
    const record = JSON.parse(await readFile(recordPath(part), 'utf8')) as Partial<PartRecord>;
    const { size } = await stat(part);
    if (record.url !== url || typeof record.validator !== 'string' || size === 0) return undefined;
    if (record.bootId !== (await bootId())) return undefined;
    return { offset: size, validator: record.validator, total: record.total };
  } catch {
    return undefined;
  }
}

/** A weak ETag, or a date, may stand for other bytes: without a strong one nothing is recorded. */
export async function recordPart(
  part: string,
  { url, etag, total }: { url: string; etag: string | undefined; total: number | undefined },
): Promise<void> {
  if (etag === undefined || etag.startsWith('W/')) {
    await forgetPart(part);
    return;
  }
  const record: PartRecord = { url, validator: etag, total, bootId: await bootId() };
  await writeFileAtomic(recordPath(part), JSON.stringify(record), { durable: false });
}

export async function forgetPart(part: string): Promise<void> {
  await rm(recordPath(part), { force: true });
}
