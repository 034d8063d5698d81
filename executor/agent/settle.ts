import type { GuestFacts } from './facts.ts';

type Filesystem = NonNullable<GuestFacts['filesystems']>[number];

/** A file system in use changes all the time; less than this part of it is no news. */
const NEWS = 0.01;

function settleFilesystem(before: Filesystem | undefined, now: Filesystem): Filesystem {
  if (before?.usedBytes === undefined || now.usedBytes === undefined || before.totalBytes !== now.totalBytes)
    return now;
  const changed = Math.abs(now.usedBytes - before.usedBytes);
  return changed < (now.totalBytes ?? 0) * NEWS ? { ...now, usedBytes: before.usedBytes } : now;
}

/** What is known of a guest after another answer: what was not asked this time, or was refused, stays. */
export function settle(before: GuestFacts | undefined, news: GuestFacts): GuestFacts {
  const filesystems = news.filesystems?.map((now) =>
    settleFilesystem(
      before?.filesystems?.find(({ mountPoint }) => mountPoint === now.mountPoint),
      now,
    ),
  );
  return { ...before, ...news, ...(filesystems && { filesystems }) };
}
