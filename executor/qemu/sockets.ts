import { join } from 'node:path';

/** The files that qemu makes in a machine's run folder. Devices go by number, since a socket's path has little room. */
export const controlSocket = (runDir: string): string => join(runDir, 'qmp.sock');
/** A second monitor: the first serves one client only, and may be the one that hangs. */
export const rescueSocket = (runDir: string): string => join(runDir, 'rescue.sock');
export const serialSocket = (runDir: string, index: number): string => join(runDir, `serial${index}.sock`);
export const serialLog = (runDir: string, index: number): string => join(runDir, `serial${index}.log`);
export const consoleSocket = (runDir: string, index: number): string => join(runDir, `console${index}.sock`);
export const consoleLog = (runDir: string, index: number): string => join(runDir, `console${index}.log`);
export const channelSocket = (runDir: string, index: number): string => join(runDir, `channel${index}.sock`);
export const displaySocket = (runDir: string, index: number): string => join(runDir, `display${index}.sock`);
