import { join } from 'node:path';

/** The file of a pipe that what is typed goes into, and the one that what the guest writes goes into. */
export const pipeInput = (pipe: string): string => `${pipe}.in`;
export const pipeOutput = (pipe: string): string => `${pipe}.out`;

/** The files that qemu makes in a machine's run folder. Devices go by number, since a socket's path has little room. */
export const controlSocket = (runDir: string): string => join(runDir, 'qmp.sock');
/** A second monitor: the first serves one client only, and may be the one that hangs. */
export const rescueSocket = (runDir: string): string => join(runDir, 'rescue.sock');
/** What a guest reads on its serial port comes from `<pipe>.in`: see `devices/character.ts`. */
export const serialPipe = (runDir: string, index: number): string => join(runDir, `serial${index}`);
export const serialLog = (runDir: string, index: number): string => join(runDir, `serial${index}.log`);
export const consolePipe = (runDir: string, index: number): string => join(runDir, `console${index}`);
export const consoleLog = (runDir: string, index: number): string => join(runDir, `console${index}.log`);
export const channelSocket = (runDir: string, index: number): string => join(runDir, `channel${index}.sock`);
/** Where qemu waits for the passt of an interface, by letters that stand for it. */
export const passtSocket = (runDir: string, letters: string): string => join(runDir, `net-${letters}.sock`);
/** Where that passt takes other forwards. */
export const passtControl = (runDir: string, letters: string): string => join(runDir, `passt-${letters}.sock`);
/** Sockets of the programs beside qemu: the TPM emulator, and one for each shared folder. */
export const tpmSocket = (runDir: string): string => join(runDir, 'tpm.sock');
export const shareSocket = (runDir: string, index: number): string => join(runDir, `share${index}.sock`);
export const displaySocket = (runDir: string, index: number): string => join(runDir, `display${index}.sock`);
