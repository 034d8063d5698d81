import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { send } from '../apiserver/http/respond.ts';
import { StatusError } from '../apiserver/status-error.ts';
import type { SubresourceHandler } from '../apiserver/subresources.ts';
import { openRegular } from '../host/index.ts';
import { QmpError } from '../qmp/index.ts';
import { type HostOf, type RunningMachine, runningMachine } from './host.ts';

/** An 8K screen of noise, uncompressed. */
const MOST_BYTES = 7680 * 4320 * 4;

/** What the first screen shows, as PNG. qemu writes it into its own folder, where it may have put something else meanwhile. */
async function takeScreenshot({ machine, qmp, runDir }: RunningMachine): Promise<Buffer> {
  const path = join(runDir, `screen-${randomUUID().slice(0, 8)}.png`);
  try {
    await qmp.execute('screendump', { filename: path, format: 'png' });
    return await readScreenshot(path);
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    const { name } = machine.metadata;
    throw new StatusError(409, 'Conflict', `there is no picture of ${name}: ${error.message}; see spec.video`);
  } finally {
    await rm(path, { force: true });
  }
}

async function readScreenshot(path: string): Promise<Buffer> {
  const file = await openRegular(path, constants.O_RDONLY);
  if (!file) throw new StatusError(500, 'InternalError', 'qemu has written no picture');
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw new StatusError(500, 'InternalError', `qemu has written a picture of ${size} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** `GET …/virtualmachines/NAME/screenshot`: image/png. */
export const screenshotHandler = (host: HostOf): SubresourceHandler => ({
  async http(request, response, { namespace, name }) {
    const body = await takeScreenshot(runningMachine(host(), namespace, name));
    await send(request, response, { code: 200, type: 'image/png', body });
  },
});
